// SPDX-License-Identifier: GPL-2.0-only
// What a search with few preemptions finds, and what it says of what it left out. That it visits a
// part of the graph is tested on generated programs: test_differential.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "checker/explore/explore.hpp"
#include "checker/intercept/stack_switch.hpp"
#include "checker/run/registry.hpp"

namespace checker {
namespace {

using testing::HasSubstr;

struct toy {
  std::string name;
  parameter_values set;
  std::string patch;
};

result explore_toy(const toy& which, explore::options how) {
  const auto* const found = registry::find_scenario(which.name);
  parameter_values values;
  for (const auto& each : found->parameters) values[each.name] = each.default_value;
  for (const auto& [name, value] : which.set) values.at(name) = value;
  how.data_races = data_race_policy::off;
  how.minimize = false;
  return explore::run(*found->make(values, "", which.patch), how);
}

result with_preemptions(unsigned most, const toy& which) {
  explore::options how;
  how.search = explore::search::preemptions;
  how.max_preemptions = most;
  return explore_toy(which, how);
}

bool finds(const std::string& kind, unsigned most, const toy& which) {
  const auto found = with_preemptions(most, which);
  for (const auto& group : found.violations) {
    if (group.kind == kind && group.repeats) return true;
  }
  return false;
}

const toy fork_faults{"toy/fork_faults", {{"pages", 4}, {"faulters", 2}}, ""};

TEST(preemptions, one_is_enough_for_two_locks_in_two_orders) {
  const toy deadlock{"toy/transfer", {}, "lock-order"};
  EXPECT_FALSE(finds("deadlock", 0, deadlock));
  EXPECT_TRUE(finds("deadlock", 1, deadlock));
}

// A store between another thread's load and its store needs one. In the orders that the reduced
// search visits it takes two: this is what a bound does not promise.
TEST(preemptions, are_counted_in_the_orders_that_are_visited) {
  const toy lost{"toy/mutex", {{"locked", 0}}, ""};
  EXPECT_FALSE(finds("lost-update", 1, lost));
  EXPECT_TRUE(finds("lost-update", 2, lost));
}

TEST(preemptions, that_leave_something_out_prove_nothing) {
  const auto some = with_preemptions(1, fork_faults);
  EXPECT_EQ(some.outcome, verdict::bounded);
  EXPECT_THAT(some.bound, HasSubstr("--preemptions 1, counted in the orders"));
  EXPECT_EQ(some.states, 293U);
  EXPECT_EQ(some.executions, 2U);
}

TEST(preemptions, without_end_are_the_whole_search) {
  explore::options how;
  how.search = explore::search::graph;
  how.reduce = {false, false, true};  // as with a bound
  const auto all = explore_toy(fork_faults, how);
  const auto same = with_preemptions(8, fork_faults);
  EXPECT_EQ(same.outcome, verdict::verified) << same.bound;
  EXPECT_EQ(same.states, all.states);
  EXPECT_EQ(same.executions, all.executions);
  EXPECT_EQ(same.cached, all.cached);
  if constexpr (can_switch_stacks()) {
    EXPECT_EQ(same.steps, all.steps);
  }
}

TEST(preemptions, and_no_memory_are_no_proof) {
  explore::options how;
  how.search = explore::search::preemptions;
  how.max_preemptions = 200;
  how.max_state_bytes = 0;
  const auto found = explore_toy({"toy/fork_faults", {{"pages", 2}, {"faulters", 3}}, ""}, how);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_EQ(found.bound, "--preemptions 200, and no memory for further states");
}

}  // namespace
}  // namespace checker
