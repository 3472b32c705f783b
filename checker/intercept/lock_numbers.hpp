// SPDX-License-Identifier: GPL-2.0-only
// Numbers of locks, for locksets: the same in all processes that explore one program.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "checker/intercept/shared_array.hpp"

namespace checker {

class lock_numbers {
 public:
  /// For locks at the arena's words [0, words).
  explicit lock_numbers(std::size_t words) : numbers_(words), taken_(1) {}

  /// The lock's bit in locksets; 0 for the 65th lock and those after it. Numbers are given on first
  /// use.
  std::uint64_t bit(std::uint32_t word) {
    auto& known = numbers_[word];
    auto number = known.load(std::memory_order_relaxed);
    if (number == 0 && taken_[0].load(std::memory_order_relaxed) < 64) {
      const auto next = static_cast<std::uint8_t>(taken_[0].fetch_add(1) + 1);
      if (next <= 64) known.compare_exchange_strong(number, next);
      number = known.load(std::memory_order_relaxed);
    }
    return number == 0 ? 0 : std::uint64_t{1} << (number - 1);
  }

  /// The lock's word with each number, in order; for checkpoints.
  std::vector<std::uint32_t> words() const {
    std::vector<std::uint32_t> in_order(std::min<std::uint32_t>(taken_[0], 64), 0);
    for (std::uint32_t word = 0; word < numbers_.capacity(); ++word) {
      if (const auto number = numbers_[word].load(); number != 0) in_order[number - 1U] = word;
    }
    return in_order;
  }
  /// REQUIRES: none was given yet.
  void restore(const std::vector<std::uint32_t>& in_order) {
    for (const auto word : in_order) bit(word);
  }

 private:
  shared_array<std::atomic<std::uint8_t>> numbers_;
  shared_array<std::atomic<std::uint32_t>> taken_;
};

}  // namespace checker
