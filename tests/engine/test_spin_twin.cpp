// SPDX-License-Identifier: GPL-2.0-only
// tests/benchmarks/fork_faults.pml is toy/fork_faults step by step: without any reduction both have
// the same number of states, and the same final ones. Otherwise a comparison of times would compare
// two programs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "checker/detect/crash.hpp"
#include "checker/explore/explore.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/intercept/strategy.hpp"
#include "checker/run/registry.hpp"
#include "checker/toys/fork_faults.hpp"
#include "tests/peers/verifier.hpp"

namespace checker {
namespace {

/// Visits every state, in every way that leads to it, and goes on from it once. No reduction.
class every_state final : public strategy {
 public:
  bool wants_keys() const override { return true; }
  void begin_execution() override { depth_ = 0; }
  int pick(const moment& now) override {
    if (depth_ < left_.size()) return lowest(left_[depth_++]);
    if (!known_.insert({now.key.low, now.key.high}).second) return -1;
    left_.push_back(now.enabled);
    return lowest(left_[depth_++]);
  }
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int /*thread*/, unsigned /*alternatives*/) override { return 0; }
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    while (!left_.empty() && (left_.back() &= left_.back() - 1) == 0) left_.pop_back();
    return left_.empty();
  }

  /// But for those in which everybody has finished.
  std::size_t states() const { return known_.size(); }

 private:
  static int lowest(thread_set threads) { return __builtin_ctz(threads); }

  std::set<std::pair<std::uint64_t, std::uint64_t>> known_;
  std::vector<thread_set> left_;  ///< at each depth: the threads still to go on with
  std::size_t depth_ = 0;
};

using final_states = std::set<std::vector<std::uint64_t>>;

struct size {
  int pages, faulters;
};

std::ostream& operator<<(std::ostream& out, const size& value) {
  return out << "pages " << value.pages << " faulters " << value.faulters;
}

class fork_faults_twin : public testing::TestWithParam<size> {
 protected:
  void SetUp() override {
    if (!peers::spin_installed()) GTEST_SKIP() << "spin (or gcc) is not installed";
  }

  std::unique_ptr<program> toy() const {
    return registry::find_scenario("toy/fork_faults")
        ->make({{"pages", GetParam().pages}, {"faulters", GetParam().faulters}}, "", "");
  }
  /// What the toy left in the arena, whose first object it is.
  std::vector<std::uint64_t> state_now() const {
    const auto& tables = *reinterpret_cast<const toys::fork_faults*>(arena_base);
    std::vector<std::uint64_t> state;
    for (int i = 0; i < GetParam().pages; ++i) {
      state.insert(state.end(), {tables.src[i], tables.dst[i]});
    }
    state.insert(state.end(), {tables.src_lock.state, tables.dst_lock.state});
    return state;
  }

  std::string spin(const std::string& spin_flags, const std::string& compiler_flags,
                   const std::string& arguments) const {
    std::ifstream file(PTLCHECK_SOURCE_DIR "/tests/benchmarks/fork_faults.pml");
    EXPECT_TRUE(file);
    std::ostringstream model;
    model << file.rdbuf();
    const peers::verifier verifier(
        model.str(),
        fmt::format("-DP={} -DF={} {}", GetParam().pages, GetParam().faulters, spin_flags),
        "-O0 -DSAFETY " + compiler_flags);
    return verifier.run("-w20 " + arguments);
  }
  final_states spin_finals(const std::string& compiler_flags) const {
    final_states finals;
    std::istringstream lines(spin("-DPRINT_FINAL_STATES", compiler_flags, ""));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("final ")) continue;
      std::istringstream numbers(line.substr(6));
      std::vector<std::uint64_t> state;
      for (std::uint64_t number = 0; numbers >> number;) state.push_back(number);
      finals.insert(std::move(state));
    }
    return finals;
  }
};

TEST_P(fork_faults_twin, has_as_many_states_without_reduction) {
  const crash_guard guard;
  arena_reset();
  const auto subject = toy();
  subject->setup();
  execution engine(*subject, data_race_policy::off, 10'000);
  every_state search;
  final_states finals;
  engine.explore(search, [&](outcome how) {
    EXPECT_TRUE(how == outcome::complete || how == outcome::given_up);
    if (how == outcome::complete) finals.insert(state_now());
    return false;
  });
  // -o2: Spin's compiler clears what it sees to be dead, which the toy doesn't.
  const auto spins = peers::read_figures(spin("-o2", "-DNOREDUCE", "")).states;
  EXPECT_EQ(search.states() + finals.size(), spins);
}

TEST_P(fork_faults_twin, has_the_same_final_states) {
  const auto reduced = spin_finals("");
  EXPECT_EQ(reduced, spin_finals("-DNOREDUCE"));
  struct way {
    explore::search search;
    bool state_cache;
  };
  for (const auto& [search, state_cache] :
       {way{explore::search::dpor, false}, way{explore::search::dpor, true},
        way{explore::search::graph, false}}) {
    final_states finals;
    explore::options how;
    how.search = search;
    how.state_cache = state_cache;
    how.on_execution_end = [&](bool stuck) {
      EXPECT_FALSE(stuck);
      finals.insert(state_now());
    };
    const auto subject = toy();
    EXPECT_EQ(explore::run(*subject, how).outcome, verdict::verified);
    EXPECT_GT(finals.size(), 1U);
    EXPECT_EQ(finals, reduced);
  }
}

INSTANTIATE_TEST_SUITE_P(sizes, fork_faults_twin,
                         testing::Values(size{1, 1}, size{2, 1}, size{2, 2}, size{3, 2},
                                         size{2, 3}));

}  // namespace
}  // namespace checker
