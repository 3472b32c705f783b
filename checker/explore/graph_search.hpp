// SPDX-License-Identifier: GPL-2.0-only
// Explores a state graph, depth first: one worker of it, or the only one.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "checker/explore/state_graph.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class graph_search : public strategy {
 public:
  /// `worker`: its number among those that work on the graph.
  /// `blocks`: a thread runs on where its next step is quiet (access_sets.hpp), as part of its last
  /// one. There is no state in between then.
  explicit graph_search(state_graph& graph, bool blocks = false, int worker = 0)
      : graph_(graph), blocks_(blocks), worker_(worker) {}

  /// Called at the end of each execution before the graph counts its last step as done: what is to
  /// be kept of the execution, whatever becomes of this process, is to be kept then.
  void before_done(std::function<void(outcome)> keep) { keep_ = std::move(keep); }

  /// Takes work from the graph. False if there is none. REQUIRES: no execution is under way.
  bool find_work();
  /// Lets the states along its path know what is known below them by now, as they would in the end.
  void tell_path();
  /// Lets others take what is to be explored along its path.
  void share();

  bool wants_keys() const override { return true; }
  bool diverged() const override { return diverged_; }
  void begin_execution() override;
  bool goes_back() const override { return true; }
  bool makes_blocks() const override { return blocks_; }
  bool goes_on(int thread, footprint next, const lockset& held) override;
  int common_picks() const override { return common_; }
  void resume_execution(int picks) override;
  void foresee(const state_key& merged_key) override {
    if (depth_ == path_.size()) graph_.foresee(merged_key);
  }
  int pick(const moment& now) override;
  void executed(int thread, footprint touched, const lockset& held) override;
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

 private:
  /// A state and the step made from it. The first one is the origin, whose step is the start.
  struct position {
    state_graph::node_number node;
    int thread;
    access_sets::set_number touched;
    bool known;  ///< `touched` is, for all of the step
  };
  struct choice_point {
    std::size_t depth;  ///< positions on the path when it was made
    std::uint8_t value, alternatives;
  };

  /// Nothing further is to be added. What was begun is given back when all stand still.
  bool good_for_nothing() const { return graph_.sets().broken() || graph_.full(); }
  state_graph::step last_step();
  void begin_step();
  bool end_step();
  bool backtrack();
  bool next_choice();

  state_graph& graph_;
  bool blocks_;
  int worker_;
  std::function<void(outcome)> keep_;
  std::vector<position> path_;
  std::vector<choice_point> choices_;
  /// Positions before this one were only passed through, on the way to where work was found.
  std::size_t own_from_ = 0;
  std::size_t depth_ = 0;         ///< positions passed in this execution
  std::size_t choices_seen_ = 0;  ///< choices made in this execution
  bool chosen_ = false;           ///< since the last pick, a choice was made
  bool gone_on_ = false;          ///< the step under way is not the first one since the last pick
  bool resumed_ = false;          ///< no pick was made since then
  int gone_on_for_ = 0;           ///< steps since the last pick
  access_sets::set_number touched_ = access_sets::empty;  ///< since the last pick
  int common_ = -1;
  bool arrived_ = false;  ///< the execution ended at a known state
  std::vector<std::uint8_t> values_;
  bool own_path_ = false;  ///< the next execution starts out like the last one
  bool diverged_ = false;
};

}  // namespace checker::explore
