// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/pct.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace checker::explore {

pct::pct(std::uint64_t seed, std::uint64_t executions, unsigned depth)
    : random_(seed), left_(std::max<std::uint64_t>(executions, 1)), depth_(std::max(depth, 1U)) {}

void pct::begin_execution() {
  steps_ = 0;
  change_points_.clear();
  for (unsigned i = 1; i < depth_; ++i) {
    change_points_.push_back(1 + random_.below(static_cast<std::uint32_t>(longest_)));
  }
}

/// A random order of the threads.
void pct::assign_priorities(const moment& now) {
  threads_ = 32 - __builtin_clz(now.live);
  for (int i = 0; i < threads_; ++i) {
    // Inside-out shuffle.
    const auto other = random_.below(static_cast<std::uint32_t>(i) + 1);
    priorities_[static_cast<std::size_t>(i)] = priorities_[other];
    priorities_[other] = depth_ + static_cast<unsigned>(i);
  }
}

int pct::highest(thread_set enabled) const {
  int best = __builtin_ctz(enabled);
  for (; enabled != 0; enabled &= enabled - 1) {
    const int thread = __builtin_ctz(enabled);
    if (priorities_[static_cast<std::size_t>(thread)] >
        priorities_[static_cast<std::size_t>(best)]) {
      best = thread;
    }
  }
  return best;
}

int pct::pick(const moment& now) {
  if (steps_++ == 0) assign_priorities(now);
  for (unsigned i = 0; i < change_points_.size(); ++i) {
    if (change_points_[i] != steps_) continue;
    priorities_[static_cast<std::size_t>(highest(now.enabled))] = i;
  }
  return highest(now.enabled);
}

unsigned pct::choose(int /*thread*/, unsigned alternatives) { return random_.below(alternatives); }

bool pct::end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) {
  if (steps_ > longest_) {
    longest_ = steps_;
    with_longest_ = 0;
  } else {
    ++with_longest_;
  }
  return --left_ == 0;
}

std::string pct::guarantee() const {
  const double once = 1.0 / (threads_ * std::pow(static_cast<double>(longest_), depth_ - 1.0));
  const auto executions = static_cast<double>(with_longest_);
  const double missed = once < 1             ? std::exp(executions * std::log1p(-once))
                        : with_longest_ == 0 ? 1.0
                                             : 0.0;
  return fmt::format(
      "a bug of depth {} in the order of steps shows in one execution with probability 1/{:.3g} or "
      "more ({} threads, {} "
      "steps), and was missed with {:.2g} or less",
      depth_, 1 / once, threads_, longest_, missed);
}

}  // namespace checker::explore
