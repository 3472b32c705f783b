// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/violation_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checker/explore/counterexample.hpp"
#include "checker/explore/guided.hpp"

namespace checker::explore {
namespace {

constexpr int shorten_attempts = 400;
constexpr std::chrono::seconds longest_after_violation{10};

/// Whether a deadlock that was found waits for both classes of the edge.
bool deadlocked_by(const raw_lock_edge& edge, const std::vector<violation_group>& found) {
  const auto waits_for = [](const violation_group& group, const std::string& lock_class) {
    const auto& waits = group.counterexample.result.waits;
    return std::ranges::find(waits, lock_class, &trace::wait::lock_class) != waits.end();
  };
  return std::ranges::any_of(found, [&](const violation_group& group) {
    return group.kind == "deadlock" && waits_for(group, edge.from_class) &&
           waits_for(group, edge.to_class);
  });
}

}  // namespace

void violation_log::note() {
  const auto& found = *engine_.violation();
  auto known = std::ranges::find(kinds_, found.kind, &found_kind::kind);
  if (known == kinds_.end()) {
    kinds_.push_back({found.kind, found.message, 0, engine_.decisions(), engine_.choices(), {}});
    known = kinds_.end() - 1;
    known->cost = cost_of(known->schedule);
    if (first_at_ == 0) {
      first_at_ = engine_.counters().executions;
      first_time_ = std::chrono::steady_clock::now();
    }
  } else if (engine_.steps() <= known->cost.steps) {
    auto schedule = engine_.decisions();
    const auto cost = cost_of(schedule);
    if (cost < known->cost) {
      known->schedule = std::move(schedule);
      known->choices = engine_.choices();
      known->cost = cost;
    }
  }
  ++known->executions;
}

bool violation_log::satisfied(std::uint64_t executions) const {
  return first_at_ != 0 &&
         (executions - first_at_ >= how_.after_violation ||
          std::chrono::steady_clock::now() - first_time_ >= longest_after_violation);
}

std::vector<violation_group> violation_log::take_counterexamples() {
  std::vector<violation_group> groups;
  for (auto& kind : kinds_) groups.push_back(counterexample(std::move(kind)));
  kinds_.clear();
  return groups;
}

/// Replays the schedule at once, which shows that it repeats, then shortens and records it.
violation_group violation_log::counterexample(found_kind found) {
  violation_group group;
  group.kind = found.kind;
  group.executions = found.executions;
  if (!repeats(found, group.divergence)) {
    group.repeats = false;
  } else if (how_.minimize) {
    found.schedule = shorten(engine_, std::move(found.schedule), std::move(found.choices),
                             found.kind, shorten_attempts, how_.stop);
  }
  engine_.record(true);
  exact_replay guide(found.schedule);
  engine_.explore(guide, [](outcome) { return true; });
  group.counterexample = to_document(engine_, search_);
  engine_.record(false);
  auto& shown = group.counterexample.result;
  if (shown.kind != found.kind) {
    // What the recorded execution came to instead is told by `divergence`.
    if (group.repeats) group.divergence = "the recorded replay did not end in it";
    group.repeats = false;
    shown = {};
    shown.kind = found.kind;
    shown.message = fmt::format("{} (it did not repeat: {})", found.message, group.divergence);
    shown.thread = shown.step = -1;
  }
  return group;
}

bool violation_log::repeats(const found_kind& found, std::string& divergence) {
  exact_replay guide(found.schedule);
  engine_.explore(guide, [](outcome) { return true; });
  divergence = guide.divergence();
  if (!divergence.empty()) return false;
  if (engine_.violation() && engine_.violation()->kind == found.kind) return true;
  divergence = engine_.violation()
                   ? "the replay ended in another violation: " + engine_.violation()->kind
                   : "the replay ended without a violation";
  return false;
}

void violation_log::add_inversion(std::vector<violation_group>& found) {
  if (!engine_.inversion()) return;
  const auto inversion = *engine_.inversion();
  if (deadlocked_by(engine_.order().edges()[inversion.edges_before], found)) return;
  std::vector<trace::lock_edge> known;
  for (std::size_t i = 0; i < inversion.edges_before; ++i) {
    known.push_back(to_lock_edge(engine_.order().edges()[i]));
  }
  violation_group group;
  group.kind = "lock-order";
  group.executions = 1;
  group.counterexample = replay_inversion(inversion.schedule, known);
  if (group.counterexample.result.kind != group.kind) {
    group.repeats = false;
    group.divergence = "the replay did not close the cycle";
  }
  found.push_back(std::move(group));
}

trace::document violation_log::replay_inversion(const std::vector<trace::decision>& schedule,
                                                const std::vector<trace::lock_edge>& known) {
  engine_.restart_order(known);
  engine_.record(true);
  exact_replay guide(schedule);
  engine_.explore(guide, [](outcome) { return true; });
  auto document = to_document(engine_, search_);
  restore_stacks(document, known);
  engine_.record(false);
  return document;
}

}  // namespace checker::explore
