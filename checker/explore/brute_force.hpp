// SPDX-License-Identifier: GPL-2.0-only
// Every interleaving of every step and every choice, without any reduction. For tests: what the
// reduced searches must agree with.
#pragma once

#include <vector>

#include "checker/explore/strategy.hpp"

namespace checker::explore {

class brute_force final : public strategy {
 public:
  void begin_execution() override { depth_ = 0; }
  int pick(const moment& now) override;
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

 private:
  /// A decision: the alternatives not yet taken, as a set, and the one taken now.
  struct decision {
    std::uint32_t open;
    int taken;
  };

  int decide(std::uint32_t alternatives);

  std::vector<decision> decisions_;
  std::size_t depth_ = 0;
};

}  // namespace checker::explore
