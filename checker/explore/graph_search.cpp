// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/graph_search.hpp"

#include <algorithm>

namespace checker::explore {

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
}

void graph_search::resume_execution(int picks) {
  depth_ = static_cast<std::size_t>(picks) + 1;
  arrived_ = false;
  choices_seen_ = 0;
  while (choices_seen_ < choices_.size() && choices_[choices_seen_].depth <= depth_) {
    ++choices_seen_;
  }
}

int graph_search::pick(const moment& now) {
  if (diverged_) return -1;
  if (depth_ < path_.size()) {
    const auto node = path_[depth_].node;
    if (node != state_graph::nowhere && graph_.at(node).key != now.key) diverged_ = true;
    const int thread = path_[depth_++].thread;
    if ((now.enabled >> thread & 1) == 0) diverged_ = true;
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
  if (choices_seen_ == choices_.size()) choices_.push_back({path_.size(), 0, count});
  auto& point = choices_[choices_seen_++];
  if (point.alternatives == 0) point.alternatives = count;  // on the way to where work was found
  if (point.alternatives != count) diverged_ = true;
  return std::min<unsigned>(point.value, alternatives - 1);
}

void graph_search::executed(int thread, footprint touched, const lockset& held) {
  if (depth_ != path_.size()) return;
  auto& at = path_.back();
  const auto set = graph_.sets().of_step(thread, touched, held);
  if (at.known && at.touched != set) diverged_ = true;
  at.touched = set;
  at.known = true;
}

bool graph_search::end_execution(outcome how, std::span<const blocked_thread> blocked) {
  if (depth_ != path_.size()) diverged_ = true;
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
