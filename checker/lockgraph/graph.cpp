// SPDX-License-Identifier: GPL-2.0-only
#include "checker/lockgraph/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "checker/lockgraph/cycle.hpp"
#include "checker/report/code_under_test.hpp"
#include "checker/report/text.hpp"

namespace checker::lockgraph {
namespace {

using report::printable;
using report::thread_name;
using trace::held_lock;
using trace::step;
using vertex = boost::graph_traits<graph>::vertex_descriptor;

constexpr std::size_t most_labels = 3;

std::string class_of(const std::string& lock_class, int subclass) {
  return subclass > 0 ? fmt::format("{}/{}", printable(lock_class), subclass)
                      : printable(lock_class);
}

bool holds(const step& value, const std::string& lock) {
  return std::any_of(value.held.begin(), value.held.end(),
                     [&](const held_lock& held) { return held.name == lock; });
}

class builder {
 public:
  builder(const trace::document& document, graph& target)
      : document_(document), subject_(document), graph_(target) {}

  void build() {
    const trace::violation& result = document_.result;
    if (!result.waits.empty())
      add_deadlock();
    else if (!result.cycle.empty())
      add_inversion();
    else
      add_accesses();
    add_order();
    mark_cycle();
  }

 private:
  vertex add(node value) {
    const auto [place, added] =
        vertices_.try_emplace({value.kind, value.name}, boost::num_vertices(graph_));
    if (added) boost::add_vertex(value, graph_);
    return place->second;
  }

  vertex add_thread(int thread) {
    return add({node::type::thread, thread_name(document_.threads, thread)});
  }

  vertex add_lock(const std::string& name, const std::string& lock_class, int subclass = 0) {
    const vertex place = add({node::type::lock, printable(name)});
    node& value = graph_[place];
    if (value.lock_class.empty()) value.lock_class = printable(lock_class);
    if (subclass > 0) value.lock_class = class_of(lock_class, subclass);
    if (value.lock_kind.empty()) value.lock_kind = printable(report::lock_kind_of(document_, name));
    return place;
  }

  vertex add_lock(const held_lock& lock) {
    const vertex place = add_lock(lock.name, lock.lock_class, lock.subclass);
    if (graph_[place].lock_kind.empty()) graph_[place].lock_kind = printable(lock.kind);
    return place;
  }

  void connect(vertex from, vertex to, arc value) {
    const auto [known, exists] = find_arc(from, to, value.kind);
    if (!exists) {
      std::erase(value.labels, std::string());
      boost::add_edge(from, to, value, graph_);
      return;
    }
    std::vector<std::string>& labels = graph_[known].labels;
    for (std::string& label : value.labels) {
      if (label.empty() || std::find(labels.begin(), labels.end(), label) != labels.end()) continue;
      if (labels.size() < most_labels) labels.push_back(std::move(label));
    }
  }

  std::pair<graph::edge_descriptor, bool> find_arc(vertex from, vertex to, arc::type kind) const {
    const auto [first, last] = boost::out_edges(from, graph_);
    for (auto place = first; place != last; ++place)
      if (boost::target(*place, graph_) == to && graph_[*place].kind == kind) return {*place, true};
    return {{}, false};
  }

  void add_deadlock() {
    const trace::violation& result = document_.result;
    std::set<int> concerned;
    for (const trace::wait& wait : result.waits) {
      concerned.insert(wait.thread);
      concerned.insert(wait.holders.begin(), wait.holders.end());
    }
    for (const int thread : concerned) add_thread(thread);
    for (const trace::wait& wait : result.waits) {
      const vertex thread = add_thread(wait.thread);
      const vertex lock = add_lock(wait.lock, wait.lock_class);
      connect(thread, lock, {arc::type::waits, {"waits for", subject_.place_in(wait.stack)}});
    }
    for (const held_lock& lock : result.held) {
      if (!concerned.contains(lock.thread)) continue;
      connect(add_lock(lock), add_thread(lock.thread),
              {arc::type::held_by, {"held by", subject_.place_in(lock.acquired_stack)}});
    }
    // Holders the list of held locks does not know, of a bit lock for example.
    for (const trace::wait& wait : result.waits) {
      for (const int holder : wait.holders) {
        const vertex lock = add_lock(wait.lock, wait.lock_class);
        if (!find_arc(lock, add_thread(holder), arc::type::held_by).second)
          connect(lock, add_thread(holder), {arc::type::held_by, {"held by"}});
      }
    }
  }

  void add_edge(const trace::lock_edge& edge) {
    const vertex from = add_lock(edge.from, edge.from_class, edge.from_subclass);
    const vertex to = add_lock(edge.to, edge.to_class, edge.to_subclass);
    const std::string place = subject_.place_in(edge.stack);
    const std::string thread = thread_name(document_.threads, edge.thread);
    connect(from, to, {arc::type::order, {place.empty() ? thread : thread + ": " + place}});
  }

  /// Instances differ from one execution to the next, the cycle is one of classes: so an edge ends
  /// at the instance the next one begins with.
  void add_inversion() {
    const std::vector<trace::lock_edge>& cycle = document_.result.cycle;
    for (std::size_t i = 0; i < cycle.size(); ++i) {
      trace::lock_edge edge = cycle[i];
      const trace::lock_edge& next = cycle[(i + 1) % cycle.size()];
      edge.to = next.from;
      add_edge(edge);
    }
  }

  void add_access(const step& value) {
    const vertex thread = add_thread(value.thread);
    const std::string access =
        fmt::format("step {}: {}", value.index, report::describe(value).verb);
    const std::string place = subject_.place_in(value.stack);
    for (const held_lock& lock : value.held) add_holding(thread, lock);
    if (value.kind == trace::step_kind::lock || value.kind == trace::step_kind::trylock ||
        value.kind == trace::step_kind::unlock) {
      const vertex lock = add_lock(value.object, value.lock_class, value.subclass);
      connect(thread, lock, {arc::type::accesses, {access, place}});
      if (value.kind == trace::step_kind::lock) mark_recursion(thread, lock, value);
    } else if (!value.object.empty()) {
      const vertex object = add({node::type::object, printable(value.object)});
      std::string change = report::glue(printable(value.after));
      if (!value.before.empty())
        change = report::glue(printable(value.before)) + " " + report::glue("-> ") + change;
      connect(thread, object, {arc::type::accesses, {access, change, place}});
    }
  }

  void add_holding(vertex thread, const held_lock& lock) {
    const std::string verb = lock.mode == trace::lock_mode::read ? "holds (read)" : "holds";
    connect(thread, add_lock(lock),
            {arc::type::holds, {verb, subject_.place_in(lock.acquired_stack)}});
  }

  /// Where the step takes a lock of a class and subclass its thread holds already.
  void mark_recursion(vertex thread, vertex taken, const step& value) {
    for (const held_lock& lock : value.held) {
      if (lock.lock_class != value.lock_class || lock.subclass != value.subclass) continue;
      const vertex held = add_lock(lock);
      graph_[held].culprit = graph_[taken].culprit = true;
      graph_[find_arc(thread, held, arc::type::holds).first].culprit = true;
      graph_[find_arc(thread, taken, arc::type::accesses).first].culprit = true;
    }
  }

  void add_accesses() {
    const trace::violation& result = document_.result;
    std::vector<int> steps = result.conflicting_steps;
    if (steps.empty() && result.step >= 0) steps.push_back(result.step);
    std::set<int> concerned;
    for (const int index : steps) concerned.insert(step_at(index).thread);
    for (const int thread : concerned) add_thread(thread);
    for (const int index : steps) add_access(step_at(index));
    if (steps.empty()) {
      for (const held_lock& lock : result.held) add_holding(add_thread(lock.thread), lock);
    }
    if (result.covering_lock.empty()) return;
    const vertex covering = add_lock(result.covering_lock, class_of_covering_lock());
    graph_[covering].covering = true;
    if (graph_[covering].lock_kind.empty())
      graph_[covering].lock_kind = printable(result.covering_lock_kind);
    for (const int index : steps) {
      const step& value = step_at(index);
      if (holds(value, result.covering_lock)) continue;
      connect(add_thread(value.thread), covering, {arc::type::lacks, {"should hold"}});
    }
  }

  const step& step_at(int index) const { return document_.steps[static_cast<std::size_t>(index)]; }

  /// Of a lock that nobody took, only the violation itself may know it.
  std::string class_of_covering_lock() const {
    const trace::violation& result = document_.result;
    if (!result.covering_lock_class.empty()) return result.covering_lock_class;
    for (const step& value : document_.steps)
      if (value.object == result.covering_lock && !value.lock_class.empty())
        return value.lock_class;
    return {};
  }

  /// What was acquired under what, among the locks that are there already.
  void add_order() {
    const auto known = [&](const std::string& name) {
      return vertices_.contains({node::type::lock, printable(name)});
    };
    // Of the locks held at one acquisition, the last one taken: the others come before it anyway.
    const trace::lock_edge* last = nullptr;
    for (const trace::lock_edge& edge : document_.lock_edges) {
      if (!known(edge.from) || !known(edge.to) || edge.from == edge.to) continue;
      const bool same = last != nullptr && edge.step >= 0 && last->step == edge.step &&
                        last->thread == edge.thread && last->to == edge.to;
      if (last != nullptr && !same) add_edge(*last);
      last = &edge;
    }
    if (last != nullptr) add_edge(*last);
  }

  /// A deadlock's cycle goes by who waits for whom; an inversion's by the order of locks.
  void mark_cycle() {
    const bool deadlock = !document_.result.waits.empty();
    graph part(boost::num_vertices(graph_));
    std::map<std::pair<vertex, vertex>, graph::edge_descriptor> originals;
    for (vertex from = 0; from < boost::num_vertices(graph_); ++from) {
      const auto [first, last] = boost::out_edges(from, graph_);
      for (auto place = first; place != last; ++place) {
        const arc::type kind = graph_[*place].kind;
        const bool counts = deadlock ? kind == arc::type::waits || kind == arc::type::held_by
                                     : kind == arc::type::order;
        const vertex to = boost::target(*place, graph_);
        if (counts && originals.try_emplace({from, to}, *place).second)
          boost::add_edge(from, to, part);
      }
    }
    for (const auto& edge : shortest_cycle_in(part)) {
      const auto ends = std::pair(boost::source(edge, part), boost::target(edge, part));
      graph_[originals.at(ends)].in_cycle = true;
      graph_[ends.first].in_cycle = true;
    }
  }

  const trace::document& document_;
  report::code_under_test subject_;
  graph& graph_;
  std::map<std::pair<node::type, std::string>, vertex> vertices_;
};

}  // namespace

bool share_no_lock(const trace::document& document) {
  const std::vector<int>& pair = document.result.conflicting_steps;
  if (pair.size() != 2) return false;
  const step& one = document.steps[static_cast<std::size_t>(pair[0])];
  const step& other = document.steps[static_cast<std::size_t>(pair[1])];
  return one.thread != other.thread &&
         std::none_of(one.held.begin(), one.held.end(),
                      [&](const held_lock& lock) { return holds(other, lock.name); });
}

graph build(const trace::document& document) {
  graph built;
  builder(document, built).build();
  return built;
}

}  // namespace checker::lockgraph
