// SPDX-License-Identifier: GPL-2.0-only
// Seeded random schedules: every enabled thread is as likely as the others at each step. Never
// exhaustive; the same seed gives the same schedules.
#pragma once

#include <cstdint>

#include "checker/explore/strategy.hpp"

namespace checker::explore {

class random_walk final : public strategy {
 public:
  /// Stops after `executions` executions.
  random_walk(std::uint64_t seed, std::uint64_t executions)
      : state_(seed), left_(executions == 0 ? 1 : executions) {}

  void begin_execution() override {}
  int pick(const moment& now) override {
    auto index = next(static_cast<std::uint32_t>(__builtin_popcount(now.enabled)));
    thread_set rest = now.enabled;
    for (; index != 0; --index) rest &= rest - 1;
    return __builtin_ctz(rest);
  }
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int /*thread*/, unsigned alternatives) override { return next(alternatives); }
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    return --left_ == 0;
  }

 private:
  /// splitmix64, reduced to [0, limit).
  std::uint32_t next(std::uint32_t limit) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return static_cast<std::uint32_t>((z >> 32) * limit >> 32);
  }

  std::uint64_t state_, left_;
};

}  // namespace checker::explore
