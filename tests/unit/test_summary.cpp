// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

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

TEST(summary, says_when_everything_is_as_expected) {
  EXPECT_THAT(summary_close({samples::verified(), samples::verified()}),
              testing::StartsWith("\n2 of 2 as expected: 21,984 executions"));
  EXPECT_THAT(summary_close({}), testing::StartsWith("\n0 of 0 as expected"));
}

}  // namespace
}  // namespace checker::report
