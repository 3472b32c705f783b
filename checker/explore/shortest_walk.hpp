// SPDX-License-Identifier: GPL-2.0-only
// Ways through a state graph that are short to read: few switches between threads, then few steps.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "checker/explore/state_graph.hpp"

namespace checker::explore {

/// What it finds depends on the graph alone, not on the order in which it was explored.
class shortest_walk {
 public:
  using node_number = state_graph::node_number;
  using edge_number = state_graph::edge_number;
  using steps = std::vector<edge_number>;
  static constexpr int nobody = -1;

  struct place {
    node_number node;
    int last = nobody;  ///< the thread that made the last step
    bool found = true;
  };
  using node_test = std::function<bool(node_number)>;
  using step_test = std::function<bool(edge_number)>;

  /// Nothing is added to the graph as long as this is used.
  explicit shortest_walk(const state_graph& graph);

  /// Adds to `out` the steps to a state that is a `goal`, by `allowed` steps, of which each thread
  /// of `required` makes one. Returns where they lead; `found` is false if there are none.
  place find(const place& from, thread_set required, const node_test& goal,
             const step_test& allowed, steps& out) const;
  /// The same back to where it began, among `states` states. REQUIRES: there are such steps, and
  /// all these states can be reached from each other by allowed steps.
  void round(const place& from, thread_set required, std::size_t states, const step_test& allowed,
             steps& out) const;

 private:
  const state_graph& graph_;
  std::vector<edge_number> order_;       ///< steps by source; of one source, by what they are
  std::vector<std::uint32_t> first_of_;  ///< by node: its first one in order_
};

}  // namespace checker::explore
