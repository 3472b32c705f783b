// SPDX-License-Identifier: GPL-2.0-only
// What a function of a word came to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "checker/intercept/hash.hpp"
#include "checker/intercept/huge_pages.hpp"

namespace checker::explore {

/// Each key has one place, and the one asked for last has it. Grows as long as that pays.
class memo_table {
 public:
  /// `most_entries`: a power of two.
  explicit memo_table(std::size_t most_entries)
      : most_entries_(most_entries), entries_(std::min(first_size, most_entries)) {}

  /// What `compute()` gave for the key, or gives now. It may ask for others.
  template <typename Compute>
  std::uint32_t get(std::uint64_t key, Compute compute) {
    if (const auto& known = place(key); known.key == key) return known.value;
    const std::uint32_t value = compute();
    if (++misses_ > entries_.size() && entries_.size() < most_entries_) {
      entries_ = table(entries_.size() * 4);
      misses_ = 0;
    }
    place(key) = {key, value};
    return value;
  }

  /// In memory of its own: to write to what was forked costs more, and makes small pages of huge
  /// ones.
  void forget() { entries_ = table(entries_.size()); }

 private:
  struct entry {
    std::uint64_t key = ~std::uint64_t{0};
    std::uint32_t value = 0;
  };
  using table = huge_page_vector<entry>;
  static constexpr std::size_t first_size = std::size_t{1} << 10;

  entry& place(std::uint64_t key) {
    return entries_[fold(key, 0x9e3779b97f4a7c15ULL) & (entries_.size() - 1)];
  }

  std::size_t most_entries_;
  table entries_;
  std::size_t misses_ = 0;  ///< since it has had this size
};

}  // namespace checker::explore
