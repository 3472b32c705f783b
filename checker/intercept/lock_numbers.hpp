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
  /// A number that no lock has: two processes took one each for the same lock, or one died.
  static constexpr std::uint32_t nobody = ~std::uint32_t{0};

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

  /// The lock's word with each number, in order, or `nobody`; for checkpoints.
  std::vector<std::uint32_t> words() const {
    std::vector<std::uint32_t> in_order(std::min<std::uint32_t>(taken_[0], 64), nobody);
    for (std::uint32_t word = 0; word < numbers_.capacity(); ++word) {
      if (const auto number = numbers_[word].load(); number != 0) in_order[number - 1U] = word;
    }
    return in_order;
  }
  /// REQUIRES: none was given yet.
  void restore(const std::vector<std::uint32_t>& in_order) {
    taken_[0] = static_cast<std::uint32_t>(in_order.size());
    for (std::size_t i = 0; i < in_order.size(); ++i) {
      if (in_order[i] != nobody) numbers_[in_order[i]] = static_cast<std::uint8_t>(i + 1);
    }
  }

 private:
  shared_array<std::atomic<std::uint8_t>> numbers_;
  shared_array<std::atomic<std::uint32_t>> taken_;
};

}  // namespace checker
