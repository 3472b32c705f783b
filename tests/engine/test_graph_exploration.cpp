// SPDX-License-Identifier: GPL-2.0-only
// What worker processes find out at the last moment, and what a checkpoint keeps of what only they
// have seen. They are held up until the coordinator has looked whether there is anything new.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checker/detect/crash.hpp"
#include "checker/explore/graph_exploration.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/shared_array.hpp"
#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker {
namespace {

using engine_tests::kinds_of;
using engine_tests::rules;
using explore::graph_exploration;
using ending = graph_exploration::ending;
using rules_program = engine_tests::simple_program<rules>;
namespace code = engine_tests;

/// Where workers wait at the end of an execution until it is opened.
class gate {
 public:
  gate() { current = this; }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;
  ~gate() { current = nullptr; }

  void open() { open_[0] = true; }
  void close() { open_[0] = false; }
  /// A worker waits; the process of the test goes on. True in a worker.
  static bool pass() {
    if (getpid() == current->test_) return false;
    while (!current->open_[0]) usleep(100);
    return true;
  }

 private:
  static inline gate* current = nullptr;

  pid_t test_ = getpid();
  shared_array<std::atomic<bool>> open_{1};
};

void wait_at_gate(rules* /*world*/) { gate::pass(); }
void wait_at_gate_and_fail(rules* /*world*/) {
  if (gate::pass()) checker_violation("late", "a worker came to its end");
}
void wait_at_gate_before_the_last(rules* world) {
  if (world->count == 61) gate::pass();
}

constexpr std::uint64_t longest = 60;

class late : public testing::Test {
 protected:
  void SetUp() override {
    std::string directory = (std::filesystem::temp_directory_path() / "ptlcheck-XXXXXX").string();
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    file_ = directory_ / "checkpoint";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  /// One execution of this process, then workers. They are let go on when the coordinator asks
  /// whether to: `stop` says that it must not.
  ending explored(rules_program& subject, bool stop, bool blocks = false) {
    gate_.close();
    arena_reset();
    subject.setup();
    const crash_guard guard;
    const auto numbers = std::make_shared<lock_numbers>(arena_words);
    execution engine(subject, data_race_policy::off, longest, true, numbers);
    graph_exploration::asked how{};
    how.max_bytes = 1 << 24;
    how.jobs = 2;
    how.steps_alone = 0;
    how.bit_locks_order = true;
    how.blocks = blocks;
    how.checkpoint = {file_, "this test", 0, false};
    how.after_each = [](outcome) { return false; };
    how.keep_going = [&] {
      gate_.open();
      // Long enough for all there is to do. If not, what is found out is not late.
      if (!stop) usleep(300'000);
      return !stop;
    };
    graph_exploration search(subject, engine, numbers, how);
    const auto how_it_ended = search.run();
    EXPECT_FALSE(engine.released_for_others() || engine.violation()) << "it was not a worker";
    EXPECT_EQ(search.workers(), 2U);
    return how_it_ended;
  }

  /// From the checkpoint that there is.
  result resumed(rules_program& subject) const {
    explore::options how;
    how.search = explore::search::graph;
    how.reduce = {false, false, false};
    how.data_races = data_race_policy::off;
    how.max_steps = longest;
    how.max_state_bytes = 1 << 24;
    how.checkpoint = {file_, "this test", 1e9, true};
    return explore::run(subject, how);
  }

  gate gate_;
  std::filesystem::path directory_, file_;
};

rules_program two_stores() {
  rules_program subject(code::init);
  subject.thread({code::store_x}).thread({code::marked_store}).finally(wait_at_gate_and_fail);
  return subject;
}

TEST_F(late, violation_before_all_is_explored) {
  auto subject = two_stores();
  EXPECT_EQ(explored(subject, false), ending::to_be_repeated);
}

TEST_F(late, violation_when_told_to_stop) {
  auto subject = two_stores();
  EXPECT_EQ(explored(subject, true), ending::to_be_repeated);
  EXPECT_FALSE(std::filesystem::exists(file_)) << "where the violation counts as explored";
}

rules_program released_for_the_holder() {
  rules_program subject(code::init);
  subject.thread({code::take_bit_and_release_if_locked})
      .thread({code::release_bit_if_locked})
      .finally(wait_at_gate);
  return subject;
}

TEST_F(late, release_of_a_bit_lock_for_its_holder) {
  for (const bool stop : {false, true}) {
    auto subject = released_for_the_holder();
    EXPECT_EQ(explored(subject, stop), ending::restart);
    EXPECT_FALSE(std::filesystem::exists(file_)) << "where nobody would see it again";
  }
}

// The first process reads x without a state before it; a worker stores to x in its last execution.
TEST_F(late, access_that_is_not_quiet) {
  rules_program subject(code::init);
  subject.thread({code::seldom_store_x})
      .thread({code::store_y, code::marked_load})
      .finally(wait_at_gate_before_the_last);
  EXPECT_EQ(explored(subject, false, true), ending::restart);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

// ---- What a checkpoint knows from workers only -------------------------------------------------

TEST_F(late, execution_that_is_cut) {
  rules_program subject(code::init);
  subject.thread({code::set_flag}).thread({code::spin_on_flag}).finally(wait_at_gate);
  EXPECT_EQ(explored(subject, false), ending::complete);
  ASSERT_TRUE(std::filesystem::exists(file_));
  const auto found = resumed(subject);
  EXPECT_EQ(found.outcome, verdict::bounded) << found.error;
  EXPECT_THAT(found.bound, testing::HasSubstr("--max-steps 60"));
}

TEST_F(late, state_that_recurs) {
  rules_program subject(code::init);
  subject.thread({code::set_flag}).thread({code::spin_for_ever_unless_flag}).finally(wait_at_gate);
  EXPECT_EQ(explored(subject, false), ending::complete);
  ASSERT_TRUE(std::filesystem::exists(file_));
  const auto found = resumed(subject);
  EXPECT_EQ(found.outcome, verdict::violation) << found.bound << found.error;
  EXPECT_THAT(kinds_of(found), testing::ElementsAre("livelock"));
}

// ---- One process -------------------------------------------------------------------------------

TEST_F(late, no_checkpoint_of_a_search_that_relied_on_bit_locks_wrongly) {
  rules_program subject(code::init);
  subject.thread({code::take_bit_set_flag_wait}).thread({code::release_bit_after_flag});
  arena_reset();
  subject.setup();
  const crash_guard guard;
  const auto numbers = std::make_shared<lock_numbers>(arena_words);
  execution engine(subject, data_race_policy::off, longest, true, numbers);
  graph_exploration::asked how{};
  how.max_bytes = 1 << 24;
  how.bit_locks_order = true;
  how.checkpoint = {file_, "this test", 1e9, false};
  how.after_each = [&](outcome) { return engine.released_for_others(); };
  graph_exploration search(subject, engine, numbers, how);
  EXPECT_EQ(search.run(), ending::stopped);
  EXPECT_FALSE(std::filesystem::exists(file_)) << "where nobody would see it again";
}

}  // namespace
}  // namespace checker
