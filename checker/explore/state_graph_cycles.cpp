// SPDX-License-Identifier: GPL-2.0-only
// Rule 3 of the state graph.
#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <limits>
#include <tuple>
#include <utility>

#include "checker/explore/state_graph.hpp"

namespace checker::explore {
namespace {

using csr_graph = boost::compressed_sparse_row_graph<boost::directedS>;
using steps = std::vector<std::pair<state_graph::node_number, state_graph::node_number>>;

csr_graph graph_of(const steps& all, std::size_t nodes) {
  return {boost::edges_are_unsorted_multi_pass, all.begin(), all.end(), nodes};
}

/// By node: its strongly connected component.
std::vector<std::uint32_t> components_of(const csr_graph& graph) {
  std::vector<std::uint32_t> component(num_vertices(graph));
  boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph)));
  return component;
}

/// By node: least number of steps from the origin.
std::vector<std::uint32_t> distances_in(const csr_graph& graph) {
  constexpr auto far = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> distance(num_vertices(graph), far);
  std::vector<std::size_t> queue{state_graph::origin};
  distance[state_graph::origin] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    const auto from = queue[i];
    const auto [begin, end] = adjacent_vertices(from, graph);
    for (auto next = begin; next != end; ++next) {
      if (distance[*next] != far) continue;
      distance[*next] = distance[from] + 1;
      queue.push_back(*next);
    }
  }
  return distance;
}

}  // namespace

bool state_graph::close_cycles() {
  steps all;
  for (edge_number number = 1; number < edges(); ++number) {
    const auto& by = edges_[number];
    if (by.goes_on()) all.emplace_back(by.source, by.target.load());
  }
  const auto graph = graph_of(all, shared_->nodes);
  const auto part = components_of(graph);
  bool complete = true;
  steps open;  // on cycles of states of which none is explored with all its threads, it may be
  for (const auto& [source, target] : all) {
    if (part[source] != part[target]) continue;
    shared_->cycles = true;
    if (raise(source, nodes_[source].waiting, access_sets::empty)) complete = false;
    const auto expanded = [&](node_number number) {
      return nodes_[number].wanted == nodes_[number].enabled;
    };
    if (!expanded(source) && !expanded(target)) open.emplace_back(source, target);
  }
  if (!complete || open.empty()) return complete;
  // Whatever order states are in, each cycle has a step that does not lead up in it. From near to
  // far, these are few: those that go back to the head of a loop.
  const auto distance = distances_in(graph);
  const auto place = [&](node_number number) {
    const auto& key = nodes_[number].key;
    return std::tuple(distance[number], key.high, key.low);
  };
  const auto open_part = components_of(graph_of(open, shared_->nodes));
  for (const auto& [source, target] : open) {
    if (open_part[source] != open_part[target] || place(source) < place(target)) continue;
    auto& head = nodes_[target];
    if (head.wanted == head.enabled) continue;  // by another step
    head.wanted = head.enabled;
    make_ready(target);
    complete = false;
  }
  return complete;
}

}  // namespace checker::explore
