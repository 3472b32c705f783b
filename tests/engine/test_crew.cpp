// SPDX-License-Identifier: GPL-2.0-only
// Several processes on one graph, killed processes, checkpoints, and a full memory: none of it may
// change what comes out.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "checker/explore/explore.hpp"
#include "checker/run/registry.hpp"
#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker {
namespace {

std::unique_ptr<program> toy(std::int64_t pages, std::int64_t faulters) {
  return registry::find_scenario("toy/fork_faults")
      ->make({{"pages", pages}, {"faulters", faulters}}, "", "");
}

explore::options options(unsigned jobs) {
  explore::options how;
  how.search = explore::search::graph;
  how.reduce.blocks = true;
  how.jobs = jobs;
  how.steps_alone = 100;
  how.data_races = data_race_policy::off;
  return how;
}

/// What must not depend on who did the work.
std::string counts(const result& of) {
  return fmt::format("{} {}: {} states, {} ends, {} met again", to_string(of.outcome),
                     of.error + of.bound, of.states, of.executions, of.cached);
}

std::string explored(std::int64_t pages, std::int64_t faulters, const explore::options& how) {
  const auto found = explore::run(*toy(pages, faulters), how);
  EXPECT_EQ(found.workers_lost, 0U);
  return counts(found);
}

TEST(crew, counts_the_same_with_any_number_of_processes) {
  const auto alone = explored(3, 3, options(1));
  for (const unsigned jobs : {2U, 3U, 5U}) EXPECT_EQ(explored(3, 3, options(jobs)), alone) << jobs;
}

// ---- Violations --------------------------------------------------------------------------------

using engine_tests::rules;
using rules_program = engine_tests::simple_program<rules>;
namespace code = engine_tests;

result deadlock(unsigned jobs) {
  rules_program subject(code::init);
  subject.thread({code::store_x, code::marked_load, code::lock_a_then_b});
  subject.thread({code::store_x, code::marked_store, code::lock_b_then_a});
  subject.thread({code::store_y, code::marked_load, code::take_a});
  auto how = options(jobs);
  how.steps_alone = 0;
  return explore::run(subject, how);
}

TEST(crew, finds_the_same_counterexample_with_any_number_of_processes) {
  const auto alone = deadlock(1);
  ASSERT_EQ(alone.outcome, verdict::violation);
  for (const unsigned jobs : {2U, 3U}) {
    const auto together = deadlock(jobs);
    ASSERT_EQ(together.violations.size(), alone.violations.size());
    for (std::size_t i = 0; i < alone.violations.size(); ++i) {
      EXPECT_EQ(together.violations[i].kind, alone.violations[i].kind);
      EXPECT_EQ(together.violations[i].executions, alone.violations[i].executions);
      EXPECT_EQ(together.violations[i].counterexample.schedule,
                alone.violations[i].counterexample.schedule);
    }
  }
}

// ---- Death -------------------------------------------------------------------------------------

std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", parent));
  std::vector<pid_t> found;
  for (pid_t child = 0; file >> child;) found.push_back(child);
  return found;
}

/// Kills a child of the test, other than itself, every few milliseconds, `times` times at most.
pid_t start_killer(int times) {
  const pid_t test = getpid();
  const pid_t killer = fork();
  if (killer != 0) return killer;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  unsigned random = 12345;
  while (times > 0) {
    random = random * 1103515245 + 12345;
    usleep(1'000 + random / 65536 % 8'000);
    for (const pid_t child : children_of(test)) {
      if (child == getpid()) continue;
      kill(child, SIGKILL);
      --times;
      break;
    }
  }
  _exit(0);
}

class killer {
 public:
  explicit killer(int times) : process_(start_killer(times)) {}
  killer(const killer&) = delete;
  killer& operator=(const killer&) = delete;
  ~killer() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_;
};

TEST(crew, loses_nothing_when_workers_are_killed) {
  const auto undisturbed = counts(explore::run(*toy(4, 3), options(1)));
  unsigned lost = 0;
  for (const unsigned jobs : {2U, 3U, 2U, 3U}) {
    const killer at_work(15);
    const auto disturbed = explore::run(*toy(4, 3), options(jobs));
    lost += disturbed.workers_lost;
    EXPECT_EQ(counts(disturbed), undisturbed) << disturbed.workers_lost << " killed";
  }
  EXPECT_GT(lost, 4U) << "the test did not come to kill any";
}

// Somebody stops a worker, and nobody lets it go on.
TEST(crew, keeps_its_budget_though_a_worker_stands_still) {
  const pid_t test = getpid();
  const pid_t stopper = fork();
  if (stopper == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
      usleep(100'000);
      for (const pid_t child : children_of(test)) {
        if (child == getpid()) continue;
        kill(child, SIGSTOP);
        _exit(0);
      }
    }
  }
  auto how = options(2);
  how.reduce = {false, false, false};
  how.max_seconds = 1;
  const auto found = explore::run(*toy(5, 4), how);
  kill(stopper, SIGKILL);
  waitpid(stopper, nullptr, 0);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_EQ(found.bound, "--budget 1s");
  EXPECT_GE(found.workers_lost, 1U);
  EXPECT_LT(found.seconds, 10);
}

// ---- Checkpoints -------------------------------------------------------------------------------

class checkpoint : public testing::Test {
 protected:
  void SetUp() override {
    std::string directory = (std::filesystem::temp_directory_path() / "ptlcheck-XXXXXX").string();
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    file_ = directory_ / "checkpoint";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  explore::options kept(unsigned jobs, bool resume) const {
    auto how = options(jobs);
    how.checkpoint = {file_, "this test", 0, resume};
    return how;
  }

  std::filesystem::path directory_, file_;
};

TEST_F(checkpoint, leads_to_the_same_result_after_a_stop) {
  const auto undisturbed = explored(4, 2, options(1));
  for (const unsigned jobs : {1U, 2U}) {
    auto how = kept(jobs, false);
    how.max_executions = 20;
    ASSERT_EQ(explore::run(*toy(4, 2), how).outcome, verdict::bounded);
    ASSERT_TRUE(std::filesystem::exists(file_));
    EXPECT_EQ(explored(4, 2, kept(jobs, true)), undisturbed);
  }
}

TEST_F(checkpoint, leads_to_the_same_result_however_often_it_is_killed) {
  const auto undisturbed = explored(4, 3, options(1));
  unsigned killed = 0;
  for (int milliseconds = 10; killed < 30; milliseconds += 3) {
    const pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const auto came_out = explored(4, 3, kept(killed % 2 + 1, true));
      _exit(came_out == undisturbed ? 0 : 1);
    }
    usleep(static_cast<useconds_t>(milliseconds) * 1'000);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0) << "after " << killed << " kills";
      return;
    }
    ++killed;
  }
  EXPECT_EQ(explored(4, 3, kept(1, true)), undisturbed);
}

TEST_F(checkpoint, leads_to_the_same_result_after_many_crews_with_killed_workers) {
  auto how = kept(2, true);
  how.reduce = {false, false, false};  // or there would be too little to do
  how.max_executions = 8;
  auto alone = options(1);
  alone.reduce = how.reduce;
  const auto undisturbed = explored(4, 3, alone);
  unsigned lost = 0;
  for (int crews = 1;; ++crews) {
    ASSERT_LT(crews, 200);
    const killer at_work(15);
    const auto found = explore::run(*toy(4, 3), how);
    lost += found.workers_lost;
    if (found.outcome == verdict::bounded) continue;
    EXPECT_EQ(counts(found), undisturbed) << "after " << crews << " crews, " << lost << " killed";
    EXPECT_GT(crews, 2);
    break;
  }
  EXPECT_GT(lost, 2U) << "the test did not come to kill any";
}

TEST_F(checkpoint, is_refused_when_damaged_or_of_another_run) {
  auto how = kept(1, false);
  how.max_executions = 20;
  explore::run(*toy(4, 2), how);
  how = kept(1, true);
  how.checkpoint.identity = "another test";
  auto refused = explore::run(*toy(4, 2), how);
  EXPECT_EQ(refused.outcome, verdict::error);
  EXPECT_NE(refused.error.find("another run"), std::string::npos) << refused.error;

  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) - 1);
  refused = explore::run(*toy(4, 2), kept(1, true));
  EXPECT_EQ(refused.outcome, verdict::error);
  EXPECT_NE(refused.error.find("damaged"), std::string::npos) << refused.error;
}

TEST_F(checkpoint, of_a_search_that_then_meets_a_violation_shows_the_same_one) {
  const auto search = [](const explore::options& how) {
    rules_program subject(code::init);
    subject.thread({code::choose_the_last_of_32, code::marked_store});
    subject.thread({code::marked_load, code::take_a});
    return explore::run(subject, how);
  };
  const auto undisturbed = search(options(1));
  ASSERT_EQ(undisturbed.outcome, verdict::violation);
  for (const std::uint64_t executions : {1U, 2U}) {
    auto how = kept(1, false);
    how.max_executions = executions;
    std::filesystem::remove(file_);
    ASSERT_EQ(search(how).outcome, verdict::bounded);
    ASSERT_TRUE(std::filesystem::exists(file_));
    const auto resumed = search(kept(1, true));
    ASSERT_EQ(resumed.outcome, verdict::violation);
    EXPECT_EQ(resumed.violations.front().counterexample.schedule,
              undisturbed.violations.front().counterexample.schedule);
  }
}

// ---- Memory ------------------------------------------------------------------------------------

TEST(memory_limit, is_no_limit_to_the_verdict) {
  auto how = options(1);
  how.max_state_bytes = 0;  // which makes room for some thousands
  how.reduce = {false, false, false};
  const auto limited = explore::run(*toy(2, 3), how);
  EXPECT_EQ(limited.outcome, verdict::verified) << limited.error;
  EXPECT_TRUE(limited.memory_full);
  // Where states stand for those with other names of threads.
  how.reduce = {false, true, false};
  const auto mutex = registry::find_scenario("toy/mutex")
                         ->make({{"threads", 3}, {"rounds", 4}, {"locked", 1}}, "", "");
  const auto merged = explore::run(*mutex, how);
  EXPECT_EQ(merged.outcome, verdict::verified) << merged.error;
  EXPECT_TRUE(merged.memory_full);
}

TEST(memory_limit, ends_an_execution_that_would_go_beyond_it) {
  for (const unsigned jobs : {1U, 2U}) {
    auto how = options(jobs);
    how.max_state_bytes = 0;             // which makes room for 4,096 states, and some to spare
    how.reduce = {false, false, false};  // each step leads to a state of its own
    rules_program subject(code::init);
    subject.thread({code::nine_thousand_stores}).thread({code::store_x});
    const auto found = explore::run(subject, how);
    EXPECT_EQ(found.outcome, verdict::verified) << found.error << found.bound;
    EXPECT_TRUE(found.memory_full);
    EXPECT_LE(found.states, 4'096U + 100 * jobs);
    EXPECT_GT(found.steps, 9'000U);
  }
}

// ---- Cycles ------------------------------------------------------------------------------------

result spinning(std::vector<rules_program::call> other) {
  rules_program subject(code::init);
  subject.thread({code::spin_on_flag_forgetting}).thread(std::move(other));
  return explore::run(subject, options(1));
}

// The first thread never leaves its cycle by itself: the other one must not be put off for ever.
TEST(cycles, of_one_thread_do_not_hide_what_others_do) {
  const auto found = spinning({code::store_x, code::set_flag, code::take_a_and_return});
  EXPECT_EQ(engine_tests::kinds_of(found), std::vector<std::string>{"lock-held-at-exit"});
}

// What becomes of cycles themselves: test_livelock.cpp.

}  // namespace
}  // namespace checker
