// SPDX-License-Identifier: GPL-2.0-only
// Soundness is tested, never assumed: thousands of generated programs, each searched by enumerating
// every interleaving, by visiting every state without the engine, and by DPOR with and without the
// state cache. All must see the same final states, deadlocks, flags, data races, and lock orders.
//
// PTLCHECK_SEED and PTLCHECK_PROGRAMS choose other programs and more of them; PTLCHECK_FIRST skips
// to one of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/engine/generated/compare.hpp"
#include "tests/engine/generated/environment.hpp"
#include "tests/engine/generated/generator.hpp"

namespace checker::generated {
namespace {

struct totals {
  std::uint64_t programs = 0, skipped = 0, deadlocks = 0, violations = 0;
  std::uint64_t brute_executions = 0, dpor_executions = 0, cached_executions = 0;

  void add(const comparison& one) {
    ++programs;
    skipped += one.skipped ? 1 : 0;
    deadlocks += one.deadlock ? 1 : 0;
    violations += one.violation ? 1 : 0;
    brute_executions += one.brute_executions;
    dpor_executions += one.dpor_executions;
    cached_executions += one.cached_executions;
  }
};

class differential : public testing::TestWithParam<int> {};

void run_programs(program_size size, const limits& bounds, std::uint64_t programs, int share) {
  const auto seed = seed_from_environment();
  const auto first = from_environment("PTLCHECK_FIRST", 0);
  programs = from_environment("PTLCHECK_PROGRAMS", programs);
  totals all;
  for (std::uint64_t i = first; i < first + programs; ++i) {
    auto program = generate(seed << 32 ^ static_cast<std::uint64_t>(share) << 28 ^ i, size);
    const auto found = compare(program, bounds);
    all.add(found);
    if (found.failure.empty()) continue;
    const auto smallest = shrink(program, bounds);
    FAIL() << "the searches differ; shrunk program:\n"
           << listing(smallest) << compare(smallest, bounds).failure
           << fmt::format(
                  "again: PTLCHECK_SEED={} PTLCHECK_FIRST={} PTLCHECK_PROGRAMS=1 "
                  "build/differential_tests --gtest_filter='{}.{}'\n",
                  seed, i, testing::UnitTest::GetInstance()->current_test_info()->test_suite_name(),
                  testing::UnitTest::GetInstance()->current_test_info()->name());
  }
  fmt::print(
      "seed {}: {} programs, {} too large, {} with deadlocks, {} with violations; "
      "executions: {} brute force, {} DPOR, {} with the cache\n",
      seed, all.programs, all.skipped, all.deadlocks, all.violations, all.brute_executions,
      all.dpor_executions, all.cached_executions);
  EXPECT_LE(all.skipped * 100, all.programs * 3) << "too many programs were too large to compare";
}

TEST_P(differential, small_programs_against_every_interleaving) {
  run_programs(program_size::small, {}, 1'500, GetParam());
}

TEST_P(differential, larger_programs_against_every_state) {
  limits bounds;
  bounds.brute_executions = 0;
  run_programs(program_size::large, bounds, 500, GetParam());
}

TEST_P(differential, converging_programs_against_every_state) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = 0;
  run_programs(program_size::converging, bounds, 2'000, GetParam());
}

TEST_P(differential, counting_programs_against_every_state) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = 0;
  run_programs(program_size::counting, bounds, 500, GetParam());
}

TEST_P(differential, programs_of_like_threads_against_every_state) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = 0;
  run_programs(program_size::alike, bounds, 1'000, GetParam());
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
  for (const auto& [size, seed, share, index, lost] : known) {
    const auto program = generate(seed << 32 ^ share << 28 ^ index, size);
    const auto found = compare(program, bounds);
    EXPECT_TRUE(found.failure.empty()) << lost << ":\n" << found.failure << listing(program);
  }
}

INSTANTIATE_TEST_SUITE_P(share, differential, testing::Range(0, 4));

}  // namespace
}  // namespace checker::generated
