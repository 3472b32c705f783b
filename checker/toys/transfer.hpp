// SPDX-License-Identifier: GPL-2.0-only
// Two accounts, each with its lock, and threads that move money between them: the smallest program
// whose locks can deadlock, and whose sum shows what a missing lock costs.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::toys {

struct account {
  checker_lock lock;
  std::uint64_t balance;
};

/// Moves `amount` while holding both locks, `first`'s taken first.
void transfer(account* from, account* to, account* first, std::uint64_t amount);
/// The same with no lock held.
void transfer_unlocked(account* from, account* to, std::uint64_t amount);

}  // namespace checker::toys
