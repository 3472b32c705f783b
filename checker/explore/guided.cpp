// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/guided.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace checker::explore {

void exact_replay::diverge(std::string why) {
  if (divergence_.empty()) {
    divergence_ = fmt::format("decision {} of {}: {}", position_ + 1, schedule_.size(), why);
  }
}

int exact_replay::pick(const moment& now) {
  if (!divergence_.empty()) return -1;
  if (position_ == schedule_.size()) {
    diverge("the recorded execution ends here, this one goes on");
    return -1;
  }
  const auto& decision = schedule_[position_];
  if (decision.is_choice) {
    diverge(fmt::format("a value for '{}' was recorded, a thread is to be picked", decision.label));
    return -1;
  }
  if (decision.value < 0 || decision.value > 31 || (now.enabled >> decision.value & 1) == 0) {
    diverge(fmt::format("thread {} was recorded, but cannot run", decision.value));
    return -1;
  }
  ++position_;
  return decision.value;
}

unsigned exact_replay::choose(int thread, unsigned alternatives) {
  if (position_ == schedule_.size() || !schedule_[position_].is_choice) {
    diverge(fmt::format("thread {} makes a choice that was not recorded", thread));
    return 0;
  }
  const auto& decision = schedule_[position_];
  if (decision.value < 0 || static_cast<unsigned>(decision.value) >= alternatives) {
    diverge(fmt::format("'{}' was {}, but only {} values are possible", decision.label,
                        decision.value, alternatives));
    return 0;
  }
  ++position_;
  return static_cast<unsigned>(decision.value);
}

bool exact_replay::end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) {
  if (position_ < schedule_.size()) diverge("the execution ended before the recorded one did");
  return true;
}

int loose_replay::pick(const moment& now) {
  while (position_ < order_.size()) {
    const int wanted = order_[position_++];
    if ((now.enabled >> wanted & 1) != 0) return wanted;
  }
  if (now.current >= 0 && (now.enabled >> now.current & 1) != 0) return now.current;
  return __builtin_ctz(now.enabled);
}

unsigned loose_replay::choose(int thread, unsigned alternatives) {
  const auto self = static_cast<std::size_t>(thread);
  if (self >= choices_.size() || taken_[self] >= choices_[self].size()) return 0;
  return std::min(choices_[self][taken_[self]++], alternatives - 1);
}

}  // namespace checker::explore
