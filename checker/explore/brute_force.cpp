// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/brute_force.hpp"

namespace checker::explore {

int brute_force::decide(std::uint32_t alternatives) {
  if (depth_ == decisions_.size()) {
    const int first = __builtin_ctz(alternatives);
    decisions_.push_back({alternatives & ~(1U << first), first});
  }
  return decisions_[depth_++].taken;
}

int brute_force::pick(const moment& now) { return decide(now.enabled); }

unsigned brute_force::choose(int /*thread*/, unsigned alternatives) {
  return static_cast<unsigned>(decide((1U << alternatives) - 1));
}

bool brute_force::end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) {
  decisions_.resize(depth_);
  while (!decisions_.empty() && decisions_.back().open == 0) decisions_.pop_back();
  if (decisions_.empty()) return true;
  auto& last = decisions_.back();
  last.taken = __builtin_ctz(last.open);
  last.open &= last.open - 1;
  return false;
}

}  // namespace checker::explore
