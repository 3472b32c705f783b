// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/graph_search.hpp"

#include <algorithm>

namespace checker::explore {
namespace {

// A loop of quiet steps comes to a state now and then, so that it is seen to be one.
constexpr int longest_block = 1'000;

}  // namespace

bool graph_search::find_work() {
  own_path_ = false;
  path_.clear();
  choices_.clear();
  int thread = graph_.claim(state_graph::origin);
  auto node = state_graph::origin;
  while (thread < 0) {
    node = graph_.take_ready();
    if (node == state_graph::nowhere) return false;
    thread = graph_.claim(node);
  }
  // The way there, step by step.
  auto at = state_graph::origin;
  for (const auto& [by, choices] : graph_.path_to(node)) {
    path_.push_back({at, by, access_sets::empty, false});
    for (const auto value : choices) choices_.push_back({path_.size(), value, 0});
    at = state_graph::nowhere;  // not needed on the way
  }
  own_from_ = path_.size();
  path_.push_back({node, thread, access_sets::empty, false});
  return true;
}

void graph_search::tell_path() {
  // There may be no path: the last one was done, and nothing else was to be had.
  for (auto i = path_.size(); i > own_from_ + 1;) {
    --i;
    if (path_[i - 1].known) graph_.tell(path_[i - 1].node, path_[i - 1].touched, path_[i].node);
  }
}

void graph_search::share() {
  if (path_.empty()) return;
  tell_path();
  for (auto i = own_from_; i < path_.size(); ++i) {
    const auto& at = graph_.at(path_[i].node);
    if ((at.wanted & ~at.begun) != 0) return graph_.make_ready(path_[i].node);
  }
}

void graph_search::begin_execution() {
  depth_ = 1;  // the origin's step is the start itself
  choices_seen_ = 0;
  arrived_ = false;
  begin_step();
}

void graph_search::resume_execution(int picks) {
  depth_ = static_cast<std::size_t>(picks) + 1;
  arrived_ = false;
  begin_step();
  resumed_ = true;
  choices_seen_ = 0;
  while (choices_seen_ < choices_.size() && choices_[choices_seen_].depth <= depth_) {
    ++choices_seen_;
  }
}

void graph_search::begin_step() {
  chosen_ = gone_on_ = resumed_ = false;
  gone_on_for_ = 0;
  touched_ = access_sets::empty;
}

/// What the step made from the last position touched is all known now. False if it was something
/// else before.
bool graph_search::end_step() {
  if (depth_ != path_.size()) return true;
  auto& at = path_.back();
  if (at.known && at.touched != touched_) return false;
  at.touched = touched_;
  at.known = true;
  return true;
}

bool graph_search::goes_on(int thread, footprint next, const lockset& held) {
  // Choices end a step, so each comes with the step before it. And there is a state where this
  // execution was taken up.
  if (chosen_ || resumed_ || diverged_ || gone_on_for_ == longest_block || depth_ == 1)
    return false;
  if (!graph_.sets().rely_on(thread, next, held)) return false;
  gone_on_ = true;
  ++gone_on_for_;
  return true;
}

int graph_search::pick(const moment& now) {
  if (good_for_nothing()) return -1;
  if (!end_step()) diverged_ = true;
  if (diverged_) return -1;
  if (depth_ < path_.size()) {
    const auto node = path_[depth_].node;
    if (node != state_graph::nowhere && graph_.at(node).key != now.merged_key) diverged_ = true;
    const int thread = path_[depth_++].thread;
    if ((now.enabled >> thread & 1) == 0) diverged_ = true;
    begin_step();
    return diverged_ ? -1 : thread;
  }
  const auto [node, fresh] = graph_.arrive(path_.back().node, last_step(), now, worker_);
  if (!fresh) {
    arrived_ = true;
    return -1;
  }
  const int thread = __builtin_ctz(graph_.at(node).begun);
  path_.push_back({node, thread, access_sets::empty, false});
  ++depth_;
  begin_step();
  return thread;
}

/// The step made from the last position, which has ended.
state_graph::step graph_search::last_step() {
  values_.clear();
  for (auto at = choices_.rbegin(); at != choices_.rend() && at->depth == path_.size(); ++at) {
    values_.push_back(at->value);
  }
  std::ranges::reverse(values_);
  return {path_.back().thread, path_.back().touched, values_};
}

unsigned graph_search::choose(int /*thread*/, unsigned alternatives) {
  const auto count = static_cast<std::uint8_t>(alternatives);
  chosen_ = true;
  if (choices_seen_ == choices_.size()) choices_.push_back({path_.size(), 0, count});
  auto& point = choices_[choices_seen_++];
  if (point.alternatives == 0) point.alternatives = count;  // on the way to where work was found
  if (point.alternatives != count) diverged_ = true;
  return std::min<unsigned>(point.value, alternatives - 1);
}

void graph_search::executed(int thread, footprint touched, const lockset& held) {
  // On the way to where work was found, what is touched is known to the graph.
  if (depth_ != path_.size()) return;
  const auto set = graph_.sets().of_step(thread, touched, held);
  if (gone_on_) graph_.sets().keep_to_it(set);
  touched_ = graph_.sets().unite(touched_, set);
}

bool graph_search::end_execution(outcome how, std::span<const blocked_thread> blocked) {
  if (good_for_nothing()) return true;
  if (depth_ != path_.size() || !end_step()) diverged_ = true;
  if (diverged_) return true;
  if (keep_) keep_(how);
  if (!arrived_) {
    // What threads wait for at the end counts as if they had come to do it.
    auto waiting = access_sets::empty;
    if (how == outcome::stuck) {
      for (const auto& [thread, item, held] : blocked) {
        waiting = graph_.sets().unite(waiting, graph_.sets().of_step(thread, {&item, 1}, held));
      }
    }
    graph_.end(path_.back().node, last_step(), waiting);
  }
  own_path_ = true;
  const bool more = backtrack();
  common_ = own_path_ ? static_cast<int>(path_.size()) - 2 : -1;
  return !more;
}

/// Goes back to where something is left to explore. False if nothing is on this path.
bool graph_search::backtrack() {
  for (;;) {
    if (next_choice()) return true;
    auto& at = path_.back();
    graph_.finish(at.node, at.thread);
    for (;;) {
      const int thread = graph_.claim(at.node);
      if (thread >= 0) {
        at = {at.node, thread, access_sets::empty, false};
        return true;
      }
      if (graph_.leave(at.node, worker_)) break;
    }
    path_.pop_back();
    if (path_.size() == own_from_) return find_work();
  }
}

/// Moves the last choice made after the last step on to its next value.
bool graph_search::next_choice() {
  while (!choices_.empty() && choices_.back().depth == path_.size()) {
    auto& last = choices_.back();
    if (++last.value < last.alternatives) return true;
    choices_.pop_back();
  }
  return false;
}

}  // namespace checker::explore
