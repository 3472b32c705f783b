// SPDX-License-Identifier: GPL-2.0-only
// What an exploration says, and what it doesn't: verdicts, bounds, hooks, seeds, determinism.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <string>

#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using rules_program = simple_program<rules>;

rules_program between() {
  rules_program subject(init);
  subject.thread({four_stores}).thread({fail_if_x_and_y}).thread({increment_count});
  return subject;
}

TEST(verdicts, violation_of_a_final_check) {
  rules_program subject(init);
  subject.thread({store_x}).thread({store_y}).finally(fail_if_x);
  const auto found = explore::run(subject, {});
  ASSERT_THAT(kinds_of(found), ElementsAre("x"));
  EXPECT_EQ(found.violations[0].counterexample.result.message, "x is 1");
  EXPECT_EQ(found.violations[0].counterexample.result.thread, -1);
  EXPECT_EQ(found.violations[0].counterexample.result.step, -1);
  EXPECT_TRUE(found.violations[0].repeats);
}

TEST(verdicts, an_invariant_in_a_hook_is_sound_under_reduction) {
  // The store to y reads x in its hook, so the two stores depend on each other.
  for (const bool cache : {false, true}) {
    rules_program subject(init);
    subject.thread({store_x}).thread({store_y}).on_store(&rules::y, x_must_not_follow_y);
    explore::options how;
    how.state_cache = cache;
    EXPECT_THAT(kinds_of(explore::run(subject, how)), ElementsAre("order"));
  }
}

TEST(verdicts, end_of_operation_hook) {
  rules_program subject(init);
  subject.thread({store_y}).on_end_of_operation(x_must_not_follow_y);
  EXPECT_THAT(kinds_of(explore::run(subject, {})), ElementsAre("order"));
}

TEST(verdicts, end_of_operation_hook_without_a_step) {
  rules_program subject(init);
  subject.thread({[](rules*) {}}).on_end_of_operation(fail_always);
  EXPECT_THAT(kinds_of(explore::run(subject, {})), ElementsAre("always"));
}

TEST(verdicts, choices_are_all_tried) {
  rules_program subject(init);
  subject.thread({choose_then_fail});
  const auto found = explore::run(subject, {});
  ASSERT_THAT(kinds_of(found), ElementsAre("chosen"));
  EXPECT_EQ(found.executions, 6U);
  EXPECT_EQ(found.violations[0].executions, 1U);
  int choices = 0;
  for (const auto& decision : found.violations[0].counterexample.schedule) {
    if (!decision.is_choice) continue;
    EXPECT_EQ(decision.label, choices == 0 ? "one" : "other");
    EXPECT_EQ(decision.value, choices == 0 ? 2 : 1);
    ++choices;
  }
  EXPECT_EQ(choices, 2);
}

TEST(verdicts, the_counterexample_is_short_and_of_its_kind) {
  auto subject = between();
  explore::options how;
  how.minimize = false;
  const auto long_one = explore::run(subject, how);
  auto again = between();
  const auto short_one = explore::run(again, {});
  ASSERT_THAT(kinds_of(long_one), ElementsAre("between"));
  ASSERT_THAT(kinds_of(short_one), ElementsAre("between"));
  const auto& trace = short_one.violations[0].counterexample;
  EXPECT_EQ(trace.result.kind, "between");
  EXPECT_LE(trace.schedule.size(), long_one.violations[0].counterexample.schedule.size());
  // Two stores, then the two loads: nothing else is needed.
  EXPECT_EQ(trace.schedule.size(), 4U);
}

TEST(verdicts, bounded_by_executions) {
  rules_program subject(init);
  subject.thread({four_stores}).thread({four_stores});
  explore::options how;
  how.max_executions = 3;
  const auto found = explore::run(subject, how);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_EQ(found.executions, 3U);
  EXPECT_THAT(found.bound, HasSubstr("--max-executions 3"));
}

TEST(verdicts, bounded_by_time) {
  rules_program subject(init);
  for (int i = 0; i < 8; ++i) subject.thread({four_stores, four_stores, increment_count});
  explore::options how;
  how.state_cache = false;
  how.max_seconds = 0.05;
  const auto found = explore::run(subject, how);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_THAT(found.bound, HasSubstr("--budget"));
  EXPECT_LT(found.seconds, 5);
}

TEST(verdicts, bounded_by_a_stop_from_outside) {
  rules_program subject(init);
  for (int i = 0; i < 8; ++i) subject.thread({four_stores, four_stores, increment_count});
  std::atomic<bool> stop = true;
  explore::options how;
  how.stop = &stop;
  const auto found = explore::run(subject, how);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_EQ(found.bound, "interrupted");
  EXPECT_EQ(found.executions, 1U);
}

TEST(verdicts, random_search_repeats_by_its_seed) {
  const auto search = [](std::uint64_t seed) {
    auto subject = between();
    explore::options how;
    how.search = explore::search::random;
    how.seed = seed;
    how.random_executions = 200;
    how.minimize = false;
    return explore::run(subject, how);
  };
  const auto one = search(7), same = search(7), other = search(8);
  ASSERT_THAT(kinds_of(one), ElementsAre("between"));
  EXPECT_EQ(one.violations[0].executions, same.violations[0].executions);
  EXPECT_TRUE(one.violations[0].counterexample == same.violations[0].counterexample);
  EXPECT_EQ(one.steps, same.steps);
  EXPECT_NE(one.violations[0].executions, other.violations[0].executions);
  EXPECT_THAT(one.violations[0].counterexample.search, HasSubstr("seed 7"));
}

TEST(verdicts, random_search_without_a_find_is_bounded) {
  rules_program subject(init);
  subject.thread({store_x}).thread({store_y});
  explore::options how;
  how.search = explore::search::random;
  how.random_executions = 10;
  const auto found = explore::run(subject, how);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_EQ(found.executions, 10U);
  EXPECT_THAT(found.bound, HasSubstr("10 random executions"));
}

// ---- Priorities by chance ----------------------------------------------------------------------

result explore_by_priorities(rules_program subject, std::uint64_t seed, unsigned depth,
                             std::uint64_t executions) {
  explore::options how;
  how.search = explore::search::pct;
  how.seed = seed;
  how.bug_depth = depth;
  how.random_executions = executions;
  how.after_violation = executions;
  return explore::run(subject, how);
}

TEST(verdicts, pct_repeats_by_its_seed) {
  const auto one = explore_by_priorities(between(), 7, 3, 500);
  const auto same = explore_by_priorities(between(), 7, 3, 500);
  const auto other = explore_by_priorities(between(), 8, 3, 500);
  ASSERT_THAT(kinds_of(one), ElementsAre("between"));
  EXPECT_EQ(one.violations[0].executions, same.violations[0].executions);
  EXPECT_EQ(one.steps, same.steps);
  EXPECT_NE(one.steps, other.steps);
  EXPECT_THAT(one.violations[0].counterexample.search, HasSubstr("pct, depth 3, seed 7"));
}

TEST(verdicts, pct_finds_a_bug_of_its_depth_as_often_as_promised) {
  // A bug of depth 1: one thread's steps all before the other's. Two threads: at least every
  // second execution.
  rules_program order(init);
  order.thread({store_x}).thread({fail_if_x});
  constexpr std::uint64_t executions = 4'000;
  const auto shallow = explore_by_priorities(order, 1, 1, executions);
  ASSERT_THAT(kinds_of(shallow), ElementsAre("x"));
  EXPECT_GE(shallow.violations[0].executions, executions * 45 / 100);
  // Depth 2: the loads fall between two of the stores. At least 1 / (n k).
  const auto deep = explore_by_priorities(between(), 1, 2, executions);
  ASSERT_THAT(kinds_of(deep), ElementsAre("between"));
  EXPECT_GE(deep.violations[0].executions, executions * 9 / 10 / (3 * deep.depth));
}

TEST(verdicts, pct_of_depth_1_never_switches_back) {
  // What needs a switch in the middle of a thread is out of its reach.
  EXPECT_THAT(kinds_of(explore_by_priorities(between(), 1, 1, 1'000)), IsEmpty());
}

TEST(verdicts, pct_without_a_find_says_what_it_is_worth) {
  rules_program subject(init);
  subject.thread({store_x}).thread({store_y});
  const auto found = explore_by_priorities(subject, 1, 1, 101);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_EQ(found.executions, 101U);
  // Two steps, known after the first execution; each of the others misses with 1/2.
  EXPECT_THAT(found.bound, HasSubstr("101 PCT executions, seed 1: a bug of depth 1"));
  EXPECT_THAT(found.bound, HasSubstr("1/2 or more (2 threads, 2 steps)"));
  EXPECT_THAT(found.bound, HasSubstr("missed with 7.9e-31 or less"));
}

TEST(verdicts, one_thread_and_eight) {
  rules_program alone(init);
  alone.thread({four_stores});
  const auto one = explore::run(alone, {});
  EXPECT_EQ(one.outcome, verdict::verified);
  EXPECT_EQ(one.executions, 1U);
  EXPECT_EQ(one.depth, 4U);

  rules_program crowd(init);
  for (int i = 0; i < 8; ++i) crowd.thread({take_a});
  explore::options how;
  how.state_cache = false;
  how.max_executions = 50'000;
  const auto eight = explore::run(crowd, how);
  // Eight critical sections in any order.
  EXPECT_EQ(eight.executions, 40'320U);
  EXPECT_EQ(eight.outcome, verdict::verified);
}

// ---- Determinism -------------------------------------------------------------------------------

TEST(verdicts, a_program_that_does_not_repeat_is_told_so) {
  // By the search itself; that it is seen before is tested in test_determinism.cpp.
  explore::options how;
  how.check_determinism = false;
  for (const auto call : {other_word_each_time, other_value_each_time}) {
    forget_counter();
    rules_program subject(init);
    subject.thread({call, increment_count}).thread({increment_count});
    const auto found = explore::run(subject, how);
    EXPECT_EQ(found.outcome, verdict::error);
    EXPECT_THAT(found.error, HasSubstr("not deterministic"));
    EXPECT_THAT(found.error, HasSubstr("rules_code.cpp:"));
    EXPECT_THAT(found.error, HasSubstr("thread "));
  }
}

TEST(verdicts, a_violation_that_does_not_repeat_is_told_so) {
  forget_counter();
  explore::options how;
  how.check_announcements = how.check_determinism = false;  // which would run it once more
  rules_program subject(init);
  subject.thread({fail_once_in_a_while});
  const auto found = explore::run(subject, how);
  ASSERT_THAT(kinds_of(found), ElementsAre("rare"));
  EXPECT_FALSE(found.violations[0].repeats);
  EXPECT_THAT(found.violations[0].divergence, HasSubstr("without a violation"));
}

// ---- Many explorations -------------------------------------------------------------------------

std::size_t resident_kilobytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

TEST(verdicts, explorations_do_not_leak) {
  const auto explore_some = [](int count) {
    for (int i = 0; i < count; ++i) {
      rules_program subject(init);
      subject.thread({lock_a_then_b, store_y}).thread({take_a, null_store_after_flag});
      if (i % 16 == 0) subject.thread({set_flag});
      explore::options how;
      how.minimize = how.check_announcements = i % 64 == 0;
      (void)explore::run(subject, how);
    }
  };
  explore_some(300);
  const auto before = resident_kilobytes();
  explore_some(3'000);
  EXPECT_LT(resident_kilobytes(), before + 8 * 1024);
}

}  // namespace
}  // namespace checker::engine_tests
