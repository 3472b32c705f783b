// SPDX-License-Identifier: GPL-2.0-only
// Executions and states, exactly. A change of the search that is unsound loses some, one that is
// wasteful adds some; either is to be seen, and defended, here.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "checker/explore/explore.hpp"
#include "checker/intercept/stack_switch.hpp"
#include "checker/run/registry.hpp"
#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker {
namespace {

result explore_toy(const std::string& name, const parameter_values& set, explore::search search,
                   bool state_cache, explore::reductions reduce = {false, false, false}) {
  const auto* const found = registry::find_scenario(name);
  if (found == nullptr) throw std::logic_error("no scenario " + name);
  parameter_values values;
  for (const auto& parameter : found->parameters) values[parameter.name] = parameter.default_value;
  for (const auto& [key, value] : set) values.at(key) = value;
  const auto subject = found->make(values, "", "");
  explore::options how;
  how.search = search;
  how.reduce = reduce;
  how.state_cache = state_cache;
  how.data_races = found->data_races;
  return explore::run(*subject, how);
}

struct golden {
  std::string toy;
  parameter_values set;
  std::uint64_t executions, blocked;        ///< without the cache
  std::uint64_t cached_executions, states;  ///< with it
  /// Of the graph: ends, steps to states met again, states.
  struct graph_counts {
    std::uint64_t ends, met_again, states;
    bool operator==(const graph_counts&) const = default;
  };
  graph_counts plain, with_blocks, reduced;
};

std::ostream& operator<<(std::ostream& out, const golden::graph_counts& value) {
  return out << value.ends << " ends, " << value.met_again << " met again, " << value.states
             << " states";
}

std::ostream& operator<<(std::ostream& out, const golden& value) {
  out << value.toy;
  for (const auto& [key, number] : value.set) out << ' ' << key << '=' << number;
  return out;
}

class golden_counts : public testing::TestWithParam<golden> {};

TEST_P(golden_counts, without_the_cache) {
  const auto found = explore_toy(GetParam().toy, GetParam().set, explore::search::dpor, false);
  EXPECT_EQ(found.outcome, verdict::verified) << found.error << found.bound;
  EXPECT_EQ(found.executions, GetParam().executions);
  EXPECT_EQ(found.blocked, GetParam().blocked);
  EXPECT_EQ(found.states, 0U);
}

TEST_P(golden_counts, with_the_cache) {
  const auto found = explore_toy(GetParam().toy, GetParam().set, explore::search::dpor, true);
  EXPECT_EQ(found.outcome, verdict::verified) << found.error << found.bound;
  EXPECT_EQ(found.executions, GetParam().cached_executions);
  EXPECT_EQ(found.states, GetParam().states);
}

golden::graph_counts count_graph(const golden& of, explore::reductions reduce) {
  const auto found = explore_toy(of.toy, of.set, explore::search::graph, false, reduce);
  EXPECT_EQ(found.outcome, verdict::verified) << found.error << found.bound;
  // Each step once, but for the start, which is none. With blocks, several are one of the graph's.
  if constexpr (can_switch_stacks()) {
    const auto steps = found.states + found.cached + found.executions - 1;
    if (!reduce.blocks) {
      EXPECT_EQ(found.steps, steps);
    }
  }
  return {found.executions, found.cached, found.states};
}

TEST_P(golden_counts, of_the_graph) {
  EXPECT_EQ(count_graph(GetParam(), {false, false, false}), GetParam().plain);
  EXPECT_EQ(count_graph(GetParam(), {true, false, false}), GetParam().with_blocks);
  EXPECT_EQ(count_graph(GetParam(), {true, true, true}), GetParam().reduced);
}

// Without the cache these are the optimal counts: one execution per class of equivalent ones. Two
// other checkers agree on them. mutex N x K is the number of orders of the N * K critical sections,
// each thread's own in order: (N * K)! / (K!)^N.
INSTANTIATE_TEST_SUITE_P(toys, golden_counts,
                         testing::Values(golden{"toy/fork_faults",
                                                {{"pages", 2}, {"faulters", 1}},
                                                5,
                                                0,
                                                5,
                                                77,
                                                {5, 3, 82},
                                                {5, 3, 27},
                                                {5, 3, 27}},
                                         golden{"toy/fork_faults",
                                                {{"pages", 4}, {"faulters", 1}},
                                                9,
                                                0,
                                                9,
                                                239,
                                                {9, 10, 261},
                                                {9, 10, 88},
                                                {9, 10, 88}},
                                         golden{"toy/fork_faults",
                                                {{"pages", 4}, {"faulters", 2}},
                                                10'992,
                                                0,
                                                41,
                                                4'938,
                                                {41, 1'028, 5'649},
                                                {41, 1'028, 2'126},
                                                {21, 537, 1'107}},
                                         golden{"toy/fork_faults",
                                                {{"pages", 2}, {"faulters", 3}},
                                                24'486,
                                                0,
                                                37,
                                                9'094,
                                                {37, 2'988, 10'124},
                                                {37, 2'988, 3'379},
                                                {13, 680, 730}},
                                         golden{"toy/mutex",
                                                {{"threads", 3}, {"rounds", 3}},
                                                1'680,
                                                0,
                                                84,
                                                11'101,
                                                {84, 1'596, 11'101},
                                                {84, 1'596, 1'516},
                                                {28, 257, 273}},
                                         golden{"toy/mutex",
                                                {{"threads", 3}, {"rounds", 4}},
                                                34'650,
                                                0,
                                                495,
                                                224'191,
                                                {495, 34'155, 224'191},
                                                {495, 34'155, 30'061},
                                                {165, 5'616, 5'123}}));

// ---- Counts that follow from the program -------------------------------------------------------

using engine_tests::rules;
using rules_program = engine_tests::simple_program<rules>;
namespace code = engine_tests;

/// Explores without the cache. No execution may be given up half way: that would be one too many.
std::uint64_t count(std::initializer_list<rules_program::call> threads) {
  rules_program subject(code::init);
  for (const auto call : threads) subject.thread({call});
  explore::options how;
  how.state_cache = false;
  const auto found = explore::run(subject, how);
  EXPECT_EQ(found.outcome, verdict::verified);
  EXPECT_EQ(found.blocked, 0U);
  return found.executions;
}

TEST(golden_executions, stores_to_one_word_in_every_order) {
  EXPECT_EQ(count({code::store_x, code::store_x}), 2U);
  EXPECT_EQ(count({code::store_x, code::store_x, code::store_x}), 6U);
  EXPECT_EQ(count({code::store_x, code::store_x, code::store_x, code::store_x}), 24U);
}

TEST(golden_executions, independent_stores_in_one) {
  EXPECT_EQ(count({code::store_x, code::store_y, code::set_flag}), 1U);
}

TEST(golden_executions, loads_commute) {
  EXPECT_EQ(count({code::marked_load, code::marked_load, code::marked_load}), 1U);
  // The store stands before or after each load, and the loads' order does not matter: 2 to the 3.
  EXPECT_EQ(count({code::marked_load, code::marked_load, code::marked_load, code::marked_store}),
            8U);
}

TEST(golden_executions, critical_sections_in_every_order) {
  EXPECT_EQ(count({code::take_a, code::take_a, code::take_a}), 6U);
}

TEST(golden_executions, readers_commute_and_a_writer_stands_before_or_after_each) {
  EXPECT_EQ(count({code::read_sem_load, code::read_sem_load, code::read_sem_load}), 1U);
  EXPECT_EQ(count({code::write_sem_store, code::read_sem_load}), 2U);
  EXPECT_EQ(count({code::write_sem_store, code::read_sem_load, code::read_sem_load}), 4U);
  EXPECT_EQ(
      count({code::write_sem_store, code::read_sem_load, code::read_sem_load, code::read_sem_load}),
      8U);
  // Two writers, in 2 orders, and a reader before, between or after them.
  EXPECT_EQ(count({code::write_sem_store, code::write_sem_store, code::read_sem_load}), 6U);
}

TEST(golden_executions, trylocks) {
  // Either thread first; the other one tries while the lock is held, and fails, or after it was
  // free.
  EXPECT_EQ(count({code::try_a, code::try_a}), 4U);
}

TEST(golden_executions, waits) {
  EXPECT_EQ(count({code::set_flag, code::wait_for_flag}), 1U);
  EXPECT_EQ(count({code::set_flag, code::wait_for_flag, code::wait_for_flag}), 1U);
  // The flag is up twice: the wait ends the first time or the second.
  EXPECT_EQ(count({code::toggle_flag, code::wait_for_flag}), 2U);
  EXPECT_EQ(count({code::toggle_flag, code::wait_for_flag, code::wait_for_flag}), 4U);
}

TEST(golden_executions, choices) {
  EXPECT_EQ(count({code::choose_and_store}), 3U);
  // Each value, with the other thread's store before or after.
  EXPECT_EQ(count({code::choose_and_store, code::store_x}), 6U);
  // Each pair of values, in both orders.
  EXPECT_EQ(count({code::choose_and_store, code::choose_and_store}), 18U);
}

}  // namespace
}  // namespace checker
