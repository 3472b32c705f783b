// SPDX-License-Identifier: GPL-2.0-only
// Finds numbers by a hash of what they stand for.
#pragma once

#include <cstddef>
#include <cstdint>

#include "checker/intercept/huge_pages.hpp"

namespace checker::explore {

/// Open addressing, a word for each number: a lookup that finds nothing seldom looks at what a
/// number stands for.
class number_index {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// The first number added with this hash for which `is_it(number)`; none if there is none.
  template <typename Match>
  std::uint32_t find(std::uint64_t hash, Match is_it) const {
    if (entries_.empty()) return none;
    for (auto at = place(hash); entries_[at] != 0; at = (at + 1) & (entries_.size() - 1)) {
      if (entries_[at] >> 32 != hash >> 32) continue;
      const auto number = static_cast<std::uint32_t>(entries_[at]) - 1;
      if (is_it(number)) return number;
    }
    return none;
  }

  /// `hash_of(number)` gives the hash of a number that was added before. REQUIRES: number < none.
  template <typename HashOf>
  void add(std::uint64_t hash, std::uint32_t number, HashOf hash_of) {
    if ((count_ + 1) * 4 > entries_.size() * 3) grow(hash_of);
    put(hash, number);
    ++count_;
  }

  void clear() {
    entries_.clear();
    count_ = 0;
  }

 private:
  static constexpr std::size_t first_size = 1024;

  std::size_t place(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash) & (entries_.size() - 1);
  }
  void put(std::uint64_t hash, std::uint32_t number) {
    auto at = place(hash);
    while (entries_[at] != 0) at = (at + 1) & (entries_.size() - 1);
    entries_[at] = (hash >> 32) << 32 | (number + 1);
  }
  template <typename HashOf>
  void grow(HashOf hash_of) {
    huge_page_vector<std::uint64_t> before(entries_.empty() ? first_size : entries_.size() * 2);
    before.swap(entries_);
    for (const auto entry : before) {
      if (entry == 0) continue;
      const auto number = static_cast<std::uint32_t>(entry) - 1;
      put(hash_of(number), number);
    }
  }

  huge_page_vector<std::uint64_t> entries_;  ///< upper half of the hash, and number + 1; 0: free
  std::size_t count_ = 0;
};

}  // namespace checker::explore
