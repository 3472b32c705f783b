// SPDX-License-Identifier: GPL-2.0-only
// A few random executions before a search, to learn which steps are likely to race.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "checker/explore/access_sets.hpp"
#include "checker/explore/random_source.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

/// What the rehearsal saw. Says which thread to explore first at a state; whatever it says, the
/// search is complete, but what it says decides how much there is to explore.
class step_guide {
 public:
  explicit step_guide(access_sets& sets) : sets_(sets) {}

  void saw(std::uint64_t step, access_sets::set_number touched) {
    auto& known = touched_.try_emplace(step, access_sets::empty).first->second;
    known = sets_.unite(known, touched);
    all_ = sets_.unite(all_, touched);
  }
  /// The enabled thread whose next step races with the fewest threads' steps; of those, one that
  /// holds a lock, and of those, the first in now.order. A function of the state.
  int choose(const moment& now) const;
  void finish() {
    for (auto& [s, t] : touched_) races_[s] = sets_.count_races(t, all_);
  }

 private:
  access_sets& sets_;
  std::unordered_map<std::uint64_t, access_sets::set_number> touched_;
  std::unordered_map<std::uint64_t, unsigned> races_;
  access_sets::set_number all_ = access_sets::empty;
};

/// Random executions, always the same ones.
class rehearsal final : public strategy {
 public:
  rehearsal(step_guide& guide, access_sets& sets) : guide_(guide), sets_(sets) {}

  bool wants_keys() const override { return true; }
  void begin_execution() override {}
  int pick(const moment& now) override;
  void executed(int thread, footprint touched, const lockset& held) override;
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

 private:
  static constexpr int executions = 32;
  static constexpr int most_steps = 20'000;  ///< of all executions together

  step_guide& guide_;
  access_sets& sets_;
  random_source random_{1};
  int executions_ = 0, steps_ = 0;
  std::uint64_t step_ = 0;  ///< which one is under way
};

}  // namespace checker::explore
