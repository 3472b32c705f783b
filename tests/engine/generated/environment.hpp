// SPDX-License-Identifier: GPL-2.0-only
// What the environment says about which programs to generate.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace checker::generated {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

/// PTLCHECK_SEED: a number, or `random` for one that is drawn once in a process.
inline std::uint64_t seed_from_environment() {
  const char* const text = std::getenv("PTLCHECK_SEED");
  if (text == nullptr || std::string(text) != "random") return from_environment("PTLCHECK_SEED", 1);
  static const std::uint64_t drawn = std::random_device{}();
  return drawn;
}

}  // namespace checker::generated
