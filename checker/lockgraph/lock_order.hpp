// SPDX-License-Identifier: GPL-2.0-only
// The order locks are taken in, over all executions.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::lockgraph {

/// The shortest cycle among held-to-acquired edges, in order: each edge's `to` is the next one's
/// `from`, and the last one's `to` is the first one's `from`. Locks are told apart by class and
/// subclass, as lockdep does; an edge within one class and subclass is no cycle (that is
/// recursion). Of several shortest cycles, the one through the edge added first.
std::optional<std::vector<trace::lock_edge>> shortest_cycle(
    std::span<const trace::lock_edge> edges);

/// Collects edges of many executions; keeps the first of each kind.
class lock_order {
 public:
  /// True if no edge between these classes and subclasses was known.
  bool add(const trace::lock_edge& edge);
  /// In the order added.
  const std::vector<trace::lock_edge>& edges() const { return edges_; }
  std::optional<std::vector<trace::lock_edge>> shortest_cycle() const;

 private:
  using key = std::tuple<std::string, int, std::string, int>;

  std::set<key> known_;
  std::vector<trace::lock_edge> edges_;
};

}  // namespace checker::lockgraph
