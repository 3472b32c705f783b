// SPDX-License-Identifier: GPL-2.0-only
// What explore::run() says of a program, by how many processes do it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "checker/explore/explore.hpp"
#include "tests/engine/generated/compare.hpp"
#include "tests/engine/generated/subject.hpp"

namespace checker::generated {
namespace {

result run(const program_spec& program, unsigned jobs, std::uint64_t most) {
  subject tested(program);
  explore::options how;
  how.search = explore::search::graph;
  how.reduce.blocks = true;
  how.jobs = jobs;
  how.steps_alone = 10;
  how.max_executions = most;
  how.max_steps = 10'000;
  how.max_state_bytes = std::size_t{1} << 25;
  how.after_violation = 20;
  how.minimize = how.check_determinism = how.check_announcements = false;
  return explore::run(tested, how);
}

/// What must not depend on who did the work. Where there is a violation one process does it all.
std::string told(const result& found) {
  auto text = fmt::format("  {} {}: {} states, {} ends, {} met again, {} lost, {} data races\n",
                          to_string(found.outcome), found.error + found.bound, found.states,
                          found.executions, found.cached, found.workers_lost, found.reports.size());
  for (const auto& group : found.violations) {
    text += fmt::format("  {} in {}, repeats: {}, schedule", group.kind, group.executions,
                        group.repeats);
    for (const auto& each : group.counterexample.schedule) {
      text += fmt::format(" {}{}", each.is_choice ? "=" : "", each.value);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

comparison compare_runs(const program_spec& program, const limits& bounds) {
  comparison result;
  const auto alone = run(program, 1, bounds.costly_executions);
  result.executions = {alone.executions};
  result.states = alone.states;
  result.skipped = alone.executions >= bounds.costly_executions;
  if (result.skipped) return result;
  result.violation = alone.outcome == verdict::violation;
  for (const unsigned jobs : {2U, 3U}) {
    const auto together = told(run(program, jobs, bounds.costly_executions));
    if (together == told(alone)) continue;
    result.failure +=
        fmt::format(" with {} processes:\n{} but alone:\n{}", jobs, together, told(alone));
  }
  return result;
}

}  // namespace checker::generated
