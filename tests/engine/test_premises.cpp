// SPDX-License-Identifier: GPL-2.0-only
// Searches that start over, since what they took for granted was not so. One that is stopped,
// before or after that, and resumed must come to the same result as one that is not.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "checker/explore/checkpoint.hpp"
#include "checker/explore/explore.hpp"
#include "checker/explore/premises.hpp"
#include "tests/engine/livelock.hpp"
#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker {
namespace {

namespace code = engine_tests;
using engine_tests::kinds_of;
using engine_tests::retries;
using engine_tests::rules;
using retry_program = engine_tests::simple_program<retries>;
using rules_program = engine_tests::simple_program<rules>;

explore::options options(unsigned jobs, explore::reductions reduce) {
  explore::options how;
  how.search = explore::search::graph;
  how.jobs = jobs;
  how.steps_alone = 0;
  how.reduce = reduce;
  how.data_races = data_race_policy::off;
  how.check_announcements = how.check_determinism = false;
  return how;
}

std::string told(const result& of) {
  auto text = fmt::format("{} {}: {} states, {} ends, {} met again", to_string(of.outcome),
                          of.error + of.bound, of.states, of.executions, of.cached);
  for (const auto& group : of.violations) {
    text += fmt::format("\n{}:", group.kind);
    for (const auto& each : group.counterexample.schedule) text += fmt::format(" {}", each.value);
  }
  return text;
}

class premises : public testing::Test {
 protected:
  void SetUp() override {
    std::string directory = (std::filesystem::temp_directory_path() / "ptlcheck-XXXXXX").string();
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  /// Stops the search after 1, 2, 3 and so on executions, until it needs no more, and resumes it
  /// each time. How many of the checkpoints had other premises than a search begins with.
  int stop_everywhere(program& subject, unsigned jobs, explore::reductions reduce,
                      const std::function<bool(const explore::checkpoint_notes&)>& other) {
    const auto undisturbed = told(explore::run(subject, options(1, reduce)));
    const auto file = directory_ / "checkpoint";
    int others = 0;
    for (std::uint64_t executions = 1;; ++executions) {
      std::filesystem::remove(file);
      auto how = options(jobs, reduce);
      how.checkpoint = {file, "this test", 1e9, false};
      how.max_executions = executions;
      if (explore::run(subject, how).outcome != verdict::bounded) return others;
      if (!std::filesystem::exists(file)) continue;  // a violation had been met
      const auto notes = explore::premises_of_checkpoint(file);
      EXPECT_TRUE(notes.has_value());
      if (!notes) return others;
      if (other(*notes)) ++others;
      how.max_executions = 0;
      how.checkpoint.resume = true;
      const auto given = explore::first_premises(how.checkpoint);
      EXPECT_EQ(given.bit_locks_order, notes->bit_locks_order);
      EXPECT_EQ(given.threads_may_be_merged, notes->threads_merged);
      EXPECT_EQ(told(explore::run(subject, how)), undisturbed) << "after " << executions;
      if (HasFailure()) return others;
    }
  }

  std::filesystem::path directory_;
};

constexpr explore::reductions none{false, false, false}, all{true, true, true};

bool bit_locks_order_nothing(const explore::checkpoint_notes& notes) {
  return !notes.bit_locks_order;
}

// Whoever takes it for granted that the holder of a bit lock keeps others out never sees the load
// before the store.
TEST_F(premises, bit_locks_that_order_nothing) {
  rules_program subject(code::init);
  subject.thread({code::store_x_with_bit_until_told})
      .thread({code::release_bit_for_others_and_tell})
      .thread({code::load_x_with_bit});
  for (const unsigned jobs : {1U, 2U}) {
    EXPECT_GE(stop_everywhere(subject, jobs, none, bit_locks_order_nothing), 1);
    EXPECT_GE(stop_everywhere(subject, jobs, all, bit_locks_order_nothing), 1);
  }
  subject.finally([](rules* world) {
    if (world->y == 1) checker_violation("early", "x was read before it was stored");
  });
  const auto found = explore::run(subject, options(1, none));
  ASSERT_THAT(kinds_of(found), testing::ElementsAre("early"));
  EXPECT_GE(stop_everywhere(subject, 1, none, bit_locks_order_nothing), 1);
}

// Who goes round in a cycle could not be told.
TEST_F(premises, threads_that_are_not_merged_since_there_are_cycles) {
  retry_program subject(code::init);
  subject.thread({code::poll_flag_under_a})
      .thread({code::poll_flag_under_a})
      .thread({code::store_x, code::set_flag_under_a})
      .interchangeable(0b011);
  const auto alone = [](const explore::checkpoint_notes& notes) { return !notes.threads_merged; };
  for (const unsigned jobs : {1U, 2U}) {
    EXPECT_GE(stop_everywhere(subject, jobs, {false, true, false}, alone), 1);
    EXPECT_GE(stop_everywhere(subject, jobs, all, alone), 1);
  }
}

}  // namespace
}  // namespace checker
