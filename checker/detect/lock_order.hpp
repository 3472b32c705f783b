// SPDX-License-Identifier: GPL-2.0-only
// Lock-order inversions from the union of all executions, even where none deadlocked.
//
// As lockdep does: locks are told apart by class and subclass, an edge goes from each held lock to
// the one acquired, a trylock adds no edge to itself, and a cycle is an inversion.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "checker/intercept/call_stack.hpp"

namespace checker {

struct raw_lock_edge {
  std::string from, from_class, to, to_class;
  int from_subclass = 0, to_subclass = 0;
  int thread = 0;
  int step = -1;  ///< of the acquire of `to`, in the execution that first showed the edge
  raw_stack from_stack, stack;
};

class lock_order_log {
 public:
  static constexpr unsigned subclasses = 8;

  /// A lock class and subclass (below `subclasses`) in one number.
  static std::uint32_t node(std::uint32_t lock_class, unsigned subclass) {
    return lock_class * subclasses + subclass;
  }

  bool knows(std::uint32_t from, std::uint32_t to) const {
    return known_.contains(static_cast<std::uint64_t>(from) << 32 | to);
  }
  /// Adds an edge. True if it closes a cycle.
  bool add(std::uint32_t from, std::uint32_t to, raw_lock_edge edge);

  const std::vector<raw_lock_edge>& edges() const { return edges_; }

 private:
  bool reaches(std::uint32_t from, std::uint32_t to) const;

  std::unordered_set<std::uint64_t> known_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ends_;
  std::vector<raw_lock_edge> edges_;
};

}  // namespace checker
