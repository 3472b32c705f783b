// SPDX-License-Identifier: GPL-2.0-only
// The state graph when all that was wanted has been explored: whether its rules hold of every step,
// and what there is in it then.
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "checker/explore/state_graph.hpp"

namespace checker::explore {

bool state_graph::closed() {
  give_back();
  while (!settled()) {
  }
  return all_explored();
}

bool state_graph::settled() {
  begin_settling();
  return settled(1, edges());
}

void state_graph::begin_settling() {
  shared_->steps = shared_->ends = 0;
  shared_->repeated = 0;
}

bool state_graph::settled(edge_number from, edge_number to) {
  // What comes next in memory is not what comes next in the graph.
  constexpr edge_number ahead = 16;
  bool changed = false;
  std::uint64_t steps = 0, ends = 0;
  // Steps were added on the way down, so from the last to the first what is below goes up in one
  // round, but for cycles and cross edges.
  for (auto number = to; number > from; --number) {
    if (number > from + ahead) {
      const auto& later = edges_[number - 1 - ahead];
      __builtin_prefetch(&nodes_[later.source]);
      if (later.goes_on()) __builtin_prefetch(&nodes_[later.target]);
    }
    const auto& by = edges_[number - 1];
    if (!by.added()) continue;
    if (may_be_repeated(by)) {
      note_repeated(number - 1);
    } else {
      ++steps;
      if (by.target == nowhere) ++ends;
    }
    if (!by.goes_on()) continue;
    const auto after = below(by);
    const auto wanted = nodes_[by.source].wanted.load();
    want(by.source, sets_.racing(label_of(by).touched, after));
    if (nodes_[by.source].wanted != wanted) changed = true;
    if (raise(by.source, label_of(by).touched, after)) {
      changed = true;
      propagate(by.source);
    }
  }
  shared_->steps += steps;
  shared_->ends += ends;
  return !changed;
}

void state_graph::note_repeated(edge_number number) {
  const auto place = shared_->repeated.fetch_add(1);
  if (place < repeated_.capacity()) repeated_[place] = number;
}

bool state_graph::all_explored() {
  // A worker that is gone may have wanted something, and not said so.
  if (shared_->died) find_ready();
  shared_->tallied = !has_ready() && shared_->repeated <= repeated_.capacity();
  return !has_ready();
}

void state_graph::find_ready() {
  shared_->ready = 0;
  for (node_number number = 0; number < shared_->nodes; ++number) {
    const auto& where = nodes_[number];
    if (where.published && (where.wanted & ~where.done) != 0) make_ready(number);
  }
}

/// Workers may have been stopped between any two stores. What is in the index is there.
void state_graph::give_back() {
  if (shared_->died) {
    index_.for_each([&](node_number number) { nodes_[number].published = true; });
    sets_.complete_copies();
    shared_->died = false;
  }
  shared_->ready = 0;
  std::uint32_t unused = 0;
  for (node_number number = 0; number < shared_->nodes; ++number) {
    auto& where = nodes_[number];
    if (number == origin || !where.published) ++unused;
    // Nearly all of them are as they should be, and to read them is much cheaper than to write.
    if (where.owner != 0) where.owner = 0;
    if (where.begun != where.done) {
      where.again |= static_cast<std::uint8_t>(where.begun & ~where.done);
      where.begun = where.done.load();
    }
    if (where.again != 0) shared_->repeats = true;
    if (where.published && (where.wanted & ~where.done) != 0) make_ready(number);
  }
  shared_->unused = unused;
}

void state_graph::count_states() {
  std::uint32_t unused = 0;
  for (node_number number = 0; number < shared_->nodes; ++number) {
    if (number == origin || !nodes_[number].published) ++unused;
  }
  shared_->unused = unused;
}

std::vector<bool> state_graph::find_complete() const {
  std::vector<bool> complete(shared_->nodes, true);
  std::vector<node_number> open;
  const auto spoil = [&](node_number number) {
    if (complete[number]) open.push_back(number);
    complete[number] = false;
  };
  for (node_number number = 0; number < shared_->nodes; ++number) {
    const auto& where = nodes_[number];
    // Whoever added one that is not published has not begun it.
    if (!where.published || (where.wanted & ~where.done) != 0) spoil(number);
  }
  while (!open.empty()) {
    const auto number = open.back();
    open.pop_back();
    for (auto each = nodes_[number].incoming.load(); each != 0; each = edges_[each].next_incoming) {
      spoil(edges_[each].source);
    }
  }
  return complete;
}

state_graph::counts state_graph::count() const {
  counts result{states(), 0, 0};
  // By source, thread and choices; whether a state comes after it.
  std::map<std::tuple<node_number, std::uint32_t, std::vector<std::uint8_t>>, bool> repeated;
  const auto add_repeated = [&](const edge& by) {
    repeated[{by.source, label_of(by).thread, choices_of(by)}] |= by.target != nowhere;
  };
  if (shared_->tallied) {
    result.steps = shared_->steps;
    result.ends = shared_->ends;
    for (std::uint32_t i = 0; i < shared_->repeated; ++i) add_repeated(edges_[repeated_[i]]);
  } else {
    for (edge_number number = 1; number < edges(); ++number) {
      const auto& by = edges_[number];
      if (!by.added()) continue;
      if (may_be_repeated(by)) {
        add_repeated(by);
        continue;
      }
      ++result.steps;
      if (by.target == nowhere) ++result.ends;
    }
  }
  for (const auto& [which, goes_on] : repeated) {
    ++result.steps;
    if (!goes_on) ++result.ends;
  }
  return result;
}

}  // namespace checker::explore
