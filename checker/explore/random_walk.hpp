// SPDX-License-Identifier: GPL-2.0-only
// Seeded random schedules: every enabled thread is as likely as the others at each step. Never
// exhaustive; the same seed gives the same schedules.
#pragma once

#include <cstdint>

#include "checker/explore/random_source.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class random_walk final : public strategy {
 public:
  /// Stops after `executions` executions.
  random_walk(std::uint64_t seed, std::uint64_t executions)
      : random_(seed), left_(executions == 0 ? 1 : executions) {}

  void begin_execution() override {}
  int pick(const moment& now) override {
    auto index = random_.below(static_cast<std::uint32_t>(__builtin_popcount(now.enabled)));
    thread_set rest = now.enabled;
    for (; index != 0; --index) rest &= rest - 1;
    return __builtin_ctz(rest);
  }
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int /*thread*/, unsigned alternatives) override {
    return random_.below(alternatives);
  }
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    return --left_ == 0;
  }

 private:
  random_source random_;
  std::uint64_t left_;
};

}  // namespace checker::explore
