// SPDX-License-Identifier: GPL-2.0-only
// A crash of code under test is a violation with its trace, not the end of the run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using rules_program = simple_program<rules>;

result explore(std::initializer_list<std::vector<rules_program::call>> threads,
               std::uint64_t max_steps = 2'000) {
  rules_program subject(init);
  for (const auto& calls : threads) subject.thread(calls);
  explore::options how;
  how.max_steps = max_steps;
  return explore::run(subject, how);
}

void expect_crash(const result& found, const std::string& message) {
  ASSERT_THAT(kinds_of(found), ElementsAre("crash"));
  EXPECT_EQ(found.outcome, verdict::violation);
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  EXPECT_THAT(found.violations[0].counterexample.result.message, HasSubstr(message));
}

TEST(crash, null_pointer) { expect_crash(explore({{null_load}}), "null pointer"); }

TEST(crash, null_pointer_in_one_interleaving_only) {
  const auto found = explore({{set_flag}, {null_store_after_flag}});
  expect_crash(found, "null pointer");
  EXPECT_GT(found.executions, found.violations[0].executions);
}

TEST(crash, wild_pointer) { expect_crash(explore({{wild_store}}), "0x123456789000"); }

TEST(crash, division_by_zero) { expect_crash(explore({{divide}}), "divide"); }

TEST(crash, abort) { expect_crash(explore({{call_abort}}), "abort"); }

TEST(crash, runaway_recursion) {
  expect_crash(explore({{recurse}}), "recursion");
  expect_crash(explore({{recurse_without_steps}}), "recursion");
}

TEST(crash, endless_loop_with_steps) {
  ASSERT_THAT(kinds_of(explore({{spin_with_steps}})), ElementsAre("endless-loop"));
  // Whether other threads could end it is not known while one of them has not run.
  EXPECT_EQ(explore({{spin_with_steps}, {store_y}}).outcome, verdict::bounded);
}

TEST(crash, a_spin_that_another_thread_ends_is_no_endless_loop) {
  const auto found = explore({{spin_on_flag}, {set_flag}}, 300);
  EXPECT_THAT(kinds_of(found), ElementsAre());
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_THAT(found.bound, HasSubstr("--max-steps 300"));
}

TEST(crash, endless_loop_without_steps) {
  const auto found = explore({{spin_without_steps}});
  ASSERT_THAT(kinds_of(found), ElementsAre("endless-loop"));
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
}

TEST(crash, in_a_hook) {
  rules_program subject(init);
  subject.thread({store_y, store_x}).on_store(&rules::x, hook_loads_null_if_x);
  expect_crash(explore::run(subject, {}), "null pointer");
}

TEST(crash, in_a_release_hook) {
  rules_program subject(init);
  subject.thread({take_a}).on_release(hook_loads_null_if_x);
  expect_crash(explore::run(subject, {}), "null pointer");
}

TEST(crash, at_the_end) {
  rules_program subject(init);
  subject.thread({store_x}).finally(hook_loads_null_if_x);
  expect_crash(explore::run(subject, {}), "null pointer");
}

TEST(crash, the_trace_ends_where_it_happened) {
  const auto found = explore({{wild_store}});
  ASSERT_THAT(kinds_of(found), ElementsAre("crash"));
  const auto& trace = found.violations[0].counterexample;
  EXPECT_EQ(trace.result.thread, 0);
  ASSERT_FALSE(trace.steps.empty());
  EXPECT_GE(trace.result.step, 0);
}

TEST(crash, the_next_exploration_is_not_affected) {
  (void)explore({{recurse}});
  (void)explore({{null_load}, {divide}, {call_abort}});
  EXPECT_EQ(explore({{store_x}, {store_y}}).outcome, verdict::verified);
}

}  // namespace
}  // namespace checker::engine_tests
