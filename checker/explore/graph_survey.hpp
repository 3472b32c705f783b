// SPDX-License-Identifier: GPL-2.0-only
// How many states a graph is going to have, estimated while it is explored.
//
// A process of its own runs random executions along the threads that the graph wants explored, and
// looks from time to time which of the states they passed are known by now. Two things follow from
// that: what share of such states is known (as fish are counted that are caught twice), and how
// many unknown ones there must be for so few of those passed to have been passed twice (ACE: Chao
// and Lee, "Estimating the number of classes via sample coverage", JASA 1992). Both come out too
// low, since some states are passed far more often than others. The larger of the two is taken,
// and multiplied with factors that were found on graphs whose size is known:
// tests/benchmarks/benchmark_estimate.cpp measures how good that is.
//
// The estimate changes nothing of the search, and is absent where the process can't be had or dies.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "checker/explore/random_source.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/shared_array.hpp"
#include "checker/intercept/strategy.hpp"
#include "checker/run/result.hpp"

namespace checker {
class execution;
class lock_numbers;
class program;
}  // namespace checker

namespace checker::explore {

/// Random executions along threads that the graph wants explored, or, where it does not know a
/// state, along those it wanted at the states most like it. Adds nothing to the graph.
class survey_walk final : public strategy {
 public:
  static constexpr std::size_t most_walks = 2048;

  /// `blocks`: as in the search (graph_search.hpp).
  survey_walk(const state_graph& graph, const step_guide& guide, bool blocks)
      : graph_(graph), guide_(guide), blocks_(blocks) {}

  bool wants_keys() const override { return true; }
  void begin_execution() override;
  bool makes_blocks() const override { return blocks_; }
  bool goes_on(int thread, footprint next, const lockset& held) override {
    return !chosen_ && graph_.sets().seems_quiet(thread, next, held);
  }
  int pick(const moment& now) override;
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int /*thread*/, unsigned alternatives) override {
    chosen_ = true;
    return random_.below(alternatives);
  }
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    return false;
  }

  /// States passed in each of the last executions.
  const std::deque<std::vector<state_key>>& walks() const { return walks_; }

 private:
  thread_set wanted(const moment& now);
  double fraction() { return (random_.below(1U << 24) + 0.5) / (1U << 24); }

  const state_graph& graph_;
  const step_guide& guide_;
  bool blocks_;
  bool chosen_ = false;  ///< since the last pick, a choice was made
  random_source random_{1};
  std::array<double, state_graph::max_threads> weights_{};
  std::deque<std::vector<state_key>> walks_;
  std::unordered_map<std::uint64_t, thread_set> seen_;  ///< wanted, by what the threads do next
};

class graph_survey {
 public:
  /// Forks. The process starts to look when the search has gone on for a moment, and takes a
  /// twentieth of a processor at most. (At the lowest priority it got nothing where all processors
  /// were busy.) `search`: the execution of the search, which is surveyed as it is explored there.
  graph_survey(state_graph& graph, program& subject, const execution& search,
               const lock_numbers& numbers, bool bit_locks_order, bool blocks);
  graph_survey(const graph_survey&) = delete;
  graph_survey& operator=(const graph_survey&) = delete;
  ~graph_survey();

  /// The last one made, but for its time; all zero if there is none.
  size_estimate last() const;

 private:
  struct shared_estimate {
    std::atomic<std::uint64_t> version;  ///< odd: it is being written
    std::atomic<std::uint64_t> known, states, low, high;
  };

  [[noreturn]] void work(program& subject, const execution& search, const lock_numbers& numbers,
                         bool bit_locks_order, bool blocks);
  bool index_is_whole();
  void evaluate(const survey_walk& walk);
  void publish(const size_estimate& made);

  state_graph& graph_;
  shared_array<shared_estimate> shared_;
  pid_t process_ = -1;
  random_source random_{2};
};

}  // namespace checker::explore
