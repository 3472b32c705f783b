// SPDX-License-Identifier: GPL-2.0-only
// What a thread's next step will touch, told before it runs: a search may let it run on without a
// decision in between.
#include <array>

#include "checker/intercept/execution.hpp"

namespace checker {

/// The search takes the thread's next step as part of what it did last.
bool execution::goes_on_alone(int thread) {
  const auto& me = state(thread);
  const auto next = foresee(me.next);
  return !next.empty() && strategy_->goes_on(thread, next, me.held_set);
}

/// The words that the step announces, as it would touch them now; empty where only the step itself
/// can tell, or it can't run. Hooks may add to them. Valid until the next call.
footprint execution::foresee(const announced_step& next) {
  foreseen_.clear();
  switch (next.type) {
    case step_type::access: {
      const auto mode = next.adds          ? access_mode::shared
                        : writes_now(next) ? access_mode::write
                                           : access_mode::read;
      const auto first = arena_word(next.address);
      const auto last = arena_word(static_cast<char*>(next.address) + next.size - 1);
      for (auto word = first; word <= last; ++word) foreseen_.push_back({word, mode});
      break;
    }
    case step_type::acquire:
      if (can_run(next)) foreseen_.push_back(waited_item(next));
      break;
    case step_type::release:
      foreseen_.push_back(
          {arena_word(next.address),
           next.mode == checker_lock_read ? access_mode::shared : access_mode::write,
           access_role::release});
      break;
    default:
      break;
  }
  return foreseen_;
}

}  // namespace checker
