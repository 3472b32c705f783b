// SPDX-License-Identifier: GPL-2.0-only
// The protocol of toy/fork_faults, written for Relacy as it is, under its own full search.
#pragma once

#include <cstdint>

namespace benchmarks {

inline constexpr int stock_most_pages = 4, stock_most_faulters = 3;

/// Runs Relacy's full search on one thread that copies `pages` entries (1 to stock_most_pages) and
/// `faulters` threads (1 to stock_most_faulters) that fault on each. Returns the number of
/// executions; 0 if Relacy reports an error.
std::uint64_t stock_full_search(int pages, int faulters);

}  // namespace benchmarks
