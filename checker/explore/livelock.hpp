// SPDX-License-Identifier: GPL-2.0-only
// Livelocks: from a fair cycle of the state graph (fair_cycles.hpp) to a counterexample, and from
// that to whether it repeats.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "checker/explore/guided.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/trace/trace.hpp"

namespace checker::explore {

/// A schedule whose decisions from `repeats_from` on lead back to where they began.
struct endless_schedule {
  std::vector<trace::decision> decisions;
  std::size_t repeats_from = 0;
};

/// Replays one, and sees whether its last part can go on for ever: the state after it is the one
/// before it; each thread that can run at one of its states makes a step in it; no choice in it
/// comes out other than 0; and a thread that waits for a lock all along waits for one that somebody
/// holds all along. Only then the execution ends in a violation of kind `livelock`.
class endless_replay final : public strategy {
 public:
  /// `schedule` must outlive this.
  explicit endless_replay(const endless_schedule& schedule)
      : schedule_(schedule), inner_(schedule.decisions) {}

  bool wants_keys() const override { return true; }
  bool is_replay() const override { return true; }
  void begin_execution() override { inner_.begin_execution(); }
  int pick(const moment& now) override;
  endless_round livelock() const override { return round_; }
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

  /// Why this is no livelock; empty if it is one.
  const std::string& divergence() const {
    return inner_.divergence().empty() ? refusal_ : inner_.divergence();
  }
  /// A thread waits in vain for a lock that its holders hand on without ever letting go of it.
  bool only_handed_on() const { return only_handed_on_; }

 private:
  void look_at(const moment& now);
  void conclude(const moment& now);
  std::string objection() const;

  const endless_schedule& schedule_;
  exact_replay inner_;
  std::size_t decisions_ = 0;
  bool in_round_ = false, only_handed_on_ = false;
  state_key start_;
  thread_set enabled_ = 0, ran_ = 0;
  std::uint64_t steps_ = 0;
  bool other_value_ = false;
  std::array<thread_set, 8> holders_{};  ///< of what a thread waits for, all along
  thread_set waits_for_lock_ = 0;
  endless_round round_;
  std::string refusal_;
};

/// What is to be said of the loops in a graph.
struct livelock_findings {
  std::optional<trace::document> found;  ///< everything but scenario, kernel, patch, parameters
  std::string undecided;                 ///< why nothing is claimed, for bounded; empty if all is
  std::string failure;                   ///< a cycle did not repeat: the program's or our fault
};

/// REQUIRES: the graph is that of the engine's program, and state_graph::close_cycles() had nothing
/// to add. `search`: as it is to be named in the trace.
livelock_findings find_livelock(const state_graph& graph, execution& engine,
                                const std::string& search);

/// The schedule of a trace that has steps which repeat.
endless_schedule endless_schedule_of(const trace::document& document);
/// Marks the steps that repeat in what was recorded under the schedule.
void mark_repeating(trace::document& recorded, std::size_t repeats_from);

}  // namespace checker::explore
