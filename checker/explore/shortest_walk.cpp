// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/shortest_walk.hpp"

#include <algorithm>
#include <compare>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace checker::explore {
namespace {

struct cost {
  std::uint32_t switches = 0, steps = 0;
  auto operator<=>(const cost&) const = default;
};

/// A state, the thread that ran last, and the threads that still have to make a step.
struct position {
  state_graph::node_number node;
  std::uint8_t last;  ///< the thread, + 1
  std::uint8_t missing;

  std::uint64_t bits() const {
    return node | std::uint64_t{missing} << 32 | std::uint64_t{last} << 40;
  }
};

struct visit {
  cost reached;
  position from;
  state_graph::edge_number by;  ///< 0: it is where the walk began
};

/// In the queue: the cheapest first, then in an order that is the same for the same graph.
struct waiting {
  cost reached;
  state_key key;
  position where;

  auto rank() const { return std::tuple(reached, key.high, key.low, where.last, where.missing); }
  bool operator>(const waiting& other) const { return rank() > other.rank(); }
};

using visits = std::unordered_map<std::uint64_t, visit>;

void trace_back(const visits& known, position at, std::vector<state_graph::edge_number>& out) {
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  for (;;) {
    const auto& here = known.at(at.bits());
    if (here.by == 0) break;
    out.push_back(here.by);
    at = here.from;
  }
  std::reverse(out.begin() + begin, out.end());
}

}  // namespace

shortest_walk::shortest_walk(const state_graph& graph) : graph_(graph) {
  first_of_.assign(graph.size().nodes + 1, 0);
  for (edge_number number = 1; number < graph.edges(); ++number) {
    if (graph.step_at(number).goes_on()) order_.push_back(number);
  }
  const auto rank = [&](edge_number number) {
    const auto& by = graph.step_at(number);
    const auto& key = graph.at(by.target).key;
    return std::tuple(by.source, graph.label_of(by).thread + 0U, graph.choices_of(by), key.high,
                      key.low);
  };
  std::ranges::sort(order_, [&](edge_number one, edge_number other) {
    const auto &a = graph.step_at(one), &b = graph.step_at(other);
    if (a.source != b.source) return a.source < b.source;
    return rank(one) < rank(other);
  });
  for (const auto number : order_) ++first_of_[graph.step_at(number).source + 1];
  for (std::size_t i = 1; i < first_of_.size(); ++i) first_of_[i] += first_of_[i - 1];
}

shortest_walk::place shortest_walk::find(const place& from, thread_set required,
                                         const node_test& goal, const step_test& allowed,
                                         steps& out) const {
  visits known;
  std::priority_queue<waiting, std::vector<waiting>, std::greater<>> queue;
  const position start{from.node, static_cast<std::uint8_t>(from.last + 1),
                       static_cast<std::uint8_t>(required)};
  known[start.bits()] = {};
  queue.push({{}, graph_.at(start.node).key, start});
  while (!queue.empty()) {
    const auto [reached, key, at] = queue.top();
    queue.pop();
    if (known.at(at.bits()).reached < reached) continue;
    if (at.missing == 0 && goal(at.node)) {
      trace_back(known, at, out);
      return {at.node, at.last - 1, true};
    }
    for (auto i = first_of_[at.node]; i < first_of_[at.node + 1]; ++i) {
      if (!allowed(order_[i])) continue;
      const auto& by = graph_.step_at(order_[i]);
      position next{by.target, static_cast<std::uint8_t>(graph_.label_of(by).thread + 1),
                    static_cast<std::uint8_t>(at.missing & ~(1U << graph_.label_of(by).thread))};
      // The start of the program is no thread's step.
      if (at.node == state_graph::origin) next.last = 0;
      const bool switches = at.last != 0 && at.last != next.last;
      const cost now{reached.switches + (switches ? 1U : 0U), reached.steps + 1};
      const auto [entry, added] = known.try_emplace(next.bits(), visit{now, at, order_[i]});
      if (!added) {
        if (entry->second.reached <= now) continue;
        entry->second = {now, at, order_[i]};
      }
      queue.push({now, graph_.at(next.node).key, next});
    }
  }
  return {from.node, from.last, false};
}

void shortest_walk::round(const place& from, thread_set required, std::size_t states,
                          const step_test& allowed, steps& out) const {
  // To look for the shortest one takes room for each set of threads.
  constexpr std::size_t most = 1'000'000;
  const auto home = [&](node_number number) { return number == from.node; };
  if (states << __builtin_popcount(required) <= most) {
    find(from, required, home, allowed, out);
    return;
  }
  auto at = from;
  thread_set made = 0;
  for (auto left = required; left != 0; left = required & ~made) {
    const auto begin = out.size();
    at = find(
        at, left & -left, [](node_number) { return true; }, allowed, out);
    for (auto i = begin; i < out.size(); ++i)
      made |= 1U << graph_.label_of(graph_.step_at(out[i])).thread;
  }
  find(at, 0, home, allowed, out);
}

}  // namespace checker::explore
