// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include "checker/run/result.hpp"
#include "checker/run/result_json.hpp"
#include "tests/unit/sample_results.hpp"
#include "tests/unit/samples.hpp"

namespace checker {
namespace {

result of(verdict outcome, const std::string& kind = {}) {
  result value;
  value.outcome = outcome;
  if (!kind.empty()) {
    value.violations.emplace_back();
    value.violations.back().kind = kind;
  }
  return value;
}

TEST(result, verified_is_expected_unless_said_otherwise) {
  EXPECT_TRUE(of(verdict::verified).as_expected());
  EXPECT_FALSE(of(verdict::bounded).as_expected());
  EXPECT_FALSE(of(verdict::violation, "rss").as_expected());
  EXPECT_FALSE(of(verdict::error).as_expected());
}

TEST(result, an_expected_violation_must_be_of_one_of_its_kinds) {
  auto expecting = [](const std::string& kinds, result value) {
    value.expected = {expectation::verdict_type::violation, kinds};
    return value.as_expected();
  };
  EXPECT_TRUE(expecting("rss", of(verdict::violation, "rss")));
  EXPECT_TRUE(expecting("isolation|rss", of(verdict::violation, "rss")));
  EXPECT_TRUE(expecting("", of(verdict::violation, "anything")));
  EXPECT_FALSE(expecting("rss", of(verdict::violation, "rs")));
  EXPECT_FALSE(expecting("rss-counter|isolation", of(verdict::violation, "rss")));
  EXPECT_FALSE(expecting("rss", of(verdict::verified)));
  EXPECT_FALSE(expecting("rss", of(verdict::bounded)));
  EXPECT_FALSE(expecting("rss", of(verdict::error)));
}

TEST(result, a_violation_that_does_not_repeat_is_not_what_was_expected) {
  result value = of(verdict::violation, "rss");
  value.expected = {expectation::verdict_type::violation, "rss"};
  value.violations.front().repeats = false;
  EXPECT_FALSE(value.as_expected());
}

TEST(result, an_expected_kind_leads_and_then_what_repeats) {
  result value = of(verdict::violation, "stale-tlb");
  EXPECT_EQ(leading_violation(of(verdict::verified)), nullptr);
  EXPECT_EQ(leading_violation(value)->kind, "stale-tlb");
  value.violations.push_back({"swap-map", 1, {}, true, "", "a"});
  value.violations.push_back({"rss", 1, {}, true, "", "b"});
  EXPECT_EQ(leading_violation(value)->kind, "stale-tlb");
  value.violations[0].repeats = false;
  EXPECT_EQ(leading_violation(value)->kind, "swap-map");
  value.expected = {expectation::verdict_type::violation, "rss|swap-map"};
  EXPECT_EQ(leading_violation(value)->kind, "swap-map");
  EXPECT_EQ(leading_trace_file(value), "a");
  value.violations[1].repeats = false;
  EXPECT_EQ(leading_violation(value)->kind, "rss");
  EXPECT_TRUE(value.as_expected());
  value.violations[2].repeats = false;
  EXPECT_EQ(leading_violation(value)->kind, "swap-map");
  EXPECT_FALSE(value.as_expected());
}

TEST(result, survives_the_way_from_a_worker) {
  result value = of(verdict::violation, "deadlock");
  value.scenario = "fork-vs-swapoff";
  value.kernel = "v4.14";
  value.patch = "no-src-ptl";
  value.parameters = {{"pages", 3}, {"least", -1}};
  value.bound = "bound\nwith a line break";
  value.error = "\xff is no UTF-8";
  value.violations.front().executions = 12;
  value.violations.front().counterexample = samples::deadlock();
  value.violations.front().repeats = false;
  value.violations.front().divergence = "step 3";
  value.violations.front().trace_file = "a.trace.json";
  value.reports = {"one", "two"};
  value.lock_classes = {"ptlock"};
  value.executions = std::uint64_t{1} << 60;
  value.blocked = 2;
  value.cached = 3;
  value.steps = 4;
  value.states = 5;
  value.state_bytes = 7;
  value.depth = 6;
  value.seconds = 0.125;
  value.expected = {expectation::verdict_type::violation, "deadlock"};
  value.reached = samples::reached();
  const std::string line = result_to_line(value);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const result read = result_from_line(line);
  EXPECT_EQ(result_to_line(read), line);
  EXPECT_EQ(read.violations.front().counterexample, value.violations.front().counterexample);
  EXPECT_EQ(read.parameters, value.parameters);
  EXPECT_EQ(read.executions, value.executions);
  EXPECT_EQ(read.bound, value.bound);
  EXPECT_EQ(read.reached, value.reached);
  EXPECT_FALSE(read.violations.front().repeats);
  EXPECT_TRUE(read.expected.verdict == expectation::verdict_type::violation);
}

TEST(result, half_a_line_is_refused) {
  const std::string line = result_to_line(of(verdict::verified));
  EXPECT_THROW(result_from_line(line.substr(0, line.size() / 2)), std::runtime_error);
  EXPECT_THROW(result_from_line("{}"), std::runtime_error);
}

}  // namespace
}  // namespace checker
