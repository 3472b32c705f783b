// SPDX-License-Identifier: GPL-2.0-only
// Numbers by chance, the same ones for the same seed on every machine.
#pragma once

#include <cstdint>

namespace checker::explore {

/// splitmix64: the standard library's distributions differ between implementations.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}

  /// In [0, limit). REQUIRES: limit > 0.
  std::uint32_t below(std::uint32_t limit) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return static_cast<std::uint32_t>((z >> 32) * limit >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace checker::explore
