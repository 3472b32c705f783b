// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/preemption_search.hpp"

#include <algorithm>

namespace checker::explore {
// ---- Preemptions -------------------------------------------------------------------------------

/// Of the thread's step at the state, with those on the way there; `never` if nobody came there.
unsigned preemption_search::cost_of(node_number node, int thread) const {
  if (node == state_graph::origin) return 0;
  unsigned least = never;
  for (int last = 0; last < state_graph::max_threads; ++last) {
    const unsigned before = least_[node][static_cast<std::size_t>(last)];
    if (before == never) continue;
    const bool preempted = last != thread && (graph_.at(node).enabled & only(last)) != 0;
    least = std::min(least, before + (preempted ? 1 : 0));
  }
  return least;
}

/// A thread to explore at the state, of those that the bound allows; -1: none.
int preemption_search::thread_within(node_number node) const {
  const auto& where = graph_.at(node);
  for (thread_set open = where.wanted & ~where.begun; open != 0; open &= open - 1) {
    const int thread = __builtin_ctz(open);
    if (cost_of(node, thread) <= most_) return thread;
  }
  return -1;
}

int preemption_search::claim_within(node_number node) {
  const int thread = thread_within(node);
  if (thread >= 0) graph_.at(node).begun |= static_cast<std::uint8_t>(only(thread));
  return thread;
}

/// Notes the state if it has a step to explore that the bound allows.
void preemption_search::offer(node_number node) {
  if (thread_within(node) >= 0) open_.push_back(node);
}

/// The state was come to with so many preemptions; what follows may now need fewer, too.
void preemption_search::improve(node_number node, int last, unsigned cost) {
  const auto lower = [&](node_number at, int thread, unsigned to) {
    auto& known = least_[at][static_cast<std::size_t>(thread)];
    to = std::min<unsigned>(to, never - 1);
    if (known <= to) return;
    known = static_cast<std::uint8_t>(to);
    improved_.push_back({at, static_cast<std::uint8_t>(thread)});
  };
  lower(node, last, cost);
  while (!improved_.empty()) {
    const auto at = improved_.back();
    improved_.pop_back();
    const unsigned before = least_[at.node][at.last];
    for (auto each = outgoing_[at.node]; each != 0; each = next_outgoing_[each]) {
      const auto& by = graph_.step_at(each);
      if (!by.goes_on()) continue;
      const auto thread = static_cast<int>(graph_.label_of(by).thread);
      const bool preempted = thread != at.last && (graph_.at(at.node).enabled & only(at.last)) != 0;
      lower(by.target, thread, before + (preempted ? 1 : 0));
    }
    offer(at.node);
  }
}

void preemption_search::note_outgoing(edge_number added) {
  next_outgoing_.resize(graph_.edges());
  outgoing_.resize(graph_.size().nodes);
  auto unreached = costs();
  unreached.fill(never);
  least_.resize(graph_.size().nodes, unreached);
  const auto source = graph_.step_at(added).source;
  next_outgoing_[added] = outgoing_[source];
  outgoing_[source] = added;
}

/// States at which races want further threads by now.
void preemption_search::gather() {
  for (auto node = graph_.take_ready(); node != state_graph::nowhere; node = graph_.take_ready()) {
    offer(node);
  }
}

bool preemption_search::has_work() {
  gather();
  return std::ranges::any_of(open_, [this](node_number node) { return thread_within(node) >= 0; });
}

bool preemption_search::find_work() {
  common_ = -1;
  if (path_.empty() && graph_.edges() == 1) {
    least_.resize(1);
    outgoing_.resize(1);
    go_to(state_graph::origin, graph_.claim(state_graph::origin));
    return true;
  }
  for (gather(); !open_.empty(); open_.pop_back()) {
    const auto node = open_.back();
    const int thread = claim_within(node);
    if (thread < 0) continue;
    go_to(node, thread);
    return true;
  }
  return false;
}

/// Makes the path lead to the step. What it has in common with the last one is not walked again.
void preemption_search::go_to(node_number node, int thread) {
  std::vector<position> path;
  std::vector<choice_point> choices;
  std::vector<node_number> nodes;
  for (auto at = node; at != state_graph::origin;) {
    nodes.push_back(at);
    at = graph_.discovery(at).source;
  }
  nodes.push_back(state_graph::origin);
  for (std::size_t i = nodes.size() - 1; i > 0; --i) {
    const auto& by = graph_.discovery(nodes[i - 1]);
    path.push_back({nodes[i], static_cast<int>(graph_.label_of(by).thread),
                    graph_.label_of(by).touched, false, false});
    for (const auto value : graph_.choices_of(by)) choices.push_back({path.size(), value, 0});
  }
  path.push_back({node, thread, access_sets::empty, false, true});
  std::size_t same = 0;
  const auto same_step = [](const position& a, const position& b) {
    return a.node == b.node && a.thread == b.thread;
  };
  while (same < path_.size() && same < path.size() && same_step(path_[same], path[same])) ++same;
  // The choices made after the last common step may differ: that step is made again.
  const auto choices_until = [](const std::vector<choice_point>& all, std::size_t depth) {
    std::vector<std::uint8_t> values;
    for (const auto& each : all) {
      if (each.depth <= depth) values.push_back(each.value);
    }
    return values;
  };
  while (same > 0 && choices_until(choices_, same) != choices_until(choices, same)) --same;
  // Position i is passed by pick i - 1, but for the start, which is no pick.
  common_ = path_.empty() ? -1 : static_cast<int>(std::min(same, path.size() - 1)) - 1;
  path_ = std::move(path);
  choices_ = std::move(choices);
}

// ---- One execution -----------------------------------------------------------------------------

void preemption_search::begin_execution() {
  depth_ = 1;  // the origin's step is the start itself
  choices_seen_ = 0;
  arrived_ = false;
}

void preemption_search::resume_execution(int picks) {
  depth_ = static_cast<std::size_t>(picks) + 1;
  arrived_ = false;
  choices_seen_ = 0;
  while (choices_seen_ < choices_.size() && choices_[choices_seen_].depth <= depth_) {
    ++choices_seen_;
  }
}

int preemption_search::pick(const moment& now) {
  if (diverged_ || graph_.full()) return -1;
  if (depth_ < path_.size()) {
    if (graph_.at(path_[depth_].node).key != now.merged_key) diverged_ = true;
    const int thread = path_[depth_++].thread;
    if ((now.enabled >> thread & 1) == 0) diverged_ = true;
    return diverged_ ? -1 : thread;
  }
  const auto added = graph_.edges();
  const auto source = path_.back().node;
  const int last = path_.back().thread;
  const unsigned cost = cost_of(source, last);
  const auto [node, fresh] = graph_.arrive(source, last_step(), now, 0);
  note_outgoing(added);
  if (fresh) {
    auto& where = graph_.at(node);
    where.begun = 0;  // its first thread may need too many preemptions
    where.owner = 0;  // what is learned about it goes up at once
  }
  if (source == state_graph::origin) {
    least_[node].fill(0);  // the start is made by no thread: none is preempted
    offer(node);
  } else {
    improve(node, last, cost);
  }
  // Where a known state has now more to explore, this is the shortest way there.
  const int thread = claim_within(node);
  if (thread < 0) {
    arrived_ = true;
    return -1;
  }
  path_.push_back({node, thread, access_sets::empty, false, true});
  ++depth_;
  return thread;
}

/// The step made from the last position, which has ended.
state_graph::step preemption_search::last_step() {
  values_.clear();
  for (auto at = choices_.rbegin(); at != choices_.rend() && at->depth == path_.size(); ++at) {
    values_.push_back(at->value);
  }
  std::ranges::reverse(values_);
  return {path_.back().thread, path_.back().touched, values_};
}

unsigned preemption_search::choose(int /*thread*/, unsigned alternatives) {
  const auto count = static_cast<std::uint8_t>(alternatives);
  if (choices_seen_ == choices_.size()) choices_.push_back({path_.size(), 0, count});
  auto& point = choices_[choices_seen_++];
  if (point.alternatives == 0) point.alternatives = count;  // on the way to where work was found
  if (point.alternatives != count) diverged_ = true;
  return std::min<unsigned>(point.value, alternatives - 1);
}

void preemption_search::executed(int thread, footprint touched, const lockset& held) {
  if (depth_ != path_.size()) return;
  auto& at = path_.back();
  const auto set = graph_.sets().of_step(thread, touched, held);
  if (at.known && at.touched != set) diverged_ = true;
  at.touched = set;
  at.known = true;
}

bool preemption_search::end_execution(outcome how, std::span<const blocked_thread> blocked) {
  if (graph_.full()) return true;
  if (depth_ != path_.size()) diverged_ = true;
  if (diverged_) return true;
  if (!arrived_) {
    // What threads wait for at the end counts as if they had come to do it.
    auto waiting = access_sets::empty;
    if (how == outcome::stuck) {
      for (const auto& [thread, item, held] : blocked) {
        waiting = graph_.sets().unite(waiting, graph_.sets().of_step(thread, {&item, 1}, held));
      }
    }
    const auto added = graph_.edges();
    graph_.end(path_.back().node, last_step(), waiting);
    note_outgoing(added);
  }
  return !backtrack();
}

/// Goes back to where a step is left that the bound allows. False if there is none.
bool preemption_search::backtrack() {
  for (;;) {
    if (next_choice()) break;
    auto& at = path_.back();
    if (!at.in_work) return find_work();
    graph_.finish(at.node, at.thread);
    const int thread = claim_within(at.node);
    if (thread >= 0) {
      at = {at.node, thread, access_sets::empty, false, true};
      break;
    }
    if (path_.size() == 1 || !path_[path_.size() - 2].in_work) return find_work();
    path_.pop_back();
  }
  common_ = static_cast<int>(path_.size()) - 2;
  return true;
}

/// Moves the last choice made after the last step on to its next value.
bool preemption_search::next_choice() {
  while (!choices_.empty() && choices_.back().depth == path_.size()) {
    auto& last = choices_.back();
    if (++last.value < last.alternatives) return true;
    choices_.pop_back();
  }
  return false;
}

}  // namespace checker::explore
