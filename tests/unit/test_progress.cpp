// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include "checker/report/progress.hpp"
#include "checker/report/summary.hpp"
#include "checker/report/text.hpp"
#include "sample_results.hpp"

namespace checker::report {
namespace {

explore::progress half_way() {
  explore::progress now;
  now.executions = 70;
  now.cached = 340'000;
  now.steps = 2'300'000;
  now.states = 1'200'000;
  now.bytes = std::uint64_t{112} << 20;
  now.seconds = 10;
  now.estimate = {9, 1'000'000, 2'100'000, 1'600'000, 3'400'000};
  return now;
}

TEST(progress, says_what_is_left_before_what_matters_less) {
  EXPECT_EQ(progress_text(half_way(), false),
            " 57 % of 2.1M states (1.6M-3.4M), 8 s left, 230k steps/s, 112 MiB, 340k met again");
  EXPECT_EQ(progress_text(half_way(), true), " 57 %, 8 s left");
}

TEST(progress, invents_no_estimate) {
  auto now = half_way();
  now.estimate = {};
  EXPECT_EQ(progress_text(now, false), " 1.2M states, 10 s, 230k steps/s, 112 MiB, 340k met again");
  EXPECT_EQ(long_search(now), "");
  now.estimate = {9, 1'000'000, 0, 5'000'000, 0};
  EXPECT_EQ(progress_text(now, true), " 1.2M states of 5.0M or more, 10 s");
  EXPECT_EQ(long_search(now), "5.0M states or more, so 42 s or more");
}

TEST(progress, of_a_search_without_states) {
  auto now = half_way();
  now.states = 0;
  now.estimate = {};
  EXPECT_EQ(progress_text(now, false), " 70 executions, 10 s, 230k steps/s");
  EXPECT_EQ(progress_text({}, false), "");
}

TEST(progress, is_never_done_before_the_end) {
  auto now = half_way();
  now.states = 9'000'000;  // more than was expected
  EXPECT_EQ(progress_text(now, true), " 99 %, 1 s left");
}

TEST(progress, announces_long_searches_only) {
  EXPECT_EQ(long_search(half_way()), "about 2.1M states (1.6M to 3.4M), 18 s (14 s to 29 s)");
  auto now = half_way();
  now.seconds = 1;
  EXPECT_EQ(long_search(now), "");
}

TEST(progress, an_interrupted_search_says_how_far_it_came) {
  auto value = samples::verified();
  value.outcome = verdict::bounded;
  value.bound = "interrupted";
  value.states = 1'200'000;
  const summary_options style{false, true, "ptlcheck", ""};
  EXPECT_EQ(summary_line(value, style).find("of the search"), std::string::npos);
  value.last_estimate = {9, 1'000'000, 2'100'000, 1'600'000, 3'400'000};
  const auto line = summary_line(value, style);
  EXPECT_NE(line.find("that was about 57 % of the search (35 to 75 %), of an estimated 2.1M"),
            std::string::npos)
      << line;
  value.last_estimate = {9, 1'000'000, 0, 12'000'000, 0};
  EXPECT_NE(summary_line(value, style).find("at most about 10 % of the search, of 12M states or"),
            std::string::npos);
}

TEST(text, sizes) {
  EXPECT_EQ(short_bytes(12), "12 B");
  EXPECT_EQ(short_bytes(1 << 20), "1 MiB");
  EXPECT_EQ(short_bytes(1536 << 10), "1.5 MiB");
  EXPECT_EQ(short_bytes(std::uint64_t{23} << 30), "23 GiB");
}

}  // namespace
}  // namespace checker::report
