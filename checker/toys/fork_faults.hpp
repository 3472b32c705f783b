// SPDX-License-Identifier: GPL-2.0-only
// The shape of fork's page-table copy against faults, in its fewest words: two locks, two arrays.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::toys {

inline constexpr int max_pages = 8;

struct fork_faults {
  checker_lock src_lock, dst_lock;
  std::uint64_t src[max_pages];  ///< starts at 3
  std::uint64_t dst[max_pages];  ///< starts at 0
};

/// Takes both locks and copies `pages` entries, each with its low bit cleared on both sides.
void copy(fork_faults* tables, int pages);
/// Loads entry `page`, loads it again under the lock, sets bit 3 if it is the same.
void fault(fork_faults* tables, int page);

}  // namespace checker::toys
