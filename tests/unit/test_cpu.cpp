// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <algorithm>

#include "checker/report/cpu.hpp"
#include "samples.hpp"

namespace checker::report {
namespace {

using testing::HasSubstr;

TEST(cpu, lays_out_threads_as_changelogs_do) {
  samples::expect_golden("cpu-rss.txt", cpu(samples::rss()));
  samples::expect_golden("cpu-deadlock.txt", cpu(samples::deadlock()));
  samples::expect_golden("cpu-data-race.txt", cpu(samples::data_race()));
  samples::expect_golden("cpu-use-after-free.txt", cpu(samples::use_after_free()));
  samples::expect_golden("cpu-inversion.txt", cpu(samples::inversion()));
  samples::expect_golden("cpu-livelock.txt", cpu(samples::livelock()));
}

TEST(cpu, is_plain_and_narrow_enough_to_paste) {
  trace::document wide = samples::data_race();
  wide.threads.resize(8, {"extra", {"f()"}});
  for (trace::step& step : wide.steps) step.object += std::string(90, 'x') + "\xe2\x86\x92\033";
  for (const trace::document& document :
       {samples::rss(), samples::deadlock(), samples::data_race(), samples::use_after_free(),
        samples::recursion(), samples::inversion(), samples::livelock(), wide, trace::document()}) {
    const std::string text = cpu(document);
    EXPECT_LE(samples::widest(text), 72);
    EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                            [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    EXPECT_THAT(text, testing::Not(testing::ContainsRegex(" \n")));
  }
}

TEST(cpu, uses_the_kernels_names_for_locks) {
  EXPECT_THAT(cpu(samples::data_race()), HasSubstr("spin_lock_nested(parent ptlock[0], 1)"));
  EXPECT_THAT(cpu(samples::use_after_free()), HasSubstr("down_read(parent mmap_sem)"));
}

TEST(cpu, ends_with_the_violation_below_the_thread_that_broke_it) {
  const std::string text = cpu(samples::use_after_free());
  EXPECT_THAT(text, testing::EndsWith("\n                        *** use-after-free ***\n"));
}

}  // namespace
}  // namespace checker::report
