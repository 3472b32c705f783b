// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/brute_force.hpp"

#include <algorithm>

namespace checker::explore {

int brute_force::decide(const state_key& key, std::uint32_t alternatives) {
  if (depth_ == decisions_.size()) {
    const int first = __builtin_ctz(alternatives);
    decisions_.push_back({key, alternatives, alternatives & ~(1U << first), first, false, {}});
  }
  const auto& at = decisions_[depth_++];
  if (at.alternatives != alternatives || at.key != key) diverged_ = true;
  return at.taken;
}

int brute_force::pick(const moment& now) {
  const int taken = decide(now.key, now.enabled);
  return diverged_ ? -1 : taken;
}

void brute_force::executed(int /*thread*/, footprint touched, const lockset& /*held*/) {
  auto& at = decisions_[depth_ - 1];
  if (at.executed && !std::ranges::equal(at.touched, touched)) diverged_ = true;
  at.executed = true;
  at.touched.assign(touched.begin(), touched.end());
}

unsigned brute_force::choose(int /*thread*/, unsigned alternatives) {
  const auto taken = static_cast<unsigned>(decide({}, ~0U >> (32 - alternatives)));
  return diverged_ ? 0 : taken;
}

bool brute_force::end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) {
  if (depth_ < decisions_.size()) diverged_ = true;
  if (diverged_) return true;
  while (!decisions_.empty() && decisions_.back().open == 0) decisions_.pop_back();
  if (decisions_.empty()) return true;
  auto& last = decisions_.back();
  last.taken = __builtin_ctz(last.open);
  last.open &= last.open - 1;
  last.executed = false;
  return false;
}

}  // namespace checker::explore
