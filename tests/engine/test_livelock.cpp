// SPDX-License-Identifier: GPL-2.0-only
// Loops that can go on for ever although every thread gets its turn, and loops that can't.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "checker/explore/explore.hpp"
#include "tests/engine/livelock.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker {
namespace {

using engine_tests::kinds_of;
using engine_tests::retries;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using retry_program = engine_tests::simple_program<retries>;
using calls = std::vector<retry_program::call>;
namespace code = engine_tests;

explore::options options(unsigned jobs = 1) {
  explore::options how;
  how.search = explore::search::graph;
  how.reduce.blocks = true;
  how.jobs = jobs;
  how.steps_alone = 0;
  how.data_races = data_race_policy::off;
  return how;
}

retry_program program_of(const std::vector<calls>& threads) {
  retry_program subject(code::init);
  for (const auto& each : threads) subject.thread(each);
  return subject;
}

result explored(const std::vector<calls>& threads, const explore::options& how = options()) {
  auto subject = program_of(threads);
  return explore::run(subject, how);
}

/// The only violation. Its trace must repeat.
trace::document livelock(const std::vector<calls>& threads,
                         const explore::options& how = options()) {
  const auto found = explored(threads, how);
  EXPECT_EQ(found.outcome, verdict::violation) << found.bound << found.error;
  EXPECT_THAT(kinds_of(found), ElementsAre("livelock"));
  if (found.violations.size() != 1 || found.violations[0].kind != "livelock") return {};
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  auto document = found.violations[0].counterexample;
  auto subject = program_of(threads);
  const auto replayed = explore::replay(subject, document, how);
  EXPECT_TRUE(replayed.fits) << replayed.divergence;
  EXPECT_EQ(replayed.recorded.result, document.result);
  EXPECT_EQ(replayed.recorded.steps, document.steps);
  return document;
}

void expect_verified(const std::vector<calls>& threads) {
  const auto found = explored(threads);
  EXPECT_EQ(found.outcome, verdict::verified)
      << found.bound << found.error << testing::PrintToString(kinds_of(found));
}

const std::vector<calls> opposite{{code::take_a_try_b}, {code::take_b_try_a}};

TEST(livelock, of_two_threads_that_back_off_from_each_other) {
  const auto document = livelock(opposite);
  ASSERT_TRUE(document.result.repeats);
  EXPECT_EQ(document.result.repeats->last, static_cast<int>(document.steps.size()) - 1);
  // Each takes its lock, fails to get the other one, and lets go.
  EXPECT_EQ(document.result.repeats->last - document.result.repeats->first + 1, 6);
  EXPECT_EQ(
      document.result.message,
      "thread 0 and thread 1 go round for ever: after 6 steps everything is as it was before");
  EXPECT_EQ(document.result.thread, -1);
  EXPECT_EQ(document.result.step, -1);
}

TEST(livelock, needs_locks_in_opposite_order) {
  expect_verified({{code::take_a_try_b}, {code::take_a_try_b}, {code::take_a_try_b}});
}

TEST(livelock, is_no_loop_that_another_thread_ends) {
  expect_verified({{code::spin_on_flag}, {code::set_flag}});
  expect_verified({{code::set_flag}, {code::spin_on_flag}, {code::spin_on_flag}});
  expect_verified({{code::spin_on_flag}, {code::store_x, code::store_x, code::set_flag}});
}

TEST(livelock, of_one_thread_that_nobody_helps) {
  const auto document = livelock({{code::spin_on_flag}, {code::store_x}});
  EXPECT_EQ(document.result.message,
            "thread 0 goes round for ever: after 1 step everything is as it was before");
}

TEST(livelock, leaves_out_who_has_nothing_to_do_with_it) {
  const auto document = livelock({{code::store_x}, {code::take_a_try_b}, {code::take_b_try_a}});
  EXPECT_THAT(document.result.message, HasSubstr("thread 1 and thread 2 go round"));
}

TEST(livelock, names_all_who_can_go_on) {
  const auto document =
      livelock({{code::spin_on_other}, {code::take_a_try_b}, {code::take_b_try_a}});
  // The shortest one to reach: the second thread has finished, or it has not and goes round, too.
  EXPECT_THAT(document.result.message, HasSubstr("thread 0"));
}

TEST(livelock, waits_for_threads_that_wait_for_each_other) {
  const auto document = livelock({{code::spin_on_flag, code::set_flag_under_a},
                                  {code::spin_on_other, code::set_flag},
                                  {code::store_x}});
  EXPECT_THAT(document.result.message, HasSubstr("thread 0 and thread 1 go round"));
}

TEST(livelock, of_who_holds_the_lock_that_another_thread_needs_to_help) {
  const auto document = livelock({{code::spin_on_flag_under_a}, {code::set_flag_under_a}});
  EXPECT_THAT(document.result.message, HasSubstr("thread 0 goes round"));
  EXPECT_THAT(document.result.message, HasSubstr("; thread 1 waits for A"));
  ASSERT_EQ(document.result.waits.size(), 1U);
  EXPECT_EQ(document.result.waits[0].thread, 1);
  EXPECT_THAT(document.result.waits[0].holders, ElementsAre(0));
}

// A lock that is free now and then goes to who waits for it.
TEST(livelock, is_no_lock_that_is_taken_again_and_again) {
  expect_verified({{code::poll_flag_under_a}, {code::set_flag_under_a}});
  expect_verified({{code::poll_flag_under_a}, {code::poll_flag_under_a}, {code::set_flag_under_a}});
}

// ---- Choices -----------------------------------------------------------------------------------

TEST(livelock, is_no_choice_that_never_comes_out_as_usual) {
  expect_verified({{code::allocate_until_it_succeeds}});
  expect_verified({{code::allocate_until_it_succeeds}, {code::allocate_until_it_succeeds}});
}

TEST(livelock, of_choices_that_all_come_out_as_usual) {
  const auto document = livelock({{code::retry_while_all_goes_well}, {code::store_x}});
  EXPECT_THAT(document.result.message, HasSubstr("thread 0 goes round"));
}

TEST(livelock, is_not_decided_where_other_values_come_up_over_and_over) {
  const auto found = explored({{code::retry_for_mixed_values}});
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_THAT(found.bound, HasSubstr("choices come out other than 0"));
}

// ---- Semaphores --------------------------------------------------------------------------------

TEST(livelock, of_a_reader_that_keeps_the_writer_out) {
  const auto document = livelock({{code::spin_on_flag_as_reader}, {code::set_flag_as_writer}});
  EXPECT_THAT(document.result.message, HasSubstr("; thread 1 waits for sem"));
}

// The kernel's semaphores queue: a writer keeps out the readers that come after it. Ours don't, and
// whether the graph has the cycle depends on what else the readers do.
TEST(livelock, is_never_claimed_where_readers_relieve_each_other) {
  expect_verified({{code::poll_flag_as_reader}, {code::set_flag_as_writer}});
  expect_verified(
      {{code::poll_flag_as_reader}, {code::poll_flag_as_reader}, {code::set_flag_as_writer}});
  const auto found = explored({{code::store_and_poll_flag_as_reader},
                               {code::store_and_poll_flag_as_reader},
                               {code::set_flag_as_writer}});
  EXPECT_EQ(found.outcome, verdict::bounded) << testing::PrintToString(kinds_of(found));
  EXPECT_THAT(found.bound, HasSubstr("handed on"));
}

// ---- Who explored it ---------------------------------------------------------------------------

const std::vector<calls> larger{{code::store_x, code::take_a_try_b, code::set_flag},
                                {code::take_b_try_a, code::store_x},
                                {code::store_x, code::spin_on_flag}};

TEST(livelock, is_the_same_one_with_any_number_of_processes) {
  const auto alone = livelock(larger);
  for (const unsigned jobs : {2U, 3U}) EXPECT_EQ(livelock(larger, options(jobs)), alone) << jobs;
}

TEST(livelock, is_the_same_one_after_a_stop) {
  std::string directory = (std::filesystem::temp_directory_path() / "ptlcheck-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const auto alone = livelock(larger);
  for (const unsigned jobs : {1U, 2U}) {
    auto how = options(jobs);
    how.checkpoint = {std::filesystem::path(directory) / "checkpoint", "this test", 0, false};
    how.max_executions = 2;
    EXPECT_EQ(explored(larger, how).outcome, verdict::bounded);
    ASSERT_TRUE(std::filesystem::exists(how.checkpoint.path));
    how.max_executions = 0;
    how.checkpoint.resume = true;
    EXPECT_EQ(livelock(larger, how), alone) << jobs;
    std::filesystem::remove(how.checkpoint.path);
  }
  std::filesystem::remove_all(directory);
}

// What is left then is searched without states: no cycle is seen.
TEST(livelock, is_not_decided_without_memory_for_the_states) {
  auto how = options();
  how.max_state_bytes = 0;
  how.reduce = {false, false, false};
  how.max_steps = 200;
  how.max_executions = 100;
  std::vector<calls> many(3);
  for (auto& each : many) {
    for (int i = 0; i < 12; ++i) each.insert(each.end(), {code::store_x, code::set_flag});
  }
  many.push_back({code::spin_on_other});
  const auto found = explored(many, how);
  EXPECT_TRUE(found.memory_full);
  EXPECT_EQ(found.outcome, verdict::bounded);
}

// ---- Replay ------------------------------------------------------------------------------------

std::string divergence(const trace::document& document) {
  auto subject = program_of(opposite);
  const auto seen = explore::replay(subject, document, options());
  EXPECT_EQ(seen.fits, seen.divergence.empty());
  EXPECT_EQ(seen.fits, seen.recorded.result.kind == "livelock");
  return seen.divergence;
}

TEST(livelock, does_not_repeat_where_the_trace_says_so_wrongly) {
  const auto document = livelock(opposite);
  EXPECT_EQ(divergence(document), "");
  auto other = document;
  ++other.result.repeats->first;
  EXPECT_THAT(divergence(other), HasSubstr("is not the one before them"));
  other = document;
  other.schedule.pop_back();
  EXPECT_THAT(divergence(other), HasSubstr("is not the one before them"));
  other = document;
  other.result.repeats.reset();
  EXPECT_THAT(divergence(other), HasSubstr("goes on"));
}

TEST(livelock, does_not_repeat_if_somebody_can_run_and_does_not) {
  // The first thread spins once. The other one, which would set the flag, could run.
  const std::vector<calls> threads{{code::spin_on_flag}, {code::set_flag}};
  trace::document document;
  document.schedule = {{false, 0, ""}};
  document.steps.resize(1);
  document.result.repeats = trace::step_range{0, 0};
  auto subject = program_of(threads);
  const auto seen = explore::replay(subject, document, options());
  EXPECT_THAT(seen.divergence, HasSubstr("thread 1 can run"));
  EXPECT_THAT(seen.recorded.result.kind, Not("livelock"));
}

// The first thread never leaves its cycle by itself, and takes the lock at most of its states: the
// other one must not be put off for ever.
TEST(livelock, does_not_hide_who_waits_for_the_lock_that_goes_round) {
  const auto document = livelock({{code::poll_flag_under_a}, {code::poll_flag_under_a}});
  EXPECT_THAT(document.result.message, HasSubstr("thread 0 and thread 1 go round"));
  const auto found =
      explored({{code::poll_flag_under_a}, {code::set_flag_under_a, code::leave_with_a}});
  EXPECT_THAT(kinds_of(found), ElementsAre("lock-held-at-exit"));
}

}  // namespace
}  // namespace checker
