// SPDX-License-Identifier: GPL-2.0-only
// Probabilistic concurrency testing: random priorities, and few random points at which the running
// thread drops to the lowest one. (Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized
// scheduler with probabilistic guarantees of finding bugs", ASPLOS 2010.)
//
// The depth of a bug is the number of orderings between steps that must hold for it to show; most
// need one to three. With n threads and k steps an execution finds a bug of depth d with
// probability at least 1 / (n k^(d-1)), whatever the program. That holds for the order of steps
// only: choices (need_resched, a failing allocation) are drawn evenly beside it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "checker/explore/random_source.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class pct final : public strategy {
 public:
  /// Stops after `executions` executions. `depth`: of the bugs it is to find, at least 1.
  pct(std::uint64_t seed, std::uint64_t executions, unsigned depth);

  void begin_execution() override;
  int pick(const moment& now) override;
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

  /// What one more execution like the ones so far finds at least, and with what probability all of
  /// them missed a bug of the depth; one line. The first executions, before the longest length was
  /// known, count for nothing.
  std::string guarantee() const;

 private:
  void assign_priorities(const moment& now);
  int highest(thread_set enabled) const;

  random_source random_;
  std::uint64_t left_;
  unsigned depth_;
  std::uint64_t steps_ = 0;
  std::uint64_t longest_ = 1;       ///< steps of the longest execution so far: the paper's k
  std::uint64_t with_longest_ = 0;  ///< executions since that was known
  int threads_ = 0;
  /// By thread; the higher the sooner. Those given at the start are all above `depth_`.
  std::array<unsigned, 32> priorities_{};
  std::vector<std::uint64_t> change_points_;  ///< step numbers; the i-th gives priority i
};

}  // namespace checker::explore
