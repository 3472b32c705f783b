// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/rehearsal.hpp"

#include <tuple>

namespace checker::explore {

int step_guide::choose(const moment& now) const {
  int best = -1;
  std::tuple<int, int> lowest;
  // Interchangeable threads in an order that does not depend on which is which.
  for (int place = 0; place < thread_order::size; ++place) {
    const int thread = now.order.at(place);
    if ((now.enabled >> thread & 1) == 0) continue;
    const auto known = races_.find(now.next_step[static_cast<std::size_t>(thread)]);
    // A step that was never seen may race with anything.
    const int races = known == races_.end() ? 1000000 : static_cast<int>(known->second);
    const std::tuple rank{races != 0 ? ((now.holding >> thread & 1) == 0 ? 2 : 1) : 0, races};
    if (best >= 0 && lowest <= rank) continue;
    best = thread;
    lowest = rank;
  }
  return best;
}

int rehearsal::pick(const moment& now) {
  if (++steps_ > most_steps) return -1;
  auto index = random_.below(static_cast<std::uint32_t>(__builtin_popcount(now.enabled)));
  thread_set rest = now.enabled;
  for (; index != 0; --index) rest &= rest - 1;
  const int thread = __builtin_ctz(rest);
  step_ = now.next_step[static_cast<std::size_t>(thread)];
  return thread;
}

void rehearsal::executed(int thread, footprint touched, const lockset& held) {
  guide_.saw(step_, sets_.of_step(thread, touched, held));
}

unsigned rehearsal::choose(int /*thread*/, unsigned alternatives) {
  return random_.below(alternatives);
}

bool rehearsal::end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) {
  return ++executions_ == executions || steps_ > most_steps;
}

}  // namespace checker::explore
