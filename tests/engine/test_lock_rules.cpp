// SPDX-License-Identifier: GPL-2.0-only
// The kernel's rules for locks, one by one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using rules_program = simple_program<rules>;

result explore(std::initializer_list<std::vector<rules_program::call>> threads) {
  rules_program subject(init);
  for (const auto& calls : threads) subject.thread(calls);
  return explore::run(subject, {});
}

const trace::violation& first(const result& found) {
  return found.violations.at(0).counterexample.result;
}

TEST(lock_rules, deadlock_tells_who_waits_for_what_and_who_holds_it) {
  const auto found = explore({{lock_a_then_b}, {lock_b_then_a}});
  ASSERT_THAT(kinds_of(found), ElementsAre("deadlock"));
  EXPECT_EQ(found.outcome, verdict::violation);
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  const auto& deadlock = first(found);
  ASSERT_EQ(deadlock.waits.size(), 2U);
  EXPECT_EQ(deadlock.waits[0].thread, 0);
  EXPECT_EQ(deadlock.waits[0].lock, "b");
  EXPECT_EQ(deadlock.waits[0].lock_class, "class b");
  EXPECT_THAT(deadlock.waits[0].holders, ElementsAre(1));
  EXPECT_EQ(deadlock.waits[1].lock, "a");
  EXPECT_THAT(deadlock.waits[1].holders, ElementsAre(0));
  ASSERT_EQ(deadlock.held.size(), 2U);
  EXPECT_EQ(deadlock.held[0].name, "a");
  EXPECT_EQ(deadlock.held[0].thread, 0);
  EXPECT_EQ(deadlock.held[1].name, "b");
  ASSERT_FALSE(deadlock.waits[0].stack.empty());
  EXPECT_THAT(deadlock.waits[0].stack.back().file, HasSubstr("rules_code.cpp"));
  EXPECT_GT(deadlock.waits[0].stack.back().line, 0);
}

TEST(lock_rules, deadlock_counterexample_needs_one_switch_each) {
  const auto found = explore({{lock_a_then_b}, {lock_b_then_a}});
  ASSERT_THAT(kinds_of(found), ElementsAre("deadlock"));
  int acquires = 0;
  for (const auto& step : found.violations[0].counterexample.steps) {
    if (step.kind == trace::step_kind::lock) ++acquires;
  }
  EXPECT_EQ(found.violations[0].counterexample.schedule.size(), 2U);
  EXPECT_GE(acquires, 2);
}

TEST(lock_rules, a_wait_that_nobody_ends_is_a_deadlock) {
  const auto found = explore({{wait_for_the_past}, {set_flag}});
  ASSERT_THAT(kinds_of(found), ElementsAre("deadlock"));
  ASSERT_EQ(first(found).waits.size(), 1U);
  EXPECT_THAT(first(found).waits[0].holders, IsEmpty());
}

TEST(lock_rules, same_order_is_fine) {
  const auto found = explore({{lock_a_then_b}, {lock_a_then_b}});
  EXPECT_EQ(found.outcome, verdict::verified);
  EXPECT_THAT(kinds_of(found), IsEmpty());
  EXPECT_THAT(found.lock_classes, testing::Contains("class a"));
}

TEST(lock_rules, recursion_on_one_lock) {
  const auto found = explore({{lock_a_twice}});
  ASSERT_THAT(kinds_of(found), ElementsAre("recursion"));
  EXPECT_THAT(first(found).message, HasSubstr("a"));
}

TEST(lock_rules, recursion_within_a_class) {
  const auto found = explore({{lock_a_then_twin}});
  ASSERT_THAT(kinds_of(found), ElementsAre("recursion"));
  EXPECT_THAT(first(found).message, HasSubstr("missing lock nesting notation"));
}

TEST(lock_rules, a_subclass_nests) {
  EXPECT_EQ(explore({{lock_a_then_twin_nested}, {lock_a_then_twin_nested}}).outcome,
            verdict::verified);
}

TEST(lock_rules, wrong_owner) {
  EXPECT_THAT(kinds_of(explore({{release_a_only}})), ElementsAre("wrong-owner"));
  EXPECT_THAT(kinds_of(explore({{take_a}, {release_a}})), ElementsAre("wrong-owner"));
}

TEST(lock_rules, release_in_the_other_mode) {
  const auto found = explore({{release_sem_as_writer}});
  ASSERT_THAT(kinds_of(found), ElementsAre("wrong-owner"));
  EXPECT_THAT(first(found).message, HasSubstr("for writing"));
}

TEST(lock_rules, lock_held_at_exit) {
  const auto found = explore({{take_a_and_return}});
  ASSERT_THAT(kinds_of(found), ElementsAre("lock-held-at-exit"));
  EXPECT_THAT(first(found).message, HasSubstr("a"));
}

TEST(lock_rules, lock_held_between_operations) {
  EXPECT_THAT(kinds_of(explore({{take_a_and_return, release_a}})),
              ElementsAre("lock-held-at-exit"));
}

TEST(lock_rules, sleep_in_atomic) {
  for (const auto call :
       {mutex_in_spinlock, sem_in_spinlock, wait_in_spinlock, sleep_in_spinlock}) {
    const auto found = explore({{call}});
    ASSERT_THAT(kinds_of(found), ElementsAre("sleep-in-atomic"));
    EXPECT_THAT(first(found).message, HasSubstr("a is held"));
  }
}

TEST(lock_rules, sections_without_sleep) {
  for (const auto call : {sleep_in_section, mutex_in_section}) {
    const auto found = explore({{call}, {call}});
    ASSERT_THAT(kinds_of(found), ElementsAre("sleep-in-atomic"));
    EXPECT_THAT(first(found).message, HasSubstr("inside of a section"));
  }
  EXPECT_EQ(explore({{sleep_behind_section, sleep_behind_section}}).outcome, verdict::verified);
  const auto left = explore({{return_in_section}, {sleep_behind_section}});
  ASSERT_THAT(kinds_of(left), ElementsAre("lock-held-at-exit"));
  EXPECT_THAT(first(left).message, HasSubstr("inside of a section"));
  EXPECT_THAT(kinds_of(explore({{end_no_section}})), ElementsAre("wrong-owner"));
}

TEST(lock_rules, sleeping_under_a_sleeping_lock_or_not_at_all_is_fine) {
  EXPECT_EQ(explore({{sleep_in_mutex}}).outcome, verdict::verified);
  EXPECT_EQ(explore({{try_mutex_in_spinlock}}).outcome, verdict::verified);
  EXPECT_EQ(explore({{write_sem_then_mutex}}).outcome, verdict::verified);
}

// ---- Lock order --------------------------------------------------------------------------------

void expect_inversion(const result& found) {
  ASSERT_THAT(kinds_of(found), ElementsAre("lock-order"));
  EXPECT_EQ(found.outcome, verdict::violation);
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  const auto& cycle = first(found).cycle;
  ASSERT_EQ(cycle.size(), 2U);
  EXPECT_EQ(cycle[0].to, cycle[1].from);
  EXPECT_EQ(cycle[1].to, cycle[0].from);
  for (const auto& edge : cycle) {
    EXPECT_FALSE(edge.stack.empty()) << edge.from << " -> " << edge.to;
    EXPECT_FALSE(edge.from_stack.empty()) << edge.from << " -> " << edge.to;
  }
}

TEST(lock_rules, inversion_under_a_common_lock) {
  expect_inversion(explore({{lock_a_then_b_in_outer}, {lock_b_then_a_in_outer}}));
}

TEST(lock_rules, inversion_ordered_by_a_flag) {
  expect_inversion(explore({{lock_a_then_b, set_flag}, {wait_for_flag, lock_b_then_a}}));
}

TEST(lock_rules, inversion_within_one_thread) {
  expect_inversion(explore({{lock_a_then_b, lock_b_then_a}}));
}

TEST(lock_rules, inversion_replays) {
  rules_program subject(init);
  subject.thread({lock_a_then_b_in_outer}).thread({lock_b_then_a_in_outer});
  const auto found = explore::run(subject, {});
  expect_inversion(found);
  rules_program again(init);
  again.thread({lock_a_then_b_in_outer}).thread({lock_b_then_a_in_outer});
  const auto replayed = explore::replay(again, found.violations[0].counterexample, {});
  EXPECT_TRUE(replayed.fits) << replayed.divergence;
  EXPECT_EQ(replayed.recorded.result.kind, "lock-order");
  EXPECT_TRUE(replayed.recorded.steps == found.violations[0].counterexample.steps);
  EXPECT_EQ(replayed.recorded.result.cycle.size(), 2U);
}

TEST(lock_rules, a_trylock_in_the_other_order_is_fine) {
  EXPECT_EQ(explore({{lock_a_then_b}, {try_a_in_b}}).outcome, verdict::verified);
  EXPECT_EQ(explore({{try_b_in_a}, {try_a_in_b}}).outcome, verdict::verified);
}

// ---- Other kinds of locks ----------------------------------------------------------------------

TEST(lock_rules, a_bit_lock_may_be_released_by_another_thread) {
  EXPECT_EQ(explore({{take_bit_set_flag_wait}, {release_bit_after_flag}}).outcome,
            verdict::verified);
}

TEST(lock_rules, a_free_bit_lock_may_not_be_released) {
  EXPECT_THAT(kinds_of(explore({{release_bit}})), ElementsAre("wrong-owner"));
}

TEST(lock_rules, readers_share_and_writers_exclude) {
  rules_program subject(init);
  subject.thread({read_section}).thread({read_section}).thread({write_section});
  bool together = false;
  explore::options how;
  how.on_execution_end = [&](bool /*stuck*/) { together |= subject.world()->flag != 0; };
  EXPECT_EQ(explore::run(subject, how).outcome, verdict::verified);
  EXPECT_TRUE(together) << "two readers were never inside at once";
}

TEST(lock_rules, read_locks_deadlock_with_writers) {
  EXPECT_THAT(kinds_of(explore({{read_sem_then_sem2}, {read_sem2_then_sem}})),
              ElementsAre("deadlock"));
}

TEST(lock_rules, sequence_counts) {
  EXPECT_EQ(explore({{sequence_write}, {sequence_read}}).outcome, verdict::verified);
  EXPECT_EQ(explore({{sequence_write_locked}, {sequence_write_locked}, {sequence_read}}).outcome,
            verdict::verified);
  EXPECT_THAT(kinds_of(explore({{sequence_write}, {sequence_write}})), ElementsAre("seqcount"));
  EXPECT_THAT(kinds_of(explore({{sequence_end_only}})), ElementsAre("seqcount"));
}

}  // namespace
}  // namespace checker::engine_tests
