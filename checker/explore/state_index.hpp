// SPDX-License-Identifier: GPL-2.0-only
// Finds the number of a state by its key, in memory that forked processes share.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "checker/intercept/shared_array.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

/// Open addressing. An entry is a number, which is never 0, and above it a part of the key: a
/// lookup that finds nothing seldom looks at what a number stands for.
///
/// Several processes may call find() and find_or_add() at a time, and prefetch() and
/// prepare_to_grow(). REQUIRES for all others: nobody is at work.
class state_index {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct found {
    std::uint32_t number;
    bool fresh;  ///< added by this call
  };

  /// Grows up to the power of two that is at most `max_slots`. Throws std::system_error.
  explicit state_index(std::size_t max_slots);

  /// The key is going to be asked for. Only saves time.
  void prefetch(const state_key& key) const {
    __builtin_prefetch(&entries_[first_slot(tag_of(key), slots())]);
  }

  /// The number with this key for which `is_it(number)`; none if there is none.
  template <typename Match>
  std::uint32_t find(const state_key& key, Match is_it) const {
    const auto mask = slots() - 1;
    for (auto slot = first_slot(tag_of(key), mask + 1);; slot = (slot + 1) & mask) {
      const auto entry = entries_[slot].load();
      if (entry == 0) return none;
      if (tag_in(entry) == tag_of(key) && is_it(number_in(entry))) return number_in(entry);
    }
  }

  /// If there is none, the number that `make()` returns is added, unless another process adds one
  /// first: then it is that one, and what was made is not used.
  template <typename Match, typename Make>
  found find_or_add(const state_key& key, Match is_it, Make make) {
    const auto slots_now = slots();
    const auto mask = slots_now - 1;
    entries_.prefault(slots_now);
    std::uint32_t fresh = none;
    for (auto slot = first_slot(tag_of(key), slots_now);; slot = (slot + 1) & mask) {
      auto& place = entries_[slot];
      auto entry = place.load(std::memory_order_acquire);
      if (entry == 0) {
        if (fresh == none) fresh = make();
        if (place.compare_exchange_strong(entry, entry_for(key, fresh))) return {fresh, true};
      }
      if (tag_in(entry) == tag_of(key) && is_it(number_in(entry))) return {number_in(entry), false};
    }
  }

  /// REQUIRES: there is room, and no such state.
  void add(const state_key& key, std::uint32_t number);

  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::uint64_t slot = 0; slot < slots(); ++slot) {
      const auto entry = entries_[slot].load();
      if (entry != 0) visit(number_in(entry));
    }
  }

  /// With one state more it is so full that it should grow, and it can.
  bool wants_to_grow(std::uint64_t states) const {
    return slots() < entries_.capacity() && !has_room(states + 1, slots());
  }
  /// So full that lookups take long. It grows before, as long as it can.
  bool nearly_full(std::uint64_t states) const { return states * 8 > slots() * 7; }
  /// Gets memory to grow into, when the time draws near. Only saves time.
  void prepare_to_grow(std::uint64_t states);
  /// To twice its size. False if it can't.
  bool grow();
  /// Makes room for so many states. False if there is not so much. REQUIRES: it is empty.
  bool make_room(std::uint64_t states);

  /// To be called by a process that was just forked.
  void joined() { entries_.forget_prefaulted(); }
  std::size_t bytes() const { return slots() * sizeof(std::uint64_t); }

 private:
  std::uint64_t slots() const { return slots_[0].load(); }
  static bool has_room(std::uint64_t states, std::uint64_t slots) {
    return states * 4 <= slots * 3;
  }

  /// What an entry keeps of a key.
  static std::uint32_t tag_of(const state_key& key) { return static_cast<std::uint32_t>(key.high); }
  static std::uint64_t entry_for(const state_key& key, std::uint32_t number) {
    return std::uint64_t{tag_of(key)} << 32 | number;
  }
  static std::uint32_t tag_in(std::uint64_t entry) {
    return static_cast<std::uint32_t>(entry >> 32);
  }
  static std::uint32_t number_in(std::uint64_t entry) { return static_cast<std::uint32_t>(entry); }
  /// Where the search for a tag begins. The order of tags is that of places, so that a larger index
  /// is filled from its beginning to its end.
  static std::uint64_t first_slot(std::uint32_t tag, std::uint64_t slots) {
    return tag >> (32 - std::countr_zero(slots));
  }
  bool is_free(std::uint64_t slot) const {
    return entries_[slot].load(std::memory_order_relaxed) == 0;
  }

  shared_array<std::atomic<std::uint64_t>> slots_{1};  ///< in use, a power of two
  shared_array<std::atomic<std::uint64_t>> entries_;
};

}  // namespace checker::explore
