// SPDX-License-Identifier: GPL-2.0-only
// Makes small programs at random, the same ones for the same seed on every machine.
#pragma once

#include <cstdint>

#include "tests/engine/generated/program.hpp"

namespace checker::generated {

/// splitmix64: the standard library's distributions differ between implementations.
class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}
  std::uint64_t bits();
  /// In [0, limit).
  int below(int limit) { return static_cast<int>(bits() % static_cast<unsigned>(limit)); }
  bool chance(int percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

enum class program_size : std::uint8_t {
  small,  ///< few enough executions to run every one of them
  large,  ///< few enough states to visit every one of them
  /// As large, with three or four threads whose short atomic blocks, choices and waits lead to the
  /// same states over and over: where a state cache or a sleep set that forgets something shows.
  converging,
  counting,  ///< converging, and much is added to words by who does not learn what they were
  alike,     ///< converging, and two or more threads run the same code
};

/// How many executions the program has at most, if nothing blocks.
double interleavings(const program_spec& program);

program_spec generate(std::uint64_t seed, program_size size);

}  // namespace checker::generated
