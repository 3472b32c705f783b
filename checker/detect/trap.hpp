// SPDX-License-Identifier: GPL-2.0-only
// Sees every access to the arena as the processor makes it: the arena's pages fault, each faulting
// instruction is let through alone, and what it did is compared with what was announced for the
// step under way. On x86-64 only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace checker {

struct unseen_access {
  std::uintptr_t address = 0;  ///< in the arena
  std::uintptr_t pc = 0;       ///< of the instruction
  bool writes = false;
};

/// One at a time. The checker's own accesses are let through unseen, but slowly.
class trap {
 public:
  /// False on other processors, and under a debugger, which would stop at every access.
  static bool possible();

  /// REQUIRES: possible().
  trap();
  ~trap();
  trap(const trap&) = delete;
  trap& operator=(const trap&) = delete;

  /// From here on accesses to the arena fault, or no longer do.
  void arm();
  void disarm();

  /// Accesses that nothing had announced, up to a hundred of them.
  const std::vector<unseen_access>& unseen() const;
  /// Accesses of code under test, all in all.
  std::uint64_t accesses() const;
};

}  // namespace checker
