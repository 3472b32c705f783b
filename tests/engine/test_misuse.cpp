// SPDX-License-Identifier: GPL-2.0-only
// Bad pointers handed to the API, its rules broken, stores that nobody announced, loops that end
// and loops that don't: each is taken for what it is, with every search.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "checker/intercept/arena.hpp"
#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using rules_program = simple_program<rules>;

result explore(std::initializer_list<std::vector<rules_program::call>> threads,
               const explore::options& how = {}) {
  rules_program subject(init);
  for (const auto& calls : threads) subject.thread(calls);
  return explore::run(subject, how);
}

struct misuse {
  rules_program::call call;
  std::string kind, message;
};

class misuse_of_the_api : public testing::TestWithParam<misuse> {};

TEST_P(misuse_of_the_api, is_a_violation_with_its_trace) {
  const auto& expected = GetParam();
  for (const auto search : {explore::search::dpor, explore::search::brute_force}) {
    explore::options how;
    how.search = search;
    const auto found = explore({{store_y, expected.call}, {store_x}}, how);
    ASSERT_THAT(kinds_of(found), ElementsAre(expected.kind));
    EXPECT_EQ(found.outcome, verdict::violation);
    const auto& group = found.violations[0];
    EXPECT_TRUE(group.repeats) << group.divergence;
    EXPECT_THAT(group.counterexample.result.message, HasSubstr(expected.message));
    EXPECT_FALSE(group.counterexample.steps.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(
    engine, misuse_of_the_api,
    testing::Values(misuse{take_null_lock, "crash", "null pointer dereference: thread 0 takes 0x0"},
                    misuse{take_stray_lock, "crash", "did not allocate"},
                    misuse{take_lock_never_initialised, "crash", "no lock was initialised"},
                    misuse{release_null_lock, "crash", "thread 0 releases 0x0"},
                    misuse{look_at_null_lock, "crash", "null pointer"},
                    misuse{read_null_sequence, "crash", "null pointer"},
                    misuse{wait_for_null, "crash", "null pointer"},
                    misuse{store_past_allocated, "crash", "did not allocate"},
                    misuse{fill_past_the_arena, "crash", "307200 bytes that"},
                    misuse{choose_too_many, "checker-misuse", "33 alternatives of 'too many'"},
                    misuse{leave_atomic_block_open, "checker-misuse", "not ended"},
                    misuse{end_atomic_block_twice, "checker-misuse", "not begun"},
                    misuse{leave_ghost_code_open, "checker-misuse", "not ended"},
                    misuse{take_a_with_subclass_8, "checker-misuse", "subclass 8"}));

TEST(misuse, a_null_lock_in_one_interleaving_only) {
  const auto found = explore({{set_flag}, {take_null_lock_after_flag}});
  ASSERT_THAT(kinds_of(found), ElementsAre("crash"));
  EXPECT_GT(found.executions, found.violations[0].executions);
}

void init_fixed(rules* world) {
  init(world);
  mark_constant(&world->fixed, sizeof world->fixed);
}

TEST(misuse, a_store_to_a_constant) {
  rules_program subject(init_fixed);
  subject.thread({store_fixed});
  const auto found = explore::run(subject, {});
  ASSERT_THAT(kinds_of(found), ElementsAre("checker-misuse"));
  EXPECT_THAT(found.violations[0].counterexample.result.message, HasSubstr("constant"));
}

TEST(constants, are_read_without_a_step) {
  const auto steps = [](rules_program::call init_it) {
    rules_program subject(init_it);
    subject.thread({store_x, load_fixed});
    return explore::run(subject, {}).steps;
  };
  EXPECT_EQ(steps(init), 2U);
  EXPECT_EQ(steps(init_fixed), 1U);
}

TEST(misuse, as_many_alternatives_as_are_possible) {
  for (const auto search : {explore::search::dpor, explore::search::brute_force}) {
    explore::options how;
    how.search = search;
    const auto found = explore({{choose_the_last_of_32}}, how);
    EXPECT_THAT(kinds_of(found), ElementsAre("last"));
    EXPECT_EQ(found.executions, 32U);
  }
}

TEST(misuse, no_threads_and_too_many) {
  EXPECT_THROW(explore({}), std::invalid_argument);
  rules_program crowd(init);
  for (int i = 0; i < 9; ++i) crowd.thread({store_x});
  EXPECT_THROW(explore::run(crowd, {}), std::invalid_argument);
}

// Not instrumented: this file is no code under test.
void stray_store(rules* world) { *const_cast<volatile std::uint64_t*>(&world->count) = 7; }

TEST(misuse, a_stray_store_is_noticed_with_every_search) {
  explore::options cached, plain, brute, random;
  plain.state_cache = false;
  brute.search = explore::search::brute_force;
  random.search = explore::search::random;
  for (auto how : {cached, plain, brute, random}) {
    how.check_announcements = how.check_determinism = false;
    const auto found = explore({{store_x, stray_store, store_y}, {store_x}}, how);
    ASSERT_THAT(kinds_of(found), ElementsAre("unseen-store"));
    EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  }
}

TEST(misuse, code_that_is_not_instrumented_is_named) {
  const auto store = explore({{store_x, stray_store}});
  EXPECT_EQ(store.outcome, verdict::error);
  EXPECT_THAT(store.error, HasSubstr("stray_store (tests/engine/test_misuse.cpp:"));
  EXPECT_THAT(store.error, HasSubstr("writes 0x"));

  rules_program reads(init);
  reads.thread({store_x}).on_end_of_operation([](rules* world) {
    if (*const_cast<volatile std::uint64_t*>(&world->y) == 7) std::abort();
  });
  const auto load = explore::run(reads, {});
  EXPECT_EQ(load.outcome, verdict::error);
  EXPECT_THAT(load.error, HasSubstr("test_misuse.cpp:"));
  EXPECT_THAT(load.error, HasSubstr("reads 0x"));

  rules_program final_check(init);
  final_check.thread({store_x}).finally([](rules* world) {
    if (*const_cast<volatile std::uint64_t*>(&world->x) == 7) std::abort();
  });
  EXPECT_EQ(explore::run(final_check, {}).outcome, verdict::verified);
}

TEST(misuse, brute_force_notices_what_does_not_repeat) {
  for (const auto call : {other_word_each_time, other_value_each_time}) {
    forget_counter();
    explore::options how;
    how.check_determinism = false;
    how.search = explore::search::brute_force;
    const auto found = explore({{call, increment_count}, {increment_count}}, how);
    EXPECT_EQ(found.outcome, verdict::error);
    EXPECT_THAT(found.error, HasSubstr("not deterministic"));
  }
}

TEST(misuse, what_did_not_repeat_is_told_with_its_kind) {
  forget_counter();
  explore::options how;
  how.check_announcements = how.check_determinism = false;  // which would run it once more
  const auto found = explore({{fail_once_in_a_while}}, how);
  ASSERT_THAT(kinds_of(found), ElementsAre("rare"));
  EXPECT_FALSE(found.violations[0].repeats);
  EXPECT_EQ(found.violations[0].counterexample.result.kind, "rare");
  EXPECT_THAT(found.violations[0].counterexample.result.message, HasSubstr("did not repeat"));
}

TEST(misuse, a_long_loop_is_no_endless_one) {
  explore::options how;
  how.max_steps = 2'500;
  const auto cut = explore({{many_stores}}, how);
  EXPECT_EQ(cut.outcome, verdict::bounded);
  EXPECT_THAT(cut.violations, IsEmpty());
  EXPECT_EQ(explore({{many_stores}}).outcome, verdict::verified);
}

TEST(misuse, an_endless_loop_of_trylocks) {
  const auto found = explore({{spin_on_trylock}});
  ASSERT_THAT(kinds_of(found), ElementsAre("endless-loop"));
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
}

class watches_two_words final : public program {
 public:
  void setup() override {
    world_ = arena_new<rules>();
    init(world_);
    // The second half of x and the first of y.
    watch(reinterpret_cast<char*>(&world_->x) + 4, 8);
  }
  std::vector<thread_spec> threads() override {
    return {{"thread", {{"store", [this] { store_y(world_); }}}}};
  }
  void on_watched_store(void* /*address*/) override { fail_always(world_); }

 private:
  rules* world_ = nullptr;
};

TEST(misuse, a_watched_range_may_begin_inside_a_word) {
  watches_two_words subject;
  EXPECT_THAT(kinds_of(explore::run(subject, {})), ElementsAre("always"));
}

}  // namespace
}  // namespace checker::engine_tests
