// SPDX-License-Identifier: GPL-2.0-only
// The table of litmus tests in docs/limits.md: what this checker shows, and what the models allow.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>

#include "tests/engine/litmus.hpp"

namespace checker::engine_tests {

struct litmus_outcome {
  std::array<std::uint64_t, litmus_registers> seen;
  std::uint64_t x, y, z;  ///< in the end
  auto operator<=>(const litmus_outcome&) const = default;
};

enum class allowed : std::uint8_t { no, yes, not_applicable };

struct litmus {
  const char* name;     ///< of the program
  const char* outcome;  ///< the one that tells, in words
  bool (*is)(const litmus_outcome&);
  bool shown_by_sc, shown_by_c11;
  allowed by_cpp11, by_lkmm;
  const char* why;  ///< where this checker and a model differ, or the models do; else empty
};

std::span<const litmus> litmus_table();

}  // namespace checker::engine_tests
