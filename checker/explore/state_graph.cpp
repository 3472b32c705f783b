// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/state_graph.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <utility>

namespace checker::explore {
namespace {

// Shares of the memory, in parts of 16.
constexpr std::size_t for_nodes = 6, for_edges = 5, for_index = 3, for_sets = 1;
// Numbers of nodes and edges that a process takes at a time, where there are several.
constexpr std::uint32_t reserved = 32;
// Steps to be counted one by one, since they may be there twice.
constexpr std::size_t most_repeated = std::size_t{1} << 16;
// Of nodes and edges: for what is added by those who have not yet seen that it is full.
constexpr std::size_t spare = 3 * 4096;

template <typename T>
std::size_t elements(std::size_t max_bytes, std::size_t parts, std::size_t limit) {
  return std::clamp<std::size_t>(max_bytes / 16 * parts / sizeof(T), 4 * 4096, limit);
}

}  // namespace

state_graph::state_graph(std::size_t max_bytes, bool holders_release,
                         std::vector<thread_set> merged)
    : sets_(max_bytes / 16 * for_sets, holders_release, std::move(merged)),
      counts_(1),
      shared_(counts_.data()),
      nodes_(elements<node>(max_bytes, for_nodes, 0xfffffff0)),
      edges_(elements<edge>(max_bytes, for_edges, 0xfffffff0)),
      // The last part: much more than labels take of it where edges take all of theirs.
      labels_(elements<std::uint32_t>(max_bytes, 1, std::size_t{1} << 26)),
      index_(elements<std::uint64_t>(max_bytes, for_index, std::size_t{1} << 32)),
      ready_(nodes_.capacity()),
      repeated_(most_repeated) {
  shared_->nodes = 1;
  shared_->unused = 1;  // the origin
  shared_->edges = 1;
  // Label 0: of steps for whose own there was no room.
  const label unknown{access_sets::anything, thread_order{}.bits() & 0xffffff, 0, 0};
  std::memcpy(labels_.data(), &unknown, sizeof unknown);
  shared_->labels = sizeof unknown / sizeof(std::uint32_t);
  auto& start = nodes_[origin];
  start.enabled = 1;
  start.wanted = 1;
  start.published = true;
  start.order = thread_order{}.bits() & 0xffffff;
  start.instead.fill(1);
}

std::size_t state_graph::bytes() const {
  return shared_->nodes * sizeof(node) + shared_->edges * sizeof(edge) +
         shared_->labels * sizeof(std::uint32_t) + index_.bytes() + sets_.bytes();
}

std::vector<std::span<char>> state_graph::sections() const {
  auto all = sets_.sections();
  all.push_back(bytes_of(nodes_.data(), shared_->nodes));
  all.push_back(bytes_of(edges_.data(), shared_->edges));
  all.push_back(bytes_of(labels_.data(), shared_->labels));
  return all;
}

bool state_graph::resize(const sizes& to) {
  if (to.nodes + spare > nodes_.capacity() || to.edges + spare > edges_.capacity() ||
      to.labels > labels_.capacity() || !index_.make_room(to.nodes) || !sets_.resize(to.sets)) {
    return false;
  }
  shared_->nodes = to.nodes;
  shared_->edges = to.edges;
  shared_->labels = to.labels;
  return true;
}

void state_graph::loaded() {
  sets_.loaded();
  for (node_number number = 1; number < shared_->nodes; ++number) {
    if (nodes_[number].published) index_.add(nodes_[number].key, number);
  }
  closed();
}

// ---- Adding ------------------------------------------------------------------------------------

/// What is taken and not used is as if a worker had died before it could use it.
std::uint32_t state_graph::take(std::atomic<std::uint32_t>& from, reserve& mine) const {
  if (mine.left == 0) {
    mine.left = shared_->slack == 0 ? 1 : reserved;
    mine.next = from.fetch_add(mine.left);
  }
  --mine.left;
  return mine.next++;
}

state_graph::node_number state_graph::new_node(const moment& now, int worker) {
  const auto number = take(shared_->nodes, free_nodes_);
  nodes_.prefault(number);
  auto& fresh = nodes_[number];
  fresh.key = now.merged_key;
  fresh.order = now.order.bits() & 0xffffff;
  fresh.enabled = now.enabled & 0xff;
  for (int i = 0; i < max_threads; ++i) {
    fresh.instead[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(runs_instead(now, i));
  }
  fresh.waiting = access_sets::empty;
  for (const auto& [thread, item, held] : now.blocked) {
    fresh.waiting = sets_.unite(fresh.waiting, sets_.of_step(thread, {&item, 1}, held));
  }
  const auto first = static_cast<std::uint8_t>(only(guide_.choose(now)));
  // Nobody sees any of it before it is in the index.
  fresh.wanted.store(first, std::memory_order_relaxed);
  fresh.begun.store(first, std::memory_order_relaxed);
  fresh.owner.store(static_cast<std::uint16_t>(worker + 1), std::memory_order_relaxed);
  return number;
}

/// Enabled threads one of which has to run before `thread` can: itself, or who it waits for.
thread_set state_graph::runs_instead(const moment& now, int thread) {
  thread_set seen = only(thread), open = seen, found = 0;
  while (open != 0) {
    const int next = __builtin_ctz(open);
    open &= open - 1;
    if ((now.enabled & only(next)) != 0) {
      found |= only(next);
      continue;
    }
    const auto further = now.waits_for[static_cast<std::size_t>(next)] & ~seen;
    seen |= further;
    open |= further;
  }
  return found != 0 ? found : now.enabled;
}

state_graph::edge_number state_graph::new_edge(node_number source, const step& by) {
  const auto number = take(shared_->edges, free_edges_);
  edges_.prefault(number);
  if (number + spare > edges_.capacity()) shared_->full = true;
  edges_[number].source = source;
  edges_[number].label = find_label(by, {});
  if (shared_->tallied.load(std::memory_order_relaxed)) shared_->tallied = false;
  return number;
}

std::uint32_t state_graph::find_label(const step& by, thread_order renames) {
  const label head{by.touched, renames.bits() & 0xffffff, static_cast<std::uint32_t>(by.thread & 7),
                   by.choices.empty() ? 0U : 1U};
  const auto words = std::bit_cast<std::array<std::uint32_t, 2>>(head);
  if (by.choices.empty()) {
    auto& known = plain_labels_[std::uint64_t{words[1]} << 32 | words[0]];
    if (known == 0) known = add_label(head, {});
    return known;
  }
  std::vector<std::uint32_t> text(words.begin(), words.end());
  text.insert(text.end(), by.choices.begin(), by.choices.end());
  auto& known = other_labels_[std::move(text)];
  if (known == 0) known = add_label(head, by.choices);
  return known;
}

std::uint32_t state_graph::add_label(const label& head, std::span<const std::uint8_t> choices) {
  const auto count = static_cast<std::uint32_t>(choices.size());
  const auto size = count == 0 ? 2U : 3U + (count + 3) / 4;
  const auto number = shared_->labels.fetch_add(size);
  if (std::size_t{number} + size > labels_.capacity()) {
    shared_->full = true;
    return 0;
  }
  std::memcpy(labels_.data() + number, &head, sizeof head);
  if (count == 0) return number;
  labels_[number + 2] = count;
  std::memcpy(labels_.data() + number + 3, choices.data(), count);
  return number;
}

/// Adds the step to those that lead to its target.
void state_graph::link(edge_number number) {
  auto& by = edges_[number];
  auto& last = nodes_[by.target].incoming;
  by.next_incoming = last.load();
  while (!last.compare_exchange_weak(by.next_incoming, number)) {
  }
}

state_graph::arrival state_graph::arrive(node_number source, const step& by, const moment& now,
                                         int worker) {
  if (shared_->slack == 0 && wants_to_grow()) grow();
  const auto number = new_edge(source, by);
  const auto is_it = [&](node_number known) { return nodes_[known].key == now.merged_key; };
  const auto make = [&] {
    if (shared_->nodes + spare > nodes_.capacity() || index_.nearly_full(shared_->nodes)) {
      shared_->full = true;
    }
    const auto fresh = new_node(now, worker);
    edges_[number].target = fresh;
    nodes_[fresh].incoming = number;
    return fresh;
  };
  const auto [reached, fresh] = index_.find_or_add(now.merged_key, is_it, make);
  if (fresh) {
    nodes_[reached].published = true;
    return {reached, true};
  }
  // Whoever put it there may have died before it could say so.
  if (!nodes_[reached].published) nodes_[reached].published = true;
  edges_[number].label = find_label(by, renaming(thread_order(nodes_[reached].order), now.order));
  edges_[number].target = reached;
  link(number);
  apply(edges_[number]);
  return {reached, false};
}

void state_graph::end(node_number source, const step& by, access_sets::set_number waiting) {
  edges_[new_edge(source, by)].target = nowhere;
  want(source, sets_.racing(by.touched, waiting));
  if (raise(source, by.touched, waiting) && nodes_[source].owner == 0) {
    propagate(source);
  }
}

state_graph::node_number state_graph::find(const state_key& key) const {
  static_assert(state_index::none == nowhere);
  return index_.find(key, [&](node_number known) { return nodes_[known].key == key; });
}

// ---- The rules ---------------------------------------------------------------------------------

void state_graph::apply(const edge& by) {
  const auto after = below(by);
  want(by.source, sets_.racing(label_of(by).touched, after));
  if (raise(by.source, label_of(by).touched, after) && nodes_[by.source].owner == 0) {
    propagate(by.source);
  }
}

void state_graph::want(node_number number, thread_set threads) {
  if (threads == 0) return;
  auto& where = nodes_[number];
  std::uint8_t wanted = 0;
  for (; threads != 0; threads &= threads - 1) {
    wanted |= where.instead[static_cast<std::size_t>(__builtin_ctz(threads))];
  }
  if ((wanted & ~where.wanted.load()) == 0) return;
  where.wanted |= wanted;
  if (where.owner == 0) make_ready(number);
}

/// What is below the node has these two as well. True if it had not.
bool state_graph::raise(node_number number, access_sets::set_number touched,
                        access_sets::set_number after) {
  auto& set = nodes_[number].below;
  auto known = set.load();
  if (sets_.covers(known, touched) && sets_.covers(known, after)) return false;
  const auto below = sets_.unite(touched, after);
  for (;;) {
    const auto both = sets_.unite(known, below);
    if (both == known) return false;
    if (set.compare_exchange_weak(known, both)) return true;
  }
}

/// What is known below the node goes to the steps that lead there, and on from those that nobody
/// will come back to.
void state_graph::propagate(node_number number) {
  worklist_.push_back(number);
  while (!worklist_.empty()) {
    const auto next = worklist_.back();
    worklist_.pop_back();
    for (auto each = nodes_[next].incoming.load(); each != 0; each = edges_[each].next_incoming) {
      const auto& by = edges_[each];
      const auto after = below(by);
      want(by.source, sets_.racing(label_of(by).touched, after));
      if (raise(by.source, label_of(by).touched, after) && nodes_[by.source].owner == 0) {
        worklist_.push_back(by.source);
      }
    }
  }
}

void state_graph::tell(node_number source, access_sets::set_number touched, node_number target) {
  const auto below = nodes_[target].below.load();
  want(source, sets_.racing(touched, below));
  raise(source, touched, below);
}

// ---- Who explores what -------------------------------------------------------------------------

int state_graph::claim(node_number number) {
  auto& where = nodes_[number];
  for (;;) {
    const auto open = static_cast<std::uint8_t>(where.wanted & ~where.begun);
    if (open == 0) return -1;
    const int thread = __builtin_ctz(open);
    const auto bit = static_cast<std::uint8_t>(only(thread));
    if ((where.begun.fetch_or(bit) & bit) == 0) return thread;
  }
}

bool state_graph::leave(node_number number, int worker) {
  auto& where = nodes_[number];
  where.owner = 0;
  propagate(number);
  if ((where.wanted & ~where.begun) == 0) return true;
  std::uint16_t nobody = 0;
  return !where.owner.compare_exchange_strong(nobody, static_cast<std::uint16_t>(worker + 1));
}

void state_graph::make_ready(node_number number) {
  const std::lock_guard guard(shared_->ready_lock);
  const auto count = shared_->ready.load();
  if (count == ready_.capacity()) return;  // closed() finds it
  ready_[count] = number;
  shared_->ready = count + 1;
}

state_graph::node_number state_graph::take_ready() {
  const std::lock_guard guard(shared_->ready_lock);
  while (shared_->ready != 0) {
    const auto number = ready_[shared_->ready - 1].load();
    shared_->ready.fetch_sub(1);
    if ((nodes_[number].wanted & ~nodes_[number].begun) != 0) return number;
  }
  return nowhere;
}

void state_graph::release_locks_of(int process) {
  shared_->died = true;
  sets_.release_lock_of(process);
  shared_->ready_lock.release_for(process);
}

std::vector<std::uint8_t> state_graph::choices_of(const edge& by) const {
  if (label_of(by).chooses == 0) return {};
  const auto* const count = labels_.data() + by.label + 2;
  const auto* const first = reinterpret_cast<const std::uint8_t*>(count + 1);
  return {first, first + *count};
}

std::vector<state_graph::decision> state_graph::path_to(node_number number) const {
  std::vector<decision> path;
  while (number != origin) {
    const auto& by = discovery(number);
    path.push_back({static_cast<int>(label_of(by).thread), choices_of(by)});
    number = by.source;
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace checker::explore
