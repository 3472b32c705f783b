// SPDX-License-Identifier: GPL-2.0-only
// Cycles in the order locks are taken in.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::lockgraph {

/// The shortest cycle among held-to-acquired edges, in order: each edge's `to` is the next one's
/// `from`, and the last one's `to` is the first one's `from`. Locks are told apart by class and
/// subclass, as lockdep does; an edge within one class and subclass is no cycle (that is
/// recursion). Of several shortest cycles, the one through the edge added first.
std::optional<std::vector<trace::lock_edge>> shortest_cycle(
    std::span<const trace::lock_edge> edges);

}  // namespace checker::lockgraph
