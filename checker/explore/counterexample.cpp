// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/counterexample.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/lockgraph/lock_order.hpp"
#include "checker/report/kcsan.hpp"

#ifndef PTLCHECK_VERSION
#define PTLCHECK_VERSION "0"
#endif

namespace checker::explore {
namespace {

std::vector<trace::thread> to_threads(const execution& engine) {
  std::vector<trace::thread> result;
  for (const auto& spec : engine.threads()) {
    trace::thread thread{spec.name, {}};
    for (const auto& operation : spec.operations) thread.operations.push_back(operation.name);
    result.push_back(std::move(thread));
  }
  return result;
}

/// Edges of this execution: each lock taken while others were held.
std::vector<trace::lock_edge> edges_of(const std::vector<trace::step>& steps) {
  std::vector<trace::lock_edge> result;
  for (const auto& step : steps) {
    if (step.kind != trace::step_kind::lock) continue;
    for (const auto& held : step.held) {
      trace::lock_edge edge;
      edge.from = held.name;
      edge.from_class = held.lock_class;
      edge.from_subclass = held.subclass;
      edge.to = step.object;
      edge.to_class = step.lock_class;
      edge.to_subclass = step.subclass;
      edge.thread = step.thread;
      edge.step = step.index;
      edge.from_stack = held.acquired_stack;
      edge.stack = step.stack;
      const bool known = std::ranges::any_of(result, [&](const trace::lock_edge& other) {
        return other.from == edge.from && other.to == edge.to && other.thread == edge.thread &&
               other.from_subclass == edge.from_subclass && other.to_subclass == edge.to_subclass;
      });
      if (!known) result.push_back(std::move(edge));
    }
  }
  return result;
}

/// Gives an edge of the lock order its step, if it was seen in this execution.
void find_step(trace::lock_edge& edge, const std::vector<trace::lock_edge>& seen) {
  const auto found = std::ranges::find_if(seen, [&](const trace::lock_edge& other) {
    return other.from_class == edge.from_class && other.to_class == edge.to_class &&
           other.from_subclass == edge.from_subclass && other.to_subclass == edge.to_subclass;
  });
  edge.step = found == seen.end() || edge.stack.empty() ? -1 : found->step;
}

bool conflicts(const raw_step& a, const raw_step& b) {
  return a.step.thread != b.step.thread && !a.touched.empty() && !b.touched.empty() &&
         !independent(a.touched, b.touched);
}

bool is_data_access(const raw_step& raw) {
  switch (raw.step.kind) {
    case trace::step_kind::load:
    case trace::step_kind::store:
    case trace::step_kind::rmw:
    case trace::step_kind::atomic:
      return true;
    default:
      return false;
  }
}

/// Of the accesses of the thread whose step broke it, and of other threads' accesses before them,
/// the two that conflict with the latest possible first one: what the other thread did just before
/// it was left is what this thread should not have seen yet, or should have waited for.
std::vector<int> conflicting_pair(const std::vector<raw_step>& steps, int violating) {
  if (steps.empty()) return {};
  const int last = violating < 0 ? static_cast<int>(steps.size()) - 1 : violating;
  const int thread = steps[static_cast<std::size_t>(last)].step.thread;
  for (int earlier = last - 1; earlier >= 0; --earlier) {
    const auto& theirs = steps[static_cast<std::size_t>(earlier)];
    if (theirs.step.thread == thread || !is_data_access(theirs)) continue;
    for (int later = last; later > earlier; --later) {
      const auto& mine = steps[static_cast<std::size_t>(later)];
      if (mine.step.thread == thread && is_data_access(mine) && conflicts(mine, theirs)) {
        return {earlier, later};
      }
    }
  }
  return {};
}

bool holds(const trace::step& step, const std::string& lock) {
  return std::ranges::any_of(step.held,
                             [&](const trace::held_lock& held) { return held.name == lock; });
}

/// Of user space, or the hardware on its behalf: no function of the code under test is under way.
bool takes_no_locks(const trace::step& step) { return step.stack.empty(); }

/// The lock that the rules ask for at what the two steps share, if one of them lacks it.
const checker_lock* covering_lock(const execution& engine, const std::vector<trace::step>& steps,
                                  const std::vector<int>& pair) {
  if (pair.size() != 2) return nullptr;
  if (takes_no_locks(steps[static_cast<std::size_t>(pair[0])]) ||
      takes_no_locks(steps[static_cast<std::size_t>(pair[1])])) {
    return nullptr;
  }
  const auto& raw = engine.recording_of_last().steps();
  const auto& one = steps[static_cast<std::size_t>(pair[0])];
  const auto& other = steps[static_cast<std::size_t>(pair[1])];
  for (const auto a : raw[static_cast<std::size_t>(pair[0])].touched) {
    for (const auto b : raw[static_cast<std::size_t>(pair[1])].touched) {
      if (a.word() != b.word() || commute(a.mode(), b.mode())) continue;
      const auto* const lock = engine.rule_lock(a.word());
      if (lock == nullptr) continue;
      const auto& name = lock_registry::instance().name_of(lock);
      if (!holds(one, name) || !holds(other, name)) return lock;
    }
  }
  return nullptr;
}

/// The lock that the rules ask for at what the step that broke it touched, if its thread lacks it.
const checker_lock* missing_lock(const execution& engine, const trace::document& document) {
  if (document.result.step < 0) return nullptr;
  const auto at = static_cast<std::size_t>(document.result.step);
  if (takes_no_locks(document.steps[at])) return nullptr;
  for (const auto item : engine.recording_of_last().steps()[at].touched) {
    const auto* const lock = engine.rule_lock(item.word());
    if (lock == nullptr || item.mode() == access_mode::read) continue;
    const auto& name = lock_registry::instance().name_of(lock);
    if (!holds(document.steps[at], name)) return lock;
  }
  return nullptr;
}

void explain(trace::document& document, const execution& engine) {
  auto& result = document.result;
  const auto& raw = engine.recording_of_last().steps();
  if (result.kind == "deadlock" || result.kind == "lock-order" || result.kind == "recursion")
    return;
  if (result.conflicting_steps.empty()) {
    result.conflicting_steps = conflicting_pair(raw, result.step);
  }
  const auto* lock = covering_lock(engine, document.steps, result.conflicting_steps);
  if (lock == nullptr) lock = missing_lock(engine, document);
  if (lock == nullptr) return;
  const auto& registry = lock_registry::instance();
  result.covering_lock = registry.name_of(lock);
  result.covering_lock_class = registry.class_of(lock).name;
  result.covering_lock_kind = to_string(registry.class_of(lock).kind);
}

}  // namespace

trace::lock_edge to_lock_edge(const raw_lock_edge& raw) {
  trace::lock_edge edge;
  edge.from = raw.from;
  edge.from_class = raw.from_class;
  edge.from_subclass = raw.from_subclass;
  edge.to = raw.to;
  edge.to_class = raw.to_class;
  edge.to_subclass = raw.to_subclass;
  edge.thread = raw.thread;
  edge.step = raw.step;
  edge.from_stack = symbolize_lock(raw.from_stack);
  edge.stack = symbolize_lock(raw.stack);
  return edge;
}

trace::document to_document(const execution& engine, const std::string& search) {
  trace::document document;
  document.tool_version = PTLCHECK_VERSION;
  document.search = search;
  document.memory_model = to_string(engine.model());
  document.code = engine.subject().code_folders();
  document.threads = to_threads(engine);
  document.schedule = engine.decisions();
  document.steps = to_steps(engine.recording_of_last().steps());
  document.lock_edges = edges_of(document.steps);
  if (!engine.violation()) return document;

  const auto& found = *engine.violation();
  auto& result = document.result;
  result.kind = found.kind;
  result.message = found.message;
  result.thread = found.thread;
  result.step = found.step;
  result.conflicting_steps = found.conflicting_steps;
  for (const auto& raw : found.waits) {
    result.waits.push_back(raw.wait);
    result.waits.back().stack = symbolize_lock(raw.stack);
  }
  for (const auto& raw : found.held) result.held.push_back(to_held_lock(raw));
  if (result.kind == "lock-order") {
    std::vector<trace::lock_edge> edges;
    for (const auto& raw : engine.order().edges()) edges.push_back(to_lock_edge(raw));
    if (auto cycle = lockgraph::shortest_cycle(edges)) result.cycle = std::move(*cycle);
    for (auto& edge : result.cycle) find_step(edge, document.lock_edges);
  }
  explain(document, engine);
  return document;
}

std::string race_report(const racing_access& one, const racing_access& other,
                        const execution& engine) {
  const auto to_step = [](const racing_access& access) {
    trace::step step;
    step.thread = access.thread;
    step.operation = access.operation;
    step.kind = !access.writes ? trace::step_kind::load
                : access.reads ? trace::step_kind::rmw
                               : trace::step_kind::store;
    step.marked = access.marked;
    step.address = reinterpret_cast<std::uintptr_t>(access.address);
    step.size = access.size;
    step.stack = symbolize(access.stack);
    return step;
  };
  return report::kcsan(to_step(one), to_step(other), to_threads(engine));
}

void restore_stacks(trace::document& document, const std::vector<trace::lock_edge>& known) {
  for (auto& edge : document.result.cycle) {
    if (!edge.stack.empty()) continue;
    const auto found = std::ranges::find_if(known, [&](const trace::lock_edge& other) {
      return other.from_class == edge.from_class && other.to_class == edge.to_class &&
             other.from_subclass == edge.from_subclass && other.to_subclass == edge.to_subclass;
    });
    if (found == known.end()) continue;
    edge = *found;
    edge.step = -1;
  }
}

}  // namespace checker::explore
