// SPDX-License-Identifier: GPL-2.0-only
// Whether an execution repeats: the same schedule run twice, with other garbage where code under
// test has written nothing (stack_paint.hpp) and the threads' frames elsewhere, must make the same
// steps.
//
// What differs depends on something that the search doesn't control: a variable read before it was
// set, an address of the stack used as a value, time, memory outside of the arena that one
// execution leaves to the next. Not seen: what is the same both times by chance, and what no
// execution that was run twice reaches. Memory that code under test allocates for itself and frees
// is its own business: the arena starts from the same bytes each time.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "checker/run/scenario.hpp"
#include "checker/trace/trace.hpp"

namespace checker {
class execution;
}

namespace checker::explore {

using decision_list = std::vector<trace::decision>;

/// Runs `subject`, which has been set up, twice for each schedule; without one, thread after
/// thread. Returns the first difference, one line; empty if there is none. Stops early, but not in
/// the middle of a schedule, when `stop` says so.
std::string nondeterminism(program& subject, std::uint64_t max_steps,
                           const std::vector<decision_list>& schedules = {{}},
                           const std::atomic<bool>* stop = nullptr);

/// Schedules of some of a search's executions: the more have run, the fewer are kept.
class schedule_sample {
 public:
  /// After each execution.
  void offer(const execution& engine);
  const std::vector<decision_list>& schedules() const { return schedules_; }

 private:
  std::uint64_t seen_ = 0, next_ = 2;
  std::vector<decision_list> schedules_;
};

}  // namespace checker::explore
