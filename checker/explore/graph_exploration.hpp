// SPDX-License-Identifier: GPL-2.0-only
// Explores a program as a graph of its states, in this process or in several.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "checker/clock.hpp"
#include "checker/explore/crew_messages.hpp"
#include "checker/explore/explore.hpp"
#include "checker/explore/graph_survey.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/execution.hpp"

namespace checker::explore {

class graph_crew;

class graph_exploration {
 public:
  enum class ending : std::uint8_t {
    complete,  ///< everything was explored
    stopped,   ///< `after_each` or `keep_going` said so
    full,      ///< there was no room for further states
    diverged,  ///< the program is not deterministic
    /// A violation was met by one of several processes, or after a checkpoint: the same search from
    /// the start, by one process, meets one, too, and always the same.
    to_be_repeated,
    /// execution::released_for_others(), or a quiet access is not: learned(); or
    /// cycles_of_merged().
    restart,
    failed,  ///< see failure()
  };

  struct asked {
    std::size_t max_bytes;
    unsigned jobs = 1;
    std::uint64_t steps_alone;  ///< so many steps are made by this process before others help
    bool bit_locks_order;
    bool blocks;                          ///< see graph_search
    std::vector<learned_access> learned;  ///< by an exploration with the same numbers of locks
    checkpoint_plan checkpoint;
    bool estimate = false;                    ///< make estimate()s
    std::optional<unsigned> max_preemptions;  ///< then, one process: see preemption_search.hpp
    /// After each execution of this process. True: stop.
    std::function<bool(outcome)> after_each;
    /// Now and then while several processes are at work. False: stop.
    std::function<bool()> keep_going;
  };

  /// Throws std::system_error if the memory for the states is not to be had, checkpoint_error if
  /// there is a checkpoint to resume from that can't be used.
  graph_exploration(program& subject, execution& engine, std::shared_ptr<lock_numbers> numbers,
                    asked how);

  ending run();

  state_graph& graph() { return graph_; }
  /// There are cycles, and states stand for others: who goes round is not known then.
  bool cycles_of_merged() const { return graph_.has_cycles() && !engine_.merged_threads().empty(); }
  const std::string& failure() const { return failure_; }
  /// What accesses turned out to be. Empty unless another exploration is to begin with it.
  std::vector<learned_access> learned() const {
    return graph_.sets().broken() ? graph_.sets().learned() : std::vector<learned_access>{};
  }
  /// Steps were left out, since they need too many preemptions.
  bool left_out() const { return left_out_; }
  /// Of all processes.
  std::uint64_t steps() const { return steps_; }
  std::uint64_t depth() const { return depth_; }
  /// Those that led to an end.
  std::uint64_t executions() const { return executions_; }
  /// By other processes; `measured` is false if there were none.
  const coverage& reached_by_others() const { return reached_by_others_; }
  /// What was reached is not all known: a process died before it could say so, or this goes on from
  /// a checkpoint.
  bool lost_some_coverage() const { return workers_lost_ != 0 || resumed_; }
  /// An execution was longer than allowed, in another process.
  bool cut() const { return cut_; }
  /// See execution::states_may_recur().
  bool states_may_recur() const { return states_may_recur_ || engine_.states_may_recur(); }
  /// Of the graph's size: the last one made.
  size_estimate estimate() const { return survey_ ? survey_->last() : size_estimate{}; }
  /// Processes at work, at the same time.
  unsigned workers() const { return handed_over_ ? how_.jobs : 1; }
  /// Processes that died at work.
  unsigned workers_lost() const { return workers_lost_; }
  /// Why the last checkpoint could not be written; empty if it could.
  const std::string& checkpoint_failure() const { return checkpoint_failure_; }

 private:
  void rehearse(program& subject);
  ending run_alone(bool first_of_many);
  ending run_bounded();
  ending run_together();
  void hear(const crew_message& message);
  void hear(const graph_crew& crew);
  void load(lock_numbers& numbers);
  bool save_is_due() const;
  void save();

  execution& engine_;
  asked how_;
  state_graph graph_;
  std::unique_ptr<graph_survey> survey_;
  std::shared_ptr<lock_numbers> numbers_;
  clock::time_point saved_ = clock::now();
  double save_seconds_ = 0;  ///< what the last one took
  std::string checkpoint_failure_;
  bool resumed_ = false, states_may_recur_ = false;
  std::uint64_t steps_before_ = 0;  ///< made before the checkpoint
  bool handed_over_ = false, left_out_ = false;
  unsigned workers_lost_ = 0;
  bool violated_ = false;      ///< in this process
  bool closes_cycle_ = false;  ///< in the lock order of all processes
  bool cut_ = false;
  coverage reached_by_others_;
  std::uint64_t steps_ = 0, depth_ = 0, executions_ = 0;
  std::string failure_;
};

}  // namespace checker::explore
