// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/livelock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checker/explore/counterexample.hpp"
#include "checker/explore/fair_cycles.hpp"

namespace checker::explore {
namespace {

/// Each of them takes a replay to be looked at.
constexpr std::size_t most_candidates = 64;

/// Follows steps of a graph, and gives up where they end.
class graph_walk final : public strategy {
 public:
  graph_walk(const state_graph& graph, const fair_cycles::walk& walk)
      : graph_(graph), walk_(walk.prefix), round_(walk.prefix.size()) {
    walk_.insert(walk_.end(), walk.round.begin(), walk.round.end());
  }

  bool wants_keys() const override { return true; }
  void begin_execution() override { enter(0); }

  int pick(const moment& now) override {
    if (lost_) return -1;
    // A step of the graph may take several of the program's.
    if (now.key == graph_.at(graph_.step_at(walk_[at_]).target).key) {
      if (values_seen_ != values_.size()) lost_ = true;
      enter(at_ + 1);
      if (at_ == round_) repeats_from_ = decisions_;
      if (at_ == walk_.size()) {
        done_ = true;
        return -1;
      }
    } else if (at_ == 0) {
      lost_ = true;
    }
    const auto thread = static_cast<int>(graph_.label_of(graph_.step_at(walk_[at_])).thread);
    if ((now.enabled >> thread & 1) == 0) lost_ = true;
    ++decisions_;
    return lost_ ? -1 : thread;
  }

  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}

  unsigned choose(int /*thread*/, unsigned alternatives) override {
    ++decisions_;
    if (values_seen_ == values_.size() || values_[values_seen_] >= alternatives) {
      lost_ = true;
      return 0;
    }
    return values_[values_seen_++];
  }

  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    return true;
  }

  bool done() const { return done_; }
  std::size_t repeats_from() const { return repeats_from_; }

 private:
  void enter(std::size_t step) {
    at_ = step;
    values_seen_ = 0;
    values_.clear();
    if (step < walk_.size()) values_ = graph_.choices_of(graph_.step_at(walk_[step]));
  }

  const state_graph& graph_;
  std::vector<state_graph::edge_number> walk_;
  std::size_t round_;  ///< where it begins, in walk_
  std::size_t at_ = 0, decisions_ = 0, repeats_from_ = 0, values_seen_ = 0;
  std::vector<std::uint8_t> values_;
  bool lost_ = false, done_ = false;
};

bool is_decision(const trace::step& step) {
  return step.kind != trace::step_kind::begin && step.kind != trace::step_kind::end;
}

}  // namespace

// ---- Replay ------------------------------------------------------------------------------------

int endless_replay::pick(const moment& now) {
  if (decisions_ == schedule_.repeats_from && inner_.divergence().empty()) {
    in_round_ = true;
    start_ = now.key;
    waits_for_lock_ = now.live;
    holders_.fill(~thread_set{0});
  }
  if (in_round_ && decisions_ == schedule_.decisions.size() && inner_.divergence().empty()) {
    conclude(now);
    return -1;
  }
  const int picked = inner_.pick(now);
  if (picked < 0) return picked;
  ++decisions_;
  if (in_round_) {
    look_at(now);
    ran_ |= thread_set{1} << picked;
    ++steps_;
  }
  return picked;
}

void endless_replay::look_at(const moment& now) {
  enabled_ |= now.enabled;
  for (std::size_t i = 0; i < holders_.size(); ++i) {
    if (now.holders[i] == 0) waits_for_lock_ &= ~(thread_set{1} << i);
    holders_[i] &= now.holders[i];
  }
}

unsigned endless_replay::choose(int thread, unsigned alternatives) {
  const unsigned value = inner_.choose(thread, alternatives);
  ++decisions_;
  if (in_round_ && value != 0) other_value_ = true;
  return value;
}

void endless_replay::conclude(const moment& now) {
  refusal_ = now.key == start_ ? objection()
                               : "the state after the steps that repeat is not the one before them";
  if (!refusal_.empty()) return;
  for (std::size_t i = 0; i < holders_.size(); ++i) {
    if ((waits_for_lock_ >> i & 1) == 0 || holders_[i] != 0) continue;
    refusal_ = fmt::format("thread {} waits for a lock that nobody holds all along", i);
    only_handed_on_ = true;
    return;
  }
  round_ = {ran_, steps_};
}

std::string endless_replay::objection() const {
  if (steps_ == 0) return "no step repeats";
  if (other_value_) return "a choice among the steps that repeat is not 0";
  for (int i = 0; i < static_cast<int>(holders_.size()); ++i) {
    const auto self = thread_set{1} << i;
    if ((enabled_ & ~ran_ & self) != 0) {
      return fmt::format("thread {} can run while these steps repeat, and does not", i);
    }
  }
  return {};
}

bool endless_replay::end_execution(outcome how, std::span<const blocked_thread> blocked) {
  inner_.end_execution(how, blocked);
  if (inner_.divergence().empty() && refusal_.empty() && round_.steps == 0) {
    refusal_ = "the execution ended before the steps that repeat";
  }
  return true;
}

// ---- From the graph ----------------------------------------------------------------------------

namespace {

std::optional<endless_schedule> schedule_of(const state_graph& graph, const fair_cycles::walk& walk,
                                            execution& engine) {
  graph_walk guide(graph, walk);
  engine.explore(guide, [](outcome) { return true; });
  if (!guide.done()) return std::nullopt;
  return endless_schedule{engine.decisions(), guide.repeats_from()};
}

}  // namespace

livelock_findings find_livelock(const state_graph& graph, execution& engine,
                                const std::string& search) {
  livelock_findings findings;
  const fair_cycles cycles(graph);
  const auto walks = cycles.walks(most_candidates);
  for (const auto& walk : walks) {
    const auto schedule = schedule_of(graph, walk, engine);
    if (!schedule) {
      findings.failure =
          "a cycle of states could not be followed: the program is not deterministic";
      return findings;
    }
    engine.record(true);
    endless_replay guide(*schedule);
    engine.explore(guide, [](outcome) { return true; });
    if (guide.divergence().empty()) {
      findings.found = to_document(engine, search);
      mark_repeating(*findings.found, schedule->repeats_from);
    }
    engine.record(false);
    if (findings.found) return findings;
    if (!guide.only_handed_on()) {
      findings.failure = "a cycle of states did not repeat: " + guide.divergence();
      return findings;
    }
  }
  if (!walks.empty()) {
    findings.undecided =
        "a loop in which a lock is handed on while a thread waits for it: whether that gets its "
        "turn is not decided";
  } else if (cycles.only_with_other_values()) {
    findings.undecided =
        "a loop that ends unless choices come out other than 0 over and over again: whether it is "
        "a livelock is not decided";
  }
  return findings;
}

// ---- Traces ------------------------------------------------------------------------------------

endless_schedule endless_schedule_of(const trace::document& document) {
  endless_schedule schedule{document.schedule, 0};
  const auto first = document.result.repeats->first;
  schedule.repeats_from = static_cast<std::size_t>(
      std::count_if(document.steps.begin(), document.steps.begin() + first, is_decision));
  return schedule;
}

void mark_repeating(trace::document& recorded, std::size_t repeats_from) {
  std::size_t decisions = 0;
  for (const auto& step : recorded.steps) {
    if (!is_decision(step)) continue;
    if (decisions++ != repeats_from) continue;
    recorded.result.repeats = {step.index, static_cast<int>(recorded.steps.size()) - 1};
    return;
  }
}

}  // namespace checker::explore
