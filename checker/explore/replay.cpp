// SPDX-License-Identifier: GPL-2.0-only
#include "checker/detect/crash.hpp"
#include "checker/explore/counterexample.hpp"
#include "checker/explore/explore.hpp"
#include "checker/explore/guided.hpp"
#include "checker/explore/livelock.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"

namespace checker::explore {

replay_result replay(program& subject, const trace::document& original, const options& how) {
  const crash_guard guard;
  arena_reset();
  subject.setup();
  // A race is looked for only where one was found; other scenarios' races are not this trace's.
  const auto races = original.result.kind == "data-race" ? data_race_policy::fail : how.data_races;
  const auto model =
      original.memory_model == to_string(memory_model::c11) ? memory_model::c11 : memory_model::sc;
  execution engine(subject, races, how.max_steps, true, nullptr, model);
  if (!original.result.cycle.empty()) {
    std::vector<trace::lock_edge> known;
    for (const auto& edge : original.result.cycle) {
      if (edge.step < 0) known.push_back(edge);
    }
    engine.restart_order(known);
  }
  engine.record(true);
  replay_result out;
  if (original.result.repeats) {
    const auto schedule = endless_schedule_of(original);
    endless_replay guide(schedule);
    engine.explore(guide, [](outcome) { return true; });
    out.divergence = guide.divergence();
    out.recorded = to_document(engine, original.search);
    if (engine.violation()) mark_repeating(out.recorded, schedule.repeats_from);
  } else {
    exact_replay guide(original.schedule);
    engine.explore(guide, [](outcome) { return true; });
    out.divergence = guide.divergence();
    out.recorded = to_document(engine, original.search);
  }
  out.fits = out.divergence.empty();
  restore_stacks(out.recorded, original.result.cycle);
  return out;
}

}  // namespace checker::explore
