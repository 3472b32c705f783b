// SPDX-License-Identifier: GPL-2.0-only
// The shortest cycle of a directed Boost graph.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "checker/lockgraph/boost_graph.hpp"

namespace checker::lockgraph {

/// The edges of a shortest cycle, each one's target the next one's source; empty if there is none.
/// A search from every vertex in order: of several shortest cycles, the one with the lowest vertex
/// wins, and starts there. Vertices must be numbered from 0 (vecS).
template <typename Graph>
std::vector<typename boost::graph_traits<Graph>::edge_descriptor> shortest_cycle_in(
    const Graph& searched) {
  using edge = typename boost::graph_traits<Graph>::edge_descriptor;
  using vertex = typename boost::graph_traits<Graph>::vertex_descriptor;
  constexpr std::size_t unreached = std::numeric_limits<std::size_t>::max();

  std::vector<edge> best;
  const std::size_t count = boost::num_vertices(searched);
  for (vertex start = 0; start < count; ++start) {
    std::vector<std::size_t> distance(count, unreached);
    std::vector<edge> arrived_by(count);
    distance[start] = 0;
    boost::breadth_first_search(
        searched, start,
        boost::visitor(boost::make_bfs_visitor(std::make_pair(
            boost::record_distances(distance.data(), boost::on_tree_edge()),
            boost::record_edge_predecessors(arrived_by.data(), boost::on_tree_edge())))));
    for (vertex from = 0; from < count; ++from) {
      // Not shorter than what is known; an unreached vertex never is.
      if (!best.empty() && distance[from] >= best.size() - 1) continue;
      if (distance[from] == unreached) continue;
      const auto [closing, exists] = boost::edge(from, start, searched);
      if (!exists) continue;
      best = {closing};
      for (vertex back = from; back != start; back = boost::source(arrived_by[back], searched))
        best.push_back(arrived_by[back]);
      std::reverse(best.begin(), best.end());
    }
  }
  return best;
}

}  // namespace checker::lockgraph
