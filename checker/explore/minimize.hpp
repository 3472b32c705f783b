// SPDX-License-Identifier: GPL-2.0-only
// Shorter counterexamples, by replaying variants of one.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "checker/intercept/execution.hpp"

namespace checker::explore {

/// How much there is to read: switches between threads first, then steps.
struct trace_cost {
  std::uint64_t switches = 0, steps = 0;
  auto operator<=>(const trace_cost&) const = default;
};

/// Of a schedule; choices cost nothing.
trace_cost cost_of(const std::vector<trace::decision>& schedule);

/// Replays variants of `schedule` (threads run on longer before a switch, late parts left out), at
/// most `attempts` of them, and returns the cheapest that ends in a violation of `kind`; `schedule`
/// itself if none is cheaper. `choices` are those of `schedule`, thread by thread. Ends early, with
/// what it has, after five seconds or once `stop` (may be nullptr) is set.
std::vector<trace::decision> shorten(execution& engine, std::vector<trace::decision> schedule,
                                     std::vector<std::vector<unsigned>> choices,
                                     const std::string& kind, int attempts,
                                     const std::atomic<bool>* stop);

}  // namespace checker::explore
