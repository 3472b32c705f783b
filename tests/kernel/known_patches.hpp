// SPDX-License-Identifier: GPL-2.0-only
// Patches against Debian's source of which it is known what they do. They are given as edits, and
// made of a copy that is edited, so that none of the kernel's text is in this repository.
#pragma once

#include <string>
#include <vector>

namespace end_to_end {

/// In `function`, `old` becomes `fresh` at its first place.
struct replacement {
  std::string function, old, fresh;
};

struct known_patch {
  std::string name;
  std::vector<replacement> edits;
  std::string kind;       ///< of the violation; empty: harmless
  std::string scenarios;  ///< with spaces in between
};

inline constexpr const char* fork_and_write = "fork-vs-write-fault";
inline constexpr const char* two_writes = "fork-vs-two-write-faults";
inline constexpr const char* small_scenario = "two-anonymous-faults";

/// All are of mm/memory.c.
const std::vector<known_patch>& known_patches();

}  // namespace end_to_end
