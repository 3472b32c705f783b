// SPDX-License-Identifier: GPL-2.0-only
// Code under test that does not do the same twice is found out, and located.
#include <gmock/gmock.h>

#include <string>

#include "checker/intercept/sanitizer.hpp"
#include "tests/engine/nondeterminism.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* how_it_begins =
    "the program is not deterministic: run twice under the same schedule, ";

class determinism : public testing::Test {
 protected:
  using call = void (*)(nondeterministic_world*);

  result explore_two(call one, call other) {
    simple_program<nondeterministic_world> program(init_nondeterministic);
    program.thread({one}).thread({other});
    return explore::run(program, {});
  }

  void expect_found(call wrong, const std::string& where) {
    const auto found = explore_two(wrong, deterministic);
    EXPECT_EQ(found.outcome, verdict::error);
    EXPECT_THAT(found.error, testing::StartsWith(how_it_begins));
    EXPECT_THAT(found.error, HasSubstr(where));
    EXPECT_THAT(found.error, HasSubstr(" tests/engine/nondeterminism_code.cpp:"));
    EXPECT_THAT(found.error, Not(HasSubstr("\n")));
  }
};

TEST_F(determinism, an_orderly_program_is_none) {
  EXPECT_EQ(explore_two(deterministic, deterministic).outcome, verdict::verified);
}

TEST_F(determinism, a_variable_read_before_it_was_set) {
  expect_found(call_store_unset, "thread 0 in store_unset()");
  expect_found(call_store_unset, "is 0 one time and 0xa5a5a5a5a5a5a5a5 the other");
}

// Its frame stands where the engine's own calls have been, between the painting and the operation.
TEST_F(determinism, the_same_in_an_operation_itself) {
#ifdef CHECKER_ADDRESS_SANITIZER
  GTEST_SKIP() << "nothing is inlined in this build: those calls leave the same frames each time";
#endif
  expect_found(store_unset, "thread 0 in store_unset()");
  expect_found(branch_on_unset, "thread 0 in branch_on_unset()");
}

TEST_F(determinism, the_same_where_other_frames_have_been) {
  expect_found(store_unset_later, "thread 0 in store_unset()");
}

TEST_F(determinism, a_decision_by_such_a_variable) {
  expect_found(call_branch_on_unset, "thread 0 in branch_on_unset()");
  expect_found(call_branch_on_unset, "the other");
}

TEST_F(determinism, time) { expect_found(store_time, "thread 0 in store_time()"); }

TEST_F(determinism, an_address_of_the_stack) {
  expect_found(store_address_of_local, "thread 0 in store_address_of_local()");
}

TEST_F(determinism, a_part_of_an_address_of_the_stack) {
  expect_found(store_part_of_address, "thread 0 in store_part_of_address()");
}

TEST_F(determinism, memory_that_one_execution_leaves_to_the_next) {
  expect_found(count_calls, "thread 0 in count_calls()");
}

TEST_F(determinism, what_only_the_search_gets_to) {
  // The thread after the other one: the search tries that second, and so do we, afterwards.
  const auto found = explore_two(store_unset_if_last, deterministic);
  EXPECT_EQ(found.outcome, verdict::error);
  EXPECT_THAT(found.error, AllOf(testing::StartsWith(how_it_begins), HasSubstr("store_unset()")));
}

TEST_F(determinism, can_be_left_out) {
  simple_program<nondeterministic_world> program(init_nondeterministic);
  program.thread({store_address_of_local});
  explore::options how;
  how.check_determinism = false;
  EXPECT_EQ(explore::run(program, how).outcome, verdict::verified);
}

}  // namespace
}  // namespace checker::engine_tests
