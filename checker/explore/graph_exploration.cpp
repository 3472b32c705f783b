// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/graph_exploration.hpp"

#include <algorithm>
#include <utility>

#include "checker/explore/checkpoint.hpp"
#include "checker/explore/graph_crew.hpp"
#include "checker/explore/graph_search.hpp"
#include "checker/explore/preemption_search.hpp"
#include "checker/explore/rehearsal.hpp"
#include "checker/trace/atomic_file.hpp"

namespace checker::explore {
graph_exploration::graph_exploration(program& subject, execution& engine,
                                     std::shared_ptr<lock_numbers> numbers, asked how)
    : engine_(engine),
      how_(std::move(how)),
      graph_(how_.max_bytes, how_.bit_locks_order, engine.merged_threads()),
      numbers_(std::move(numbers)) {
  const auto& plan = how_.checkpoint;
  if (plan.resume && std::filesystem::exists(plan.path)) {
    load(*numbers_);
  } else {
    graph_.sets().learn(how_.learned);
  }
  rehearse(subject);
  if (how_.estimate) {
    survey_ = std::make_unique<graph_survey>(graph_, subject, engine_, *numbers_,
                                             how_.bit_locks_order, how_.blocks);
  }
}

void graph_exploration::rehearse(program& subject) {
  constexpr std::uint64_t most_steps = 5'000;
  execution engine(subject, data_race_policy::off, most_steps, how_.bit_locks_order, numbers_);
  if (!engine_.merged_threads().empty()) engine.merge_threads();
  engine.let_adds_commute(engine_.adds_commute());
  rehearsal learning(graph_.guide(), graph_.sets());
  engine.explore(learning, [](outcome) { return false; });
  graph_.guide().finish();
}

// ---- Checkpoints -------------------------------------------------------------------------------

void graph_exploration::load(lock_numbers& numbers) {
  const auto notes =
      load_checkpoint(how_.checkpoint.path, how_.checkpoint.identity, graph_, numbers);
  steps_ = steps_before_ = notes.steps;
  depth_ = notes.depth;
  cut_ = notes.cut;
  states_may_recur_ = notes.states_may_recur;
  for (const auto& message : notes.found) hear(message);
  resumed_ = true;
}

/// As often as asked, but not for more than a twentieth of the time.
bool graph_exploration::save_is_due() const {
  const double since = seconds_since(saved_);
  return !how_.checkpoint.path.empty() && since >= how_.checkpoint.every_seconds &&
         since >= 20 * save_seconds_;
}

void graph_exploration::save() {
  // Such a graph is good for nothing, or not all there.
  if (graph_.sets().broken() || graph_.full()) return;
  if (how_.bit_locks_order && engine_.released_for_others()) return;
  const auto start = clock::now();
  checkpoint_notes notes;
  notes.identity = how_.checkpoint.identity;
  notes.steps = steps_;
  notes.depth = depth_;
  notes.cut = cut_;
  notes.bit_locks_order = how_.bit_locks_order;
  notes.threads_merged = !engine_.merged_threads().empty();
  notes.states_may_recur = states_may_recur_ || engine_.states_may_recur();
  for (const auto& race : engine_.races().races()) notes.found.emplace_back(race);
  for (const auto& edge : engine_.order().edges()) notes.found.emplace_back(edge);
  try {
    save_checkpoint(how_.checkpoint.path, notes, graph_, *numbers_);
    checkpoint_failure_.clear();
  } catch (const trace::file_error& error) {
    checkpoint_failure_ = error.what();
  }
  saved_ = clock::now();
  save_seconds_ = seconds_since(start);
}

// ---- Exploring ---------------------------------------------------------------------------------

graph_exploration::ending graph_exploration::run() {
  if (how_.max_preemptions) return run_bounded();
  auto how = run_alone(how_.jobs > 1);
  if (how == ending::stopped && handed_over_) how = run_together();
  // A cycle in the lock order of several processes, or of one before and after a checkpoint.
  if (closes_cycle_ || (resumed_ && engine_.inversion())) return ending::to_be_repeated;
  // After a violation there is nothing to go on with: it would not be met again.
  if (how == ending::stopped && !violated_ && !how_.checkpoint.path.empty()) save();
  return how;
}

graph_exploration::ending graph_exploration::run_alone(bool first_of_many) {
  constexpr std::uint64_t steps_between_looks = 10'000;
  graph_search search(graph_, how_.blocks);
  auto next_look = engine_.counters().steps + steps_between_looks;
  bool stopped = false;
  for (;;) {
    while (!stopped && search.find_work()) {
      engine_.explore(search, [&](outcome how) {
        violated_ |= engine_.violation().has_value();
        const auto steps = engine_.counters().steps;
        steps_ = steps_before_ + steps;
        depth_ = std::max(depth_, engine_.counters().depth);
        stopped = how_.after_each(how) || graph_.full() || (violated_ && resumed_) ||
                  graph_.sets().broken();
        // Where there is a violation, this process finds and counts them alone.
        if (!stopped && first_of_many && !violated_ && steps >= how_.steps_alone) {
          handed_over_ = stopped = true;
        }
        if (steps >= next_look && !violated_ && !stopped) {
          next_look = steps + steps_between_looks;
          // Whoever takes a walk through the graph is to see what is known by now.
          search.tell_path();
          if (save_is_due()) save();
        }
        return stopped;
      });
      if (graph_.sets().broken()) return ending::restart;
      if (search.diverged()) return ending::diverged;
    }
    if (violated_ && resumed_) return ending::to_be_repeated;
    if (stopped) return graph_.full() ? ending::full : ending::stopped;
    if (graph_.closed() && (!states_may_recur() || graph_.close_cycles())) {
      graph_.sets().settle_reliance();
      return graph_.sets().broken() || cycles_of_merged() ? ending::restart : ending::complete;
    }
  }
}

graph_exploration::ending graph_exploration::run_bounded() {
  preemption_search search(graph_, *how_.max_preemptions);
  bool stopped = false;
  for (;;) {
    while (!stopped && search.find_work()) {
      engine_.explore(search, [&](outcome how) {
        steps_ = engine_.counters().steps;
        depth_ = engine_.counters().depth;
        stopped = how_.after_each(how) || graph_.full();
        return stopped;
      });
      if (search.diverged()) return ending::diverged;
    }
    if (stopped) return graph_.full() ? ending::full : ending::stopped;
    if (graph_.closed() && (!states_may_recur() || graph_.close_cycles())) return ending::complete;
    left_out_ = !search.has_work();
    if (left_out_) return ending::complete;
  }
}

graph_exploration::ending graph_exploration::run_together() {
  graph_.closed();  // gives back what this process had begun
  const graph_crew* at_work = nullptr;
  graph_crew crew(
      graph_, engine_, how_.jobs, how_.blocks,
      {[this, &at_work](std::uint64_t steps) {
         steps_ = steps_before_ + steps;
         executions_ = at_work->executions();
         return how_.keep_going();
       },
       [this](const crew_message& message) { hear(message); }, [this] { return save_is_due(); },
       [this, &at_work] {
         hear(*at_work);
         save();
       },
       how_.bit_locks_order},
      states_may_recur());
  at_work = &crew;
  const auto how = crew.run();
  steps_ = steps_before_ + crew.steps();
  hear(crew);
  workers_lost_ = crew.deaths();
  switch (how) {
    case graph_crew::ending::complete:
      return cycles_of_merged() ? ending::restart : ending::complete;
    case graph_crew::ending::violation:
      return ending::to_be_repeated;
    case graph_crew::ending::restart:
      return ending::restart;
    case graph_crew::ending::stopped:
      return ending::stopped;
    case graph_crew::ending::full:
      return ending::full;
    case graph_crew::ending::failed:
      failure_ = crew.failure();
      return ending::failed;
  }
  return ending::failed;
}

/// What workers have seen that no message says.
void graph_exploration::hear(const graph_crew& crew) {
  depth_ = std::max(depth_, crew.depth());
  cut_ |= crew.cut();
  states_may_recur_ |= crew.states_may_recur();
}

void graph_exploration::hear(const crew_message& message) {
  if (const auto* const race = std::get_if<0>(&message)) {
    engine_.races().add(race->first, race->second);
  } else if (const auto* const reached = std::get_if<coverage>(&message)) {
    merge(reached_by_others_, *reached);
  } else if (engine_.learn_order(std::get<1>(message))) {
    closes_cycle_ = true;
  }
}

}  // namespace checker::explore
