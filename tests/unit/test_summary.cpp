// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <algorithm>

#include "checker/report/summary.hpp"
#include "sample_results.hpp"

namespace checker::report {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string whole(const std::vector<result>& results, const summary_options& options) {
  std::string text = summary_head(options);
  for (const result& value : results) text += summary_line(value, options);
  return text + summary_close(results, options);
}

TEST(summary, is_aligned_at_80_columns) {
  samples::expect_golden("summary.txt", whole(samples::results(), {}));
  EXPECT_EQ(samples::widest(summary_head()), 80);
  EXPECT_EQ(samples::widest(summary_line(samples::verified())), 80);
  result large = samples::verified();
  large.executions = large.states = 123'456'789'012;
  large.seconds = 123'456;
  EXPECT_EQ(samples::widest(summary_line(large)), 80);
}

TEST(summary, colours_only_when_asked) {
  EXPECT_THAT(whole(samples::results(), {}), Not(HasSubstr("\033")));
  EXPECT_THAT(whole(samples::results(), {.colour = true}), HasSubstr("\033[1;31m✗\033[0m"));
  const std::string ascii = whole(samples::results(), {.unicode = false});
  for (const char c : ascii) ASSERT_LT(static_cast<unsigned char>(c), 0x80);
}

TEST(summary, says_what_a_proof_did_not_reach) {
  result value = samples::verified();
  value.reached = samples::reached();
  EXPECT_THAT(
      summary_line(value),
      HasSubstr("\n    not reached: parent/1: write(page 0, 110) never returns (and 1 more:\n"
                "      --coverage)\n"));
  value.reached.operations.clear();
  EXPECT_THAT(summary_line(value),
              HasSubstr("\n    not reached: need_resched = 1 in copy_pte_range,\n"
                        "      model/v4_14/memory_copy.cpp:128\n"));
  value.reached.choices[0].taken = 3;
  EXPECT_THAT(summary_line(value), Not(HasSubstr("not reached")));
  value.reached.choices.clear();
  EXPECT_THAT(summary_line(value), HasSubstr("not reached: the choice need_resched, anywhere\n"));
  // A search that ended at a violation has not reached much by nature.
  value.outcome = verdict::violation;
  EXPECT_THAT(summary_line(value), Not(HasSubstr("not reached")));
}

TEST(summary, names_the_command_for_what_was_not_expected) {
  const std::vector<result> results = samples::results();
  EXPECT_THAT(summary_line(results[0]), Not(HasSubstr("ptlcheck")));
  EXPECT_THAT(summary_line(results[1]), Not(HasSubstr("ptlcheck")));
  EXPECT_THAT(summary_line(results[3]),
              HasSubstr("\n    ptlcheck show fork-vs-write-fault-vs-swapoff.trace.json\n"));
  EXPECT_THAT(summary_line(results[4]),
              HasSubstr("\n    ptlcheck run fork-vs-write-fault --kernel v4.14 "
                        "--patch fork-without-src-ptl --set pages=2\n"));
}

TEST(summary, prints_commands_that_can_be_pasted) {
  const summary_options options{.program = "./my build/ptlcheck",
                                .run_options = "--search random --seed 7"};
  result found = samples::violated(samples::rss());
  found.violations.front().trace_file = "it's/a.trace.json";
  EXPECT_THAT(summary_line(found, options),
              HasSubstr("\n    './my build/ptlcheck' show 'it'\\''s/a.trace.json'\n"));
  EXPECT_EQ(reproduce_command(samples::verified(), options),
            "'./my build/ptlcheck' run fork-vs-write-fault --kernel v4.14 --set pages=2 "
            "--search random --seed 7");
}

TEST(summary, leads_with_an_expected_kind_and_names_its_trace) {
  result found = samples::violated(samples::rss());
  found.violations.push_back({"deadlock", 1, samples::deadlock(), false, "step 3", "second.json"});
  found.expected = {expectation::verdict_type::violation, "deadlock"};
  EXPECT_THAT(summary_line(found), HasSubstr("violation deadlock"));
  EXPECT_THAT(summary_line(found), HasSubstr("show second.json\n"));
}

TEST(summary, lets_a_long_verdict_begin_earlier) {
  result found = samples::violated(samples::rss());
  found.scenario = "fork-vs-swapoff";
  found.patch = "";
  found.violations.front().kind = "swap-pte-after-swapoff";
  found.expected = {expectation::verdict_type::violation, ""};
  const std::string line = summary_line(found);
  EXPECT_THAT(line, HasSubstr("✓ fork-vs-swapoff        violation swap-pte"));
  EXPECT_EQ(samples::widest(line), 80);
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(summary, gives_a_long_name_a_line_of_its_own) {
  result found = samples::violated(samples::rss());
  found.scenario = "write-fault-parent-vs-child";
  found.violations.front().kind = "writable-in-two-mms";
  found.expected = {expectation::verdict_type::violation, "writable-in-two-mms"};
  for (const bool colour : {false, true}) {
    const std::string line = summary_line(found, {.colour = colour});
    EXPECT_EQ(samples::widest(line), 80);
    EXPECT_THAT(line, HasSubstr("write-fault-parent-vs-child\n"));
  }
}

TEST(summary, says_when_everything_is_as_expected) {
  EXPECT_THAT(summary_close({samples::verified(), samples::verified()}),
              testing::StartsWith("\n2 of 2 as expected: 21,984 executions"));
  EXPECT_THAT(summary_close({}), testing::StartsWith("\n0 of 0 as expected"));
}

}  // namespace
}  // namespace checker::report
