// SPDX-License-Identifier: GPL-2.0-only
// Soundness is tested, never assumed: thousands of generated programs, each searched by visiting
// every state without the engine, and in every way there is (generated/searches.cpp). All must see
// the same final states, deadlocks, flags, data races, and lock orders.
//
// PTLCHECK_SEED and PTLCHECK_PROGRAMS choose other programs and more of them; PTLCHECK_FIRST skips
// to one of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "tests/engine/generated/compare.hpp"
#include "tests/engine/generated/environment.hpp"
#include "tests/engine/generated/generator.hpp"
#include "tests/engine/generated/observe.hpp"

namespace checker::generated {
namespace {

struct totals {
  std::uint64_t programs = 0, skipped = 0, deadlocks = 0, violations = 0, weak = 0;
  std::vector<std::uint64_t> executions, given_up;  ///< by row of searches()

  void add(const comparison& one) {
    ++programs;
    skipped += one.skipped ? 1 : 0;
    deadlocks += one.deadlock ? 1 : 0;
    violations += one.violation ? 1 : 0;
    weak += one.weak ? 1 : 0;
    executions.resize(std::max(executions.size(), one.executions.size()));
    for (std::size_t i = 0; i < one.executions.size(); ++i) executions[i] += one.executions[i];
    given_up.resize(std::max(given_up.size(), one.given_up.size()));
    for (std::size_t i = 0; i < one.given_up.size(); ++i) given_up[i] += one.given_up[i] ? 1 : 0;
  }
};

class differential : public testing::TestWithParam<int> {};

/// `one_in`: of the programs that PTLCHECK_PROGRAMS asks for.
totals run_programs(program_size size, const limits& bounds, std::uint64_t programs, int share,
                    comparer how = compare, std::uint64_t one_in = 1) {
  const auto seed = seed_from_environment();
  const auto first = from_environment("PTLCHECK_FIRST", 0);
  if (const auto asked = from_environment("PTLCHECK_PROGRAMS", 0); asked != 0) {
    programs = (asked + one_in - 1) / one_in;
  }
  totals all;
  const auto fail = [&](std::uint64_t number, const program_spec& program) {
    const auto smallest = shrink(program, bounds, how);
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    FAIL() << "the searches differ; shrunk program:\n"
           << listing(smallest) << how(smallest, bounds).failure
           << fmt::format(
                  "again: PTLCHECK_SEED={} PTLCHECK_FIRST={} PTLCHECK_PROGRAMS=1 "
                  "build/differential_tests --gtest_filter='{}.{}'\n",
                  seed, number, test->test_suite_name(), test->name());
  };
  for (std::uint64_t i = first; i < first + programs; ++i) {
    auto program = generate(seed << 32 ^ static_cast<std::uint64_t>(share) << 28 ^ i, size);
    const auto found = how(program, bounds);
    all.add(found);
    if (found.failure.empty()) continue;
    fail(i, program);
    return all;
  }
  fmt::print("seed {}: {} programs, {} too large, {} with deadlocks, {} with violations\n", seed,
             all.programs, all.skipped, all.deadlocks, all.violations);
  return all;
}

void expect_few_skipped(const totals& all) {
  EXPECT_LE(all.skipped * 100, all.programs * 3) << "too many programs were too large to compare";
  if (all.programs < 20) return;
  for (std::size_t i = 0; i < all.given_up.size(); ++i) {
    const auto& row = searches()[i];
    const unsigned most_percent = row.most == &limits::cached_executions ? 3 : 25;
    EXPECT_LE(all.given_up[i] * 100, all.programs * most_percent)
        << "too many programs were too large for " << row.name;
  }
}

TEST_P(differential, small_programs_against_every_interleaving) {
  limits bounds;
  bounds.sampled_executions = 20;
  expect_few_skipped(run_programs(program_size::small, bounds, 1'250, GetParam()));
}

TEST_P(differential, larger_programs_against_every_state) {
  limits bounds;
  bounds.brute_executions = 0;
  bounds.sampled_executions = 20;
  expect_few_skipped(run_programs(program_size::large, bounds, 80, GetParam()));
}

TEST_P(differential, converging_programs_against_every_state) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = 0;
  expect_few_skipped(run_programs(program_size::converging, bounds, 120, GetParam()));
}

TEST_P(differential, with_several_processes_and_from_checkpoints) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = bounds.rest_executions = 0;
  bounds.costly_executions = 20'000;
  expect_few_skipped(run_programs(program_size::converging, bounds, 12, GetParam(), compare, 20));
  expect_few_skipped(run_programs(program_size::alike, bounds, 12, GetParam(), compare, 20));
}

TEST_P(differential, results_with_one_process_and_several) {
  limits bounds;
  bounds.costly_executions = 20'000;
  const auto all = run_programs(program_size::large, bounds, 30, GetParam(), compare_runs, 20);
  expect_few_skipped(all);
  // Or no counterexample was compared.
  if (all.programs >= 30) {
    EXPECT_NE(all.violations, 0U);
  }
}

TEST_P(differential, small_programs_under_c11) {
  limits bounds;
  bounds.brute_executions = 5'000;
  bounds.dpor_executions = 20'000;
  const auto all = run_programs(program_size::small, bounds, 150, GetParam(), compare_weak, 5);
  // Where loads see older stores, there are many more executions of the same program.
  EXPECT_LE(all.skipped * 2, all.programs) << "too many programs were too large to compare";
  if (all.programs >= 60) {
    EXPECT_NE(all.weak, 0U);
  }
}

TEST_P(differential, counting_programs_against_every_state) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = 0;
  expect_few_skipped(run_programs(program_size::counting, bounds, 60, GetParam()));
}

TEST_P(differential, programs_of_like_threads_against_every_state) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = 0;
  expect_few_skipped(run_programs(program_size::alike, bounds, 200, GetParam()));
}

// Programs that a broken engine once got wrong, one in many thousands each. They hold for this
// generator only.
TEST(differential_once, programs_that_showed_a_difference_once) {
  struct found_program {
    program_size size;
    std::uint64_t seed, share, index;
    const char* lost;
  };
  constexpr found_program known[] = {
      {program_size::converging, 777, 0, 5805,
       "a hook ran again for a store of what was there, followed by a load"},
      {program_size::converging, 777, 3, 548, "the same"},
      {program_size::converging, 778, 1, 19656,
       "a sleeping thread was relied on, whose step touched other words by then"},
      {program_size::converging, 1, 0, 887, "a backtrack point was given to a thread that slept"},
      {program_size::converging, 1, 1, 676, "the same"},
      {program_size::large, 5, 2, 3901, "the value of a sequence count was no part of the state"},
      {program_size::large, 5, 3, 5722,
       "a reader that took its lock once more hid its first acquire"},
      {program_size::large, 12, 0, 24341, "a look at a held lock hid the acquire to reverse with"},
      {program_size::converging, 12, 0, 1942, "the same"},
  };
  limits bounds;
  bounds.brute_executions = 0;
  bounds.dpor_executions = bounds.rest_executions = 20'000;
  for (const auto& [size, seed, share, index, lost] : known) {
    const auto program = generate(seed << 32 ^ share << 28 ^ index, size);
    const auto found = compare(program, bounds);
    EXPECT_TRUE(found.failure.empty()) << lost << ":\n" << found.failure << listing(program);
  }
}

/// A load that follows a store which changed nothing counts as a store, in case the compiler has
/// made them of the copy of a structure (execution::target_of_copy). That depends on how a state
/// was come to, so what there is to explore depends on the order then: never less than needed, but
/// other numbers of states.
bool may_store_and_load(const program_spec& program) {
  for (const auto& thread : program.threads) {
    bool stored = false;
    for (const auto& operation : thread) {
      for (const auto& each : operation) {
        const bool loads = each.code == opcode::load || each.code == opcode::read_begin ||
                           each.code == opcode::read_retry || each.code == opcode::copy ||
                           each.code == opcode::assign;
        if (loads && stored) return true;
        stored |= each.code == opcode::store || each.code == opcode::assign ||
                  each.code == opcode::write_begin || each.code == opcode::write_end;
      }
    }
  }
  return false;
}

// A bound must not cost: what it visits is a part of what is visited without one, and the whole of
// it where nothing is left out.
void compare_preemptions(const program_spec& program, std::uint64_t& bounded) {
  constexpr std::uint64_t most_executions = 20'000;
  const auto all = observe_preemptions(program, std::nullopt, most_executions);
  if (all.too_large || may_store_and_load(program)) return;
  std::uint64_t states = 0, steps = 0;
  for (const unsigned most : {0U, 1U, 2U, 3U, 5U, 8U, 200U}) {
    const auto some = observe_preemptions(program, most, 10 * most_executions);
    ASSERT_FALSE(some.too_large) << listing(program);
    ASSERT_FALSE(some.violations.contains("diverged")) << most << '\n' << listing(program);
    ASSERT_GE(some.states, states) << most << '\n' << listing(program);
    ASSERT_GE(some.steps, steps) << most << '\n' << listing(program);
    states = some.states;
    steps = some.steps;
    ASSERT_LE(states, all.states) << most << '\n' << listing(program);
    ASSERT_LE(steps, all.steps) << most << '\n' << listing(program);
    ASSERT_FALSE(most == 200 && some.left_out) << listing(program);
    if (some.left_out) {
      ++bounded;
      for (const auto& end : some.finals) ASSERT_TRUE(all.finals.contains(end)) << most;
      for (const auto& end : some.deadlocks) ASSERT_TRUE(all.deadlocks.contains(end)) << most;
      for (const auto& kind : some.violations) ASSERT_TRUE(all.violations.contains(kind)) << most;
      continue;
    }
    ASSERT_EQ(states, all.states) << most << '\n' << listing(program);
    ASSERT_EQ(steps, all.steps) << most << '\n' << listing(program);
    const auto reference = observe(program, method::graph, most_executions);
    ASSERT_EQ(difference(reference, some), "") << most << '\n' << listing(program);
  }
}

TEST_P(differential, few_preemptions_visit_a_part_of_the_graph) {
  const auto seed = seed_from_environment();
  std::uint64_t bounded = 0;
  for (const auto size : {program_size::small, program_size::converging}) {
    for (std::uint64_t i = 0; i < 150; ++i) {
      const auto share = static_cast<std::uint64_t>(GetParam()) << 28;
      compare_preemptions(generate(seed << 32 ^ share ^ i, size), bounded);
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(bounded, 100U) << "hardly a bound left anything out";
}

INSTANTIATE_TEST_SUITE_P(share, differential, testing::Range(0, 4));

}  // namespace
}  // namespace checker::generated
