// SPDX-License-Identifier: GPL-2.0-only
// Every interleaving of every step and every choice, without any reduction. For tests: what the
// reduced searches must agree with.
#pragma once

#include <vector>

#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class brute_force final : public strategy {
 public:
  bool wants_keys() const override { return true; }  // to see that executions repeat
  void begin_execution() override { depth_ = 0; }
  int pick(const moment& now) override;
  void executed(int thread, footprint touched, const lockset& held) override;
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;
  bool diverged() const override { return diverged_; }

 private:
  /// A decision: where it was made, its alternatives and those not yet taken (both as sets), and
  /// the one taken now.
  struct decision {
    state_key key;
    std::uint32_t alternatives, open;
    int taken;
    bool executed = false;
    std::vector<footprint_item> touched;  ///< by the step it led to
  };

  int decide(const state_key& key, std::uint32_t alternatives);

  std::vector<decision> decisions_;
  std::size_t depth_ = 0;
  bool diverged_ = false;
};

}  // namespace checker::explore
