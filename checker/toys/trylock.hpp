// SPDX-License-Identifier: GPL-2.0-only
// Loops that wait by trying again: for a second lock, and for a flag. Each comes to an end if every
// thread gets its turn, or goes on for ever, by the order in which locks are taken.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::toys {

struct trylock_world {
  checker_lock a, b;
  std::uint64_t done;
  std::uint64_t flag;
};

/// Takes `first`, tries to take `second`, and where that fails lets go of `first` and starts over.
void take_both(trylock_world* world, checker_lock* first, checker_lock* second);
/// Spins until the flag is set; holds `held` meanwhile, unless that is nullptr.
void spin_for_flag(trylock_world* world, checker_lock* held);
/// Sets the flag under the lock.
void set_flag(trylock_world* world, checker_lock* held);

}  // namespace checker::toys
