// SPDX-License-Identifier: GPL-2.0-only
// The violations that an exploration meets, by kind, and what is shown of each: the cheapest
// schedule that led to it, replayed, shortened and recorded.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "checker/explore/explore.hpp"
#include "checker/explore/minimize.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/run/result.hpp"
#include "checker/trace/trace.hpp"

namespace checker::explore {

class violation_log {
 public:
  /// `engine` runs the executions, and later the replays. `search`: as a trace names it. Both and
  /// `how` must outlive this.
  violation_log(execution& engine, const options& how, std::string search)
      : engine_(engine), how_(how), search_(std::move(search)) {}

  /// REQUIRES: the last execution ended in a violation.
  void note();
  /// Enough was done to find a shorter one. `executions`: made so far.
  bool satisfied(std::uint64_t executions) const;

  /// Of each kind met, in the order met. What was noted is used up.
  std::vector<violation_group> take_counterexamples();
  /// Adds a cycle in the lock order of all executions to those found, unless one deadlocked by it.
  void add_inversion(std::vector<violation_group>& found);

 private:
  struct found_kind {
    std::string kind, message;  ///< of the first found
    std::uint64_t executions = 0;
    std::vector<trace::decision> schedule;
    std::vector<std::vector<unsigned>> choices;
    trace_cost cost;
  };

  violation_group counterexample(found_kind found);
  bool repeats(const found_kind& found, std::string& divergence);
  trace::document replay_inversion(const std::vector<trace::decision>& schedule,
                                   const std::vector<trace::lock_edge>& known);

  execution& engine_;
  const options& how_;
  std::string search_;
  std::vector<found_kind> kinds_;
  std::uint64_t first_at_ = 0;  ///< executions then; 0: there was none
  std::chrono::steady_clock::time_point first_time_;
};

}  // namespace checker::explore
