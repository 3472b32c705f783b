// SPDX-License-Identifier: GPL-2.0-only
#include "checker/lockgraph/lock_order.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <utility>

#include "checker/lockgraph/boost_graph.hpp"
#include "checker/lockgraph/cycle.hpp"

namespace checker::lockgraph {

std::optional<std::vector<trace::lock_edge>> shortest_cycle(
    std::span<const trace::lock_edge> edges) {
  using graph_type = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS,
                                           boost::no_property, std::size_t>;
  // Vertices are numbered as they appear, so that the answer depends on the edges' order only.
  graph_type orders;
  std::map<std::pair<std::string, int>, std::size_t> vertices;
  const auto vertex = [&](const std::string& lock_class, int subclass) {
    const auto [place, added] = vertices.try_emplace({lock_class, subclass}, vertices.size());
    if (added) boost::add_vertex(orders);
    return place->second;
  };
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const std::size_t from = vertex(edges[i].from_class, edges[i].from_subclass);
    const std::size_t to = vertex(edges[i].to_class, edges[i].to_subclass);
    if (from != to && !boost::edge(from, to, orders).second) boost::add_edge(from, to, i, orders);
  }
  const auto found = shortest_cycle_in(orders);
  if (found.empty()) return std::nullopt;
  std::vector<trace::lock_edge> cycle;
  for (const auto& edge : found) cycle.push_back(edges[orders[edge]]);
  return cycle;
}

}  // namespace checker::lockgraph
