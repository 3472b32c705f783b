// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/dpor.hpp"

#include <algorithm>
#include <bit>

#include "checker/intercept/arena.hpp"

namespace checker::explore {
namespace {

/// Each thread's later step of the two.
template <typename Clock>
void merge(Clock& into, const Clock& other) {
  for (std::size_t i = 0; i < into.size(); ++i) into[i] = std::max(into[i], other[i]);
}

int lowest(thread_set set) { return __builtin_ctz(set); }

}  // namespace

dpor::dpor(std::size_t cache_bytes) : words_(footprint_words), cache_(cache_bytes) {
  nodes_.reserve(1024);
  summaries_.reserve(1024);
}

dpor::dpor(state_graph& graph) : dpor(1) {
  graph_ = &graph;
  complete_ = graph.find_complete();
}

/// What is below the state, if the graph has all of it; else nullptr.
const state_cache::summary* dpor::known_to_graph(const moment& now) {
  if (graph_ == nullptr) return nullptr;
  const auto found = graph_->find(now.merged_key);
  if (found == state_graph::nowhere || !complete_[found]) return nullptr;
  const auto& where = graph_->at(found);
  const auto below =
      graph_->sets().renamed(where.below, renaming(thread_order(where.order), now.order));
  if (below == access_sets::anything) return nullptr;
  const auto added = graph_summaries_.try_emplace(below);
  const auto& [set, summary] = *added.first;
  if (added.second) {
    auto* const fresh = &added.first->second;
    graph_->sets().for_each(set, [&](const thread_access& access) {
      cache_.add(*fresh, {access.thread, access.item, access.held});
    });
  }
  return &summary;
}

void dpor::begin_execution() {
  depth_ = 0;
  choices_seen_ = 0;
  ++epoch_;
  changes_.clear();
  for (auto& when : clocks_) when.fill(0);
}

void dpor::resume_execution(int picks) {
  depth_ = static_cast<std::size_t>(picks);
  choices_seen_ = 0;
  while (choices_seen_ < choices_.size() && choices_[choices_seen_].depth <= depth_) {
    ++choices_seen_;
  }
  for (const auto first = nodes_[depth_].changes_begin; changes_.size() > first;
       changes_.pop_back()) {
    *changes_.back().member = changes_.back().before;
  }
  for (auto& when : clocks_) when.fill(0);
  thread_set open = only(max_threads) - 1;
  for (auto step = depth_; step > 0 && open != 0; --step) {
    const node& at = nodes_[step - 1];
    if ((open & only(at.thread)) == 0) continue;
    open &= ~only(at.thread);
    clocks_[static_cast<std::size_t>(at.thread)] = at.when;
  }
}

// ---- Going down --------------------------------------------------------------------------------

int dpor::pick(const moment& now) {
  if (depth_ == 0) threads_ = static_cast<std::size_t>(std::bit_width(now.live));
  if (depth_ == nodes_.size()) {
    if (!diverged_ && !enter(now)) return -1;
  } else if (now.enabled != nodes_[depth_].enabled || now.key != nodes_[depth_].key) {
    diverged_ = true;
  }
  if (diverged_) return -1;
  return nodes_[depth_++].thread;
}

/// Pushes a node for a state reached for the first time on this path. False if nothing needs to be
/// explored from it.
bool dpor::enter(const moment& now) {
  node fresh;
  fresh.enabled = now.enabled;
  fresh.key = now.key;
  if (!nodes_.empty()) inherit_sleep(fresh);
  if (cache_.enabled()) {
    auto known = cache_.find(now.key);
    if (known.below == nullptr) known.below = known_to_graph(now);
    if (known.below != nullptr && (known.sleep & ~fresh.sleep) == 0) {
      ++cache_hits_;
      replay_summary(*known.below);
      if (!nodes_.empty()) state_cache::merge(summary_of_top(), *known.below);
      return false;
    }
    // Explored before, but more was left out: this time leave out only what both would.
    if (known.below != nullptr) fresh.sleep &= known.sleep;
  }
  const thread_set awake = now.enabled & ~fresh.sleep;
  if (awake == 0) {
    ++sleep_blocked_;
    return false;
  }
  fresh.thread = now.current >= 0 && (awake & only(now.current)) != 0 ? now.current : lowest(awake);
  fresh.backtrack = only(fresh.thread);
  fresh.items_begin = static_cast<std::uint32_t>(items_.size());
  fresh.slept_begin = static_cast<std::uint32_t>(slept_items_.size());
  fresh.changes_begin = static_cast<std::uint32_t>(changes_.size());
  nodes_.push_back(fresh);
  if (summaries_.size() < nodes_.size()) summaries_.emplace_back();
  summary_of_top().clear();
  return true;
}

/// A thread stays asleep until a step runs that its own next step depends on.
void dpor::inherit_sleep(node& fresh) {
  const node& parent = nodes_.back();
  thread_set sleepers = (parent.sleep | parent.done) & ~only(parent.thread);
  for (; sleepers != 0; sleepers &= sleepers - 1) {
    const int thread = lowest(sleepers);
    if (!independent(slept(parent, thread), touched(parent))) continue;
    fresh.sleep |= only(thread);
    fresh.slept[static_cast<std::size_t>(thread)] = parent.slept[static_cast<std::size_t>(thread)];
  }
}

unsigned dpor::choose(int /*thread*/, unsigned alternatives) {
  if (choices_seen_ == choices_.size()) {
    const bool in_step = !nodes_.empty() && !nodes_.back().analysed;
    choices_.push_back({static_cast<std::uint32_t>(nodes_.size()), 0, alternatives, in_step});
  }
  const auto& point = choices_[choices_seen_++];
  if (point.alternatives != alternatives) diverged_ = true;
  return std::min(point.value, alternatives - 1);
}

void dpor::executed(int thread, footprint items, const lockset& held) {
  const auto step = static_cast<std::uint32_t>(depth_);
  node& at = nodes_[depth_ - 1];
  if (at.thread != thread) diverged_ = true;
  if (at.analysed) {
    if (!std::ranges::equal(items, touched(at))) diverged_ = true;
  } else {
    at.held = held;
    if (at.touched.end == 0 || !std::ranges::equal(items, touched(at))) {
      at.touched.begin = static_cast<std::uint32_t>(items_.size());
      items_.insert(items_.end(), items.begin(), items.end());
      at.touched.end = static_cast<std::uint32_t>(items_.size());
    }
    at.when = analyse(thread, items, step - 1);
    at.when[static_cast<std::size_t>(thread)] = step;
    at.analysed = true;
  }
  clocks_[static_cast<std::size_t>(thread)] = at.when;
  remember(thread, step, items);
}

// ---- Races -------------------------------------------------------------------------------------

dpor::word_history& dpor::history(std::uint32_t word) {
  auto& known = words_[word];
  if (known.epoch != epoch_) {
    known = word_history{};
    known.epoch = epoch_;
  }
  return known;
}

void dpor::remember(int thread, std::uint32_t step, footprint items) {
  const auto self = static_cast<std::size_t>(thread);
  for (const auto item : items) {
    auto& known = history(item.word());
    const bool release = item.role() == access_role::release;
    switch (item.mode()) {
      case access_mode::read:
        set(known.read[self], step);
        break;
      case access_mode::write:
        // An atomic block may have released a reader's lock and done more to it: what an acquire
        // can still be reversed with is the reader's acquire.
        for (std::size_t i = 0; release && i < max_threads; ++i) {
          if (known.shared[i] > known.write) {
            set(known.acquire, std::max(known.acquire, known.shared_acquire[i]));
          }
        }
        set(known.write, step);
        if (!release) set(known.acquire, step);
        break;
      case access_mode::shared:
        set(known.shared[self], step);
        if (!release) set(known.shared_acquire[self], step);
        break;
    }
  }
}

/// Adds the earlier steps that `item` depends on directly. `blocked`: the thread still waits for
/// it.
void dpor::collect_candidates(footprint_item item, bool blocked) {
  const auto& known = history(item.word());
  const bool acquire = item.role() == access_role::acquire;
  const auto add = [this](std::uint32_t race, std::uint32_t join) {
    if (join != 0) candidates_.push_back({race, join});
  };
  // While a lock is held no acquire of it is enabled: what can be reversed is the acquire before.
  add(acquire ? known.acquire : known.write, known.write);
  for (std::size_t i = 0; i < threads_; ++i) {
    // Somebody's look at a lock since it is held can't be reversed with an acquire that waits for
    // it, and must not hide the acquire that can.
    const bool under_lock = blocked && acquire;
    if (item.mode() != access_mode::read && known.read[i] > known.write && !under_lock) {
      add(known.read[i], known.read[i]);
    }
    if (item.mode() != access_mode::shared && known.shared[i] > known.write) {
      add(acquire ? known.shared_acquire[i] : known.shared[i], known.shared[i]);
    }
  }
}

/// Finds the races of a step of `thread` with the first `steps_before` steps on the stack and adds
/// backtrack points for them. Returns what happens before the step.
dpor::clock dpor::analyse(int thread, footprint items, std::uint32_t steps_before, bool blocked) {
  candidates_.clear();
  for (const auto item : items) {
    collect_candidates(item, blocked);
    if (item.role() == access_role::wait) reverse_wait(thread, item.word(), {});
  }
  std::ranges::sort(candidates_, std::greater<>{}, &race_candidate::race);
  // A blocking lock orders its last critical section before the step. Nothing inside that section
  // can be reversed with the step, whatever else the two share; but the section's acquire can.
  clock when = clocks_[static_cast<std::size_t>(thread)];
  clock ordered = when;  // `when`, and what the lock orders
  for (const auto& candidate : candidates_) {
    if (candidate.by_lock()) merge(ordered, nodes_[candidate.join - 1].when);
  }
  for (const auto& candidate : candidates_) {
    const bool by_lock = candidate.by_lock();
    const auto other = nodes_[std::max(candidate.race, 1U) - 1].thread;
    const auto& before = by_lock ? when : ordered;
    // Latest first: an earlier step that happens before a later candidate is no race.
    if (before[static_cast<std::size_t>(other)] >= candidate.race) continue;
    reverse(candidate.race, thread, items, before, steps_before);
    merge(when, nodes_[candidate.join - 1].when);
    merge(ordered, when);
  }
  return ordered;
}

/// Makes sure that before step `earlier` something is explored that lets the racing step of
/// `thread` come first: one of the threads that can begin the steps that don't depend on `earlier`.
void dpor::reverse(std::uint32_t earlier, int thread, footprint items, const clock& when,
                   std::uint32_t steps_before) {
  node& at = nodes_[earlier - 1];
  const auto owner = static_cast<std::size_t>(at.thread);
  std::array<std::uint32_t, max_threads> first{};  // of each thread, among those steps
  thread_set initials = 0;
  const auto consider = [&](int who, std::uint32_t step, const clock& before) {
    const auto self = static_cast<std::size_t>(who);
    if (first[self] != 0) return;
    first[self] = step;
    for (std::size_t i = 0; i < max_threads; ++i) {
      if (i != self && first[i] != 0 && before[i] >= first[i]) return;
    }
    initials |= only(who);
  };
  for (auto step = earlier + 1; step <= steps_before; ++step) {
    const node& next = nodes_[step - 1];
    if (next.when[owner] < earlier) consider(next.thread, step, next.when);
  }
  consider(thread, steps_before + 1, when);

  if ((initials & at.backtrack & ~at.sleep) != 0) return;
  // What begins with a sleeping thread's step is explored elsewhere: the step as it was there.
  // After `earlier` the step may touch other words; steps that it depends on only there are not
  // seen here.
  for (thread_set asleep = initials & at.sleep; asleep != 0; asleep &= asleep - 1) {
    const int sleeper = lowest(asleep);
    const auto step = first[static_cast<std::size_t>(sleeper)];
    const auto now = step > steps_before ? items : touched(nodes_[step - 1]);
    if (std::ranges::equal(now, slept(at, sleeper))) return;
  }
  const thread_set possible = initials & at.enabled & ~at.sleep;
  if ((possible & only(thread)) == 0 && possible != 0) thread = lowest(possible);
  add_backtrack(at, thread);
}

/// Has `thread` go first there. Where it can't, or sleeps (what begins with its step is explored
/// elsewhere, but the racing step may come after steps of others that it depends on), everybody
/// does.
void dpor::add_backtrack(node& at, int thread) {
  const bool can_go_first = (at.enabled & ~at.sleep & only(thread)) != 0;
  at.backtrack |= can_go_first ? only(thread) : at.enabled;
}

/// A wait may have been enabled by an older value than the last one, so every store to its word
/// that does not happen before it is reversed.
void dpor::reverse_wait(int thread, std::uint32_t word, const lockset& held) {
  const auto& when = clocks_[static_cast<std::size_t>(thread)];
  for (auto step = static_cast<std::uint32_t>(depth_); step > 0; --step) {
    node& at = nodes_[step - 1];
    if (at.thread == thread || when[static_cast<std::size_t>(at.thread)] >= step) continue;
    if (exclude(at.held, held)) continue;
    for (const auto item : touched(at)) {
      if (item.word() == word && item.mode() != access_mode::read) add_backtrack(at, thread);
    }
  }
}

/// The steps below a state met before would follow now. Which of them happen after which is not
/// known any more: whatever may race is reversed.
void dpor::replay_summary(const state_cache::summary& below) {
  cache_.for_each(below, [this](const state_cache::access& access) {
    const auto& when = clocks_[static_cast<std::size_t>(access.thread)];
    if (access.item.role() == access_role::wait) {
      reverse_wait(access.thread, access.item.word(), access.held);
    }
    candidates_.clear();
    collect_candidates(access.item);
    for (const auto& candidate : candidates_) {
      if (candidate.race == 0) continue;
      node& at = nodes_[candidate.race - 1];
      if (at.thread == access.thread || exclude(at.held, access.held)) continue;
      if (when[static_cast<std::size_t>(at.thread)] < candidate.race) {
        add_backtrack(at, access.thread);
      }
    }
  });
}

// ---- Going back --------------------------------------------------------------------------------

bool dpor::end_execution(outcome how, std::span<const blocked_thread> blocked) {
  if (depth_ != nodes_.size()) diverged_ = true;
  if (diverged_) return true;
  // A thread that waits at the end counts as if its step had come last; also where all others
  // sleep, for the executions in which they run instead may never come by here. Below a cached
  // state the summary has it already.
  if (how == outcome::stuck || how == outcome::given_up) {
    for (const auto& [thread, item, held] : blocked) {
      analyse(thread, {&item, 1}, static_cast<std::uint32_t>(depth_), true);
      if (cache_.enabled() && !nodes_.empty()) {
        cache_.add(summary_of_top(), {thread, item, held});
      }
    }
  }
  const bool more = backtrack();
  // Run from its start now and then, an execution must come by the same moments again.
  constexpr std::uint64_t every = 64;
  const bool from_start = nodes_.empty() || ++ended_ % every == 1;
  common_ = more && !from_start ? static_cast<int>(nodes_.size()) - 1 : -1;
  return !more;
}

bool dpor::backtrack() {
  for (;;) {
    if (next_choice()) return true;
    if (nodes_.empty()) return false;
    node& at = nodes_.back();
    finish_branch(at);
    const thread_set open = at.backtrack & ~at.done & ~at.sleep;
    if (open != 0) {
      at.thread = lowest(open);
      at.analysed = false;
      return true;
    }
    pop_node();
  }
}

/// Moves the last choice made after the last step on to its next value.
bool dpor::next_choice() {
  while (!choices_.empty() && choices_.back().depth == nodes_.size()) {
    auto& last = choices_.back();
    if (++last.value < last.alternatives) {
      if (last.in_step) nodes_.back().analysed = false;
      return true;
    }
    choices_.pop_back();
  }
  return false;
}

/// Everything below the node's step is explored: its thread goes to sleep.
void dpor::finish_branch(node& at) {
  // With each value of a choice that fell into the step.
  const auto end = std::max(at.touched.end, at.items_begin);
  const footprint items{items_.data() + at.items_begin, end - at.items_begin};
  if (cache_.enabled()) {
    for (const auto item : items) cache_.add(summary_of_top(), {at.thread, item, at.held});
  }
  auto& where = at.slept[static_cast<std::size_t>(at.thread)];
  where.begin = static_cast<std::uint32_t>(slept_items_.size());
  slept_items_.insert(slept_items_.end(), items.begin(), items.end());
  where.end = static_cast<std::uint32_t>(slept_items_.size());
  at.done |= only(at.thread);
  items_.resize(at.items_begin);
  at.touched = {};
}

void dpor::pop_node() {
  const node& at = nodes_.back();
  slept_items_.resize(at.slept_begin);
  if (cache_.enabled()) {
    const auto& below = summary_of_top();
    cache_.store(at.key, at.sleep, below);
    if (nodes_.size() > 1) state_cache::merge(summaries_[nodes_.size() - 2], below);
  }
  nodes_.pop_back();
}

}  // namespace checker::explore
