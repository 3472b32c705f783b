// SPDX-License-Identifier: GPL-2.0-only
// The protocol of toy/fork_faults, written for Relacy as it is, under its own full search.
#pragma once

#include <cstdint>

namespace benchmarks {

/// Runs Relacy's full search on one thread that copies `pages` (1 to 3) entries and one that faults
/// on each. Returns the number of executions; 0 if Relacy reports an error.
std::uint64_t stock_full_search(int pages);

}  // namespace benchmarks
