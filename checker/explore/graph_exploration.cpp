// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/graph_exploration.hpp"

#include <utility>

#include "checker/explore/graph_crew.hpp"
#include "checker/explore/graph_search.hpp"
#include "checker/explore/rehearsal.hpp"

namespace checker::explore {
namespace {

/// What is smaller is done before other processes could help.
constexpr std::uint64_t steps_alone = 50'000;

}  // namespace

graph_exploration::graph_exploration(program& subject, execution& engine,
                                     std::shared_ptr<lock_numbers> numbers, asked how)
    : engine_(engine), how_(std::move(how)), graph_(how_.max_bytes, how_.bit_locks_order) {
  rehearse(subject, std::move(numbers));
}

void graph_exploration::rehearse(program& subject, std::shared_ptr<lock_numbers> numbers) {
  constexpr std::uint64_t most_steps = 5'000;
  execution engine(subject, data_race_policy::off, most_steps, how_.bit_locks_order,
                   std::move(numbers));
  rehearsal learning(graph_.guide(), graph_.sets());
  engine.explore(learning, [](outcome) { return false; });
  graph_.guide().finish();
}

graph_exploration::ending graph_exploration::run() {
  const auto how = run_alone(how_.jobs > 1);
  if (how != ending::stopped || !handed_over_) return how;
  return run_together();
}

graph_exploration::ending graph_exploration::run_alone(bool first_of_many) {
  graph_search search(graph_);
  const auto most = engine_.counters().steps + steps_alone;
  bool stopped = false, violated = false;
  for (;;) {
    while (!stopped && search.find_work()) {
      engine_.explore(search, [&](outcome how) {
        violated |= engine_.violation().has_value();
        stopped = how_.after_each(how) || graph_.full();
        // Where there is a violation, this process finds and counts them alone.
        if (!stopped && first_of_many && !violated && engine_.counters().steps >= most) {
          handed_over_ = stopped = true;
        }
        return stopped;
      });
      if (search.diverged()) return ending::diverged;
      steps_ = engine_.counters().steps;
      depth_ = engine_.counters().depth;
    }
    if (stopped) return graph_.full() ? ending::full : ending::stopped;
    if (graph_.closed() && (!engine_.states_may_recur() || graph_.close_cycles())) {
      return ending::complete;
    }
  }
}

graph_exploration::ending graph_exploration::run_together() {
  graph_.closed();  // gives back what this process had begun
  graph_crew crew(
      graph_, engine_, how_.jobs,
      [this](std::uint64_t steps) {
        steps_ = steps;
        return how_.keep_going();
      },
      [this](const crew_message& message) { hear(message); });
  const auto how = crew.run();
  steps_ = crew.steps();
  depth_ = crew.depth();
  cut_ = crew.cut();
  if (closes_cycle_) return ending::to_be_repeated;
  switch (how) {
    case graph_crew::ending::complete:
      return ending::complete;
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

void graph_exploration::hear(const crew_message& message) {
  if (const auto* const race = std::get_if<0>(&message)) {
    engine_.races().add(race->first, race->second);
  } else if (engine_.learn_order(std::get<1>(message))) {
    closes_cycle_ = true;
  }
}

}  // namespace checker::explore
