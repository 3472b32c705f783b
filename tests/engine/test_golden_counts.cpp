// SPDX-License-Identifier: GPL-2.0-only
// Executions and states, exactly. A change of the search that is unsound loses some, one that is
// wasteful adds some; either is to be seen, and defended, here.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>

#include "checker/explore/explore.hpp"
#include "checker/run/registry.hpp"

namespace checker {
namespace {

result explore_toy(const std::string& name, const parameter_values& set, bool state_cache) {
  const auto* const found = registry::find_scenario(name);
  if (found == nullptr) throw std::logic_error("no scenario " + name);
  parameter_values values;
  for (const auto& parameter : found->parameters) values[parameter.name] = parameter.default_value;
  for (const auto& [key, value] : set) values.at(key) = value;
  const auto subject = found->make(values, "", "");
  explore::options how;
  how.state_cache = state_cache;
  how.data_races = found->data_races;
  return explore::run(*subject, how);
}

struct golden {
  std::string toy;
  parameter_values set;
  std::uint64_t executions, blocked;        ///< without the cache
  std::uint64_t cached_executions, states;  ///< with it
};

std::ostream& operator<<(std::ostream& out, const golden& value) {
  out << value.toy;
  for (const auto& [key, number] : value.set) out << ' ' << key << '=' << number;
  return out;
}

class golden_counts : public testing::TestWithParam<golden> {};

TEST_P(golden_counts, without_the_cache) {
  const auto found = explore_toy(GetParam().toy, GetParam().set, false);
  EXPECT_EQ(found.outcome, verdict::verified) << found.error << found.bound;
  EXPECT_EQ(found.executions, GetParam().executions);
  EXPECT_EQ(found.blocked, GetParam().blocked);
  EXPECT_EQ(found.states, 0U);
}

TEST_P(golden_counts, with_the_cache) {
  const auto found = explore_toy(GetParam().toy, GetParam().set, true);
  EXPECT_EQ(found.outcome, verdict::verified) << found.error << found.bound;
  EXPECT_EQ(found.executions, GetParam().cached_executions);
  EXPECT_EQ(found.states, GetParam().states);
}

// Without the cache these are the optimal counts: one execution per class of equivalent ones. Two
// other checkers agree on them. mutex N x K is the number of orders of the N * K critical sections,
// each thread's own in order: (N * K)! / (K!)^N.
INSTANTIATE_TEST_SUITE_P(
    toys, golden_counts,
    testing::Values(golden{"toy/fork_faults", {{"pages", 2}, {"faulters", 1}}, 5, 0, 0, 0},
                    golden{"toy/fork_faults", {{"pages", 4}, {"faulters", 1}}, 9, 0, 0, 0},
                    golden{"toy/fork_faults", {{"pages", 4}, {"faulters", 2}}, 10'992, 0, 0, 0},
                    golden{"toy/fork_faults", {{"pages", 2}, {"faulters", 3}}, 24'486, 0, 0, 0},
                    golden{"toy/mutex", {{"threads", 3}, {"rounds", 3}}, 1'680, 0, 0, 0},
                    golden{"toy/mutex", {{"threads", 3}, {"rounds", 4}}, 34'650, 0, 0, 0}));

}  // namespace
}  // namespace checker
