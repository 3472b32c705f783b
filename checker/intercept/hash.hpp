// SPDX-License-Identifier: GPL-2.0-only
// 128-bit hashes of words and thread states, for state keys.
#pragma once

#include <cstdint>

#include "checker/intercept/strategy.hpp"

namespace checker {

__extension__ using wide = unsigned __int128;

/// Both halves of the product, folded: every bit of both operands reaches every bit of the result.
inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// Hash of "word `index` holds `value`". Keys of whole memories are the exclusive or of these, so
/// one store changes a key by two of them.
inline state_key word_hash(std::uint64_t index, std::uint64_t value) {
  const std::uint64_t seed = (index + 1) * 0x9e3779b97f4a7c15ULL;
  const std::uint64_t low = fold(value ^ 0xa0761d6478bd642fULL, seed ^ 0xe7037ed1a0b428dbULL);
  const std::uint64_t high = fold(value ^ 0x8ebc6af09c88c6e3ULL, seed ^ 0x589965cc75374cc3ULL);
  return {fold(low ^ seed, 0x1d8e4e27c47d124fULL), fold(high + seed, 0xeb44accab455d165ULL)};
}

inline state_key& operator^=(state_key& a, const state_key& b) {
  a.low ^= b.low;
  a.high ^= b.high;
  return a;
}

}  // namespace checker
