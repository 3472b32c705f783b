// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/fair_cycles.hpp"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <utility>

#include "checker/explore/shortest_walk.hpp"

namespace checker::explore {
namespace {

using csr_graph = boost::compressed_sparse_row_graph<boost::directedS>;

bool contains(const std::vector<state_graph::node_number>& sorted, state_graph::node_number which) {
  return std::ranges::binary_search(sorted, which);
}

}  // namespace

fair_cycles::fair_cycles(const state_graph& graph) : graph_(graph) {
  part all;
  for (node_number number = 0; number < graph.size().nodes; ++number) all.nodes.push_back(number);
  for (edge_number number = 1; number < graph.edges(); ++number) {
    if (graph.step_at(number).goes_on()) all.steps.push_back(number);
  }
  part ordinary = all;
  std::erase_if(ordinary.steps, [this](edge_number number) { return !is_ordinary(number); });
  found_ = find(ordinary, values::ordinary);
  only_with_other_values_ = found_.empty() && !find(all, values::fair).empty();
}

bool fair_cycles::is_ordinary(edge_number number) const {
  return std::ranges::all_of(graph_.choices_of(graph_.step_at(number)),
                             [](std::uint8_t value) { return value == 0; });
}

/// The strongly connected parts that have a step within them. REQUIRES: `of.nodes` is sorted; so
/// are those of the parts.
std::vector<fair_cycles::part> fair_cycles::cyclic_parts(const part& of) const {
  const auto index = [&](node_number number) {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(of.nodes, number) -
                                      of.nodes.begin());
  };
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  pairs.reserve(of.steps.size());
  for (const auto number : of.steps) {
    const auto& by = graph_.step_at(number);
    pairs.emplace_back(index(by.source), index(by.target));
  }
  const csr_graph graph(boost::edges_are_unsorted_multi_pass, pairs.begin(), pairs.end(),
                        of.nodes.size());
  std::vector<std::uint32_t> component(of.nodes.size());
  const auto count = boost::strong_components(
      graph, boost::make_iterator_property_map(component.begin(), get(boost::vertex_index, graph)));
  std::vector<part> parts(count);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const auto [source, target] = pairs[i];
    if (component[source] == component[target]) {
      parts[component[source]].steps.push_back(of.steps[i]);
    }
  }
  for (std::size_t i = 0; i < of.nodes.size(); ++i) {
    auto& own = parts[component[i]];
    if (!own.steps.empty()) own.nodes.push_back(of.nodes[i]);
  }
  std::erase_if(parts, [](const part& each) { return each.steps.empty(); });
  return parts;
}

/// Takes out of a strongly connected part what no fair cycle in it can have. False if there is
/// nothing to take out: going round all of it is fair.
bool fair_cycles::narrow(part& candidate, values allowed) const {
  thread_set enabled = 0, running = 0, ordinary = 0, other = 0;
  for (const auto number : candidate.nodes) enabled |= graph_.at(number).enabled;
  for (const auto number : candidate.steps) {
    const auto& by = graph_.step_at(number);
    running |= only(static_cast<int>(graph_.label_of(by).thread));
    for (const auto value : graph_.choices_of(by)) {
      (value == 0 ? ordinary : other) |= only(static_cast<int>(graph_.label_of(by).thread));
    }
  }
  if (const auto waiting = enabled & ~running; waiting != 0) {
    std::erase_if(candidate.nodes,
                  [&](node_number number) { return (graph_.at(number).enabled & waiting) != 0; });
    std::erase_if(candidate.steps, [&](edge_number number) {
      const auto& by = graph_.step_at(number);
      return !contains(candidate.nodes, by.source) || !contains(candidate.nodes, by.target);
    });
    return true;
  }
  const auto unlucky = other & ~ordinary;
  if (allowed == values::ordinary || unlucky == 0) return false;
  std::erase_if(candidate.steps, [&](edge_number number) {
    const auto by = static_cast<int>(graph_.label_of(graph_.step_at(number)).thread);
    return (unlucky & only(by)) != 0 && !is_ordinary(number);
  });
  return true;
}

std::vector<fair_cycles::part> fair_cycles::find(const part& all, values allowed) const {
  std::vector<part> fair;
  auto open = cyclic_parts(all);
  while (!open.empty()) {
    auto candidate = std::move(open.back());
    open.pop_back();
    if (!narrow(candidate, allowed)) {
      fair.push_back(std::move(candidate));
      continue;
    }
    for (auto& each : cyclic_parts(candidate)) open.push_back(std::move(each));
  }
  return fair;
}

std::vector<fair_cycles::walk> fair_cycles::walks(std::size_t most) const {
  std::vector<walk> result;
  if (found_.empty()) return result;
  constexpr std::uint32_t none = ~std::uint32_t{0};
  std::vector<std::uint32_t> part_of(graph_.size().nodes, none);
  for (std::size_t i = 0; i < found_.size(); ++i) {
    for (const auto number : found_[i].nodes) part_of[number] = static_cast<std::uint32_t>(i);
  }
  const shortest_walk search(graph_);
  while (result.size() < most && result.size() < found_.size()) {
    walk next;
    const auto start = search.find(
        {state_graph::origin}, 0, [&](node_number number) { return part_of[number] != none; },
        [](edge_number) { return true; }, next.prefix);
    if (!start.found) break;
    const auto& home = found_[part_of[start.node]];
    thread_set owed = 0;
    for (const auto number : home.nodes) owed |= graph_.at(number).enabled;
    const auto own = part_of[start.node];
    const auto inside = [&](edge_number number) {
      const auto& by = graph_.step_at(number);
      return by.goes_on() && part_of[by.source] == own && part_of[by.target] == own &&
             is_ordinary(number);
    };
    search.round(start, owed, home.nodes.size(), inside, next.round);
    result.push_back(std::move(next));
    for (const auto number : home.nodes) part_of[number] = none;
  }
  return result;
}

}  // namespace checker::explore
