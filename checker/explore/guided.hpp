// SPDX-License-Identifier: GPL-2.0-only
// Follows a given schedule for one execution: exactly (replay), or as far as it goes (variants of a
// counterexample, to shorten it).
#pragma once

#include <string>
#include <vector>

#include "checker/intercept/strategy.hpp"
#include "checker/trace/trace.hpp"

namespace checker::explore {

/// Replays a recorded schedule. Gives up where it cannot be followed.
class exact_replay final : public strategy {
 public:
  explicit exact_replay(const std::vector<trace::decision>& schedule) : schedule_(schedule) {}

  bool is_replay() const override { return true; }
  void begin_execution() override { position_ = 0; }
  int pick(const moment& now) override;
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

  /// Why the schedule did not fit; empty if it did.
  const std::string& divergence() const { return divergence_; }

 private:
  void diverge(std::string why);

  const std::vector<trace::decision>& schedule_;
  std::size_t position_ = 0;
  std::string divergence_;
};

/// Prefers threads in the given order; an entry whose thread cannot run is skipped. After the last
/// one, the current thread goes on while it can. Choices are taken from a list per thread, then 0.
class loose_replay final : public strategy {
 public:
  loose_replay(std::vector<int> order, std::vector<std::vector<unsigned>> choices)
      : order_(std::move(order)), choices_(std::move(choices)), taken_(choices_.size(), 0) {}

  bool is_replay() const override { return true; }
  void begin_execution() override { position_ = 0; }
  int pick(const moment& now) override;
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    return true;
  }

 private:
  std::vector<int> order_;
  std::vector<std::vector<unsigned>> choices_;
  std::vector<std::size_t> taken_;
  std::size_t position_ = 0;
};

}  // namespace checker::explore
