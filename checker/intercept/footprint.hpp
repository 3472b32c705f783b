// SPDX-License-Identifier: GPL-2.0-only
// What a step touched, as far as the search cares: the words it read and wrote.
//
// Two steps of different threads are dependent iff their footprints conflict. A footprint is known
// once its step has run; it holds every access of the step, those of hooks and ghost code included.
#pragma once

#include <cstdint>
#include <span>

#include "checker/intercept/arena.hpp"

namespace checker {

enum class access_mode : std::uint8_t {
  read = 0,
  write = 1,
  shared = 2,  ///< a reader's lock or unlock, or checker_add(): commutes with its kind only
};

/// No word of the arena: what all seq_cst fences and accesses write, under --memory-model c11.
inline constexpr std::uint32_t fence_word = arena_words;
inline constexpr std::size_t footprint_words = arena_words + 1;

enum class access_role : std::uint8_t {
  plain = 0,
  acquire = 1,  ///< a blocking acquire: never enabled while the lock is held
  release = 2,  ///< of a lock; also a reader taking once more what it holds
  wait = 3,     ///< a wait for a value: not enabled while the word has another one
};

/// One word and how it was touched, in 32 bits.
class footprint_item {
 public:
  constexpr footprint_item() = default;
  constexpr footprint_item(std::uint32_t word, access_mode mode,
                           access_role role = access_role::plain)
      : bits_(word << 4 | static_cast<std::uint32_t>(role) << 2 |
              static_cast<std::uint32_t>(mode)) {}

  constexpr std::uint32_t word() const { return bits_ >> 4; }
  constexpr access_mode mode() const { return static_cast<access_mode>(bits_ & 3); }
  constexpr access_role role() const { return static_cast<access_role>(bits_ >> 2 & 3); }
  constexpr std::uint32_t bits() const { return bits_; }

  constexpr bool operator==(const footprint_item&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

using footprint = std::span<const footprint_item>;

/// Locks a thread holds, by number, as bits. Locks past the 64th are not in it, nor are bit locks
/// where another thread than the holder releases them.
struct lockset {
  std::uint64_t exclusive = 0, shared = 0;

  bool operator==(const lockset&) const = default;
};

/// True if two steps under these locks cannot both be inside their critical sections: then the
/// earlier one happens before the later one by that lock's release and acquire.
constexpr bool exclude(const lockset& a, const lockset& b) {
  return (a.exclusive & (b.exclusive | b.shared)) != 0 || (a.shared & b.exclusive) != 0;
}

constexpr bool commute(access_mode a, access_mode b) { return a == b && a != access_mode::write; }

inline bool independent(footprint a, footprint b) {
  for (const auto& x : a) {
    for (const auto& y : b) {
      if (x.word() == y.word() && !commute(x.mode(), y.mode())) return false;
    }
  }
  return true;
}

}  // namespace checker
