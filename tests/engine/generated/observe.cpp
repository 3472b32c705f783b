// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/observe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "checker/detect/crash.hpp"
#include "checker/explore/brute_force.hpp"
#include "checker/explore/dpor.hpp"
#include "checker/explore/graph_search.hpp"
#include "checker/explore/pct.hpp"
#include "checker/explore/preemption_search.hpp"
#include "checker/explore/random_walk.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "tests/engine/generated/subject.hpp"

namespace checker::generated {
namespace {

constexpr std::size_t graph_bytes = std::size_t{1} << 25, cache_bytes = std::size_t{1} << 28;

int lock_index(const std::string& name) {
  const auto* const found = std::find(std::begin(lock_names), std::end(lock_names), name);
  return found == std::end(lock_names) ? -1 : static_cast<int>(found - lock_names);
}

/// Who waits where for what, and who holds it.
void append_waits(std::vector<std::uint64_t>& state, const outside_state& outside,
                  const std::vector<raw_wait>& waits) {
  for (const auto& raw : waits) {
    const auto& wait = raw.wait;
    const auto& where = outside.threads[wait.thread];
    state.push_back(static_cast<std::uint64_t>(wait.thread));
    state.push_back(static_cast<std::uint64_t>(where.operation));
    state.push_back(static_cast<std::uint64_t>(where.pc));
    state.insert(state.end(), where.regs, where.regs + registers);
    const int lock = wait.lock_class.empty() ? -1 : lock_index(wait.lock);
    state.push_back(static_cast<std::uint64_t>(lock + 1));
    std::uint64_t holders = 0;
    for (const int holder : wait.holders) holders |= std::uint64_t{1} << holder;
    state.push_back(holders);
  }
}

unsigned edge_end(const std::string& lock_class, int subclass) {
  const auto* const found = std::find(std::begin(class_names), std::end(class_names), lock_class);
  return static_cast<unsigned>(found - class_names) * 8 + static_cast<unsigned>(subclass);
}

}  // namespace

void note_execution(observations& seen, const program_spec& spec, const subject& tested,
                    const execution& engine, outcome how) {
  if (how == outcome::complete) {
    seen.finals.insert(final_state(spec, tested.shared()));
  } else if (how == outcome::stuck) {
    auto state = final_state(spec, tested.shared());
    append_waits(state, tested.outside(), engine.violation()->waits);
    seen.deadlocks.insert(std::move(state));
  } else if (how == outcome::violated) {
    seen.violations.insert(engine.violation()->kind);
  } else if (how == outcome::cut) {
    seen.violations.insert("cut");
  }
}

void note_engine(observations& seen, const execution& engine) {
  for (const auto& [one, other] : engine.races().races()) {
    seen.races.insert(std::minmax(place_of(one.stack.back()), place_of(other.stack.back())));
  }
  for (const auto& edge : engine.order().edges()) {
    seen.lock_edges.emplace(edge_end(edge.from_class, edge.from_subclass),
                            edge_end(edge.to_class, edge.to_subclass));
  }
  seen.inversion |= engine.inversion().has_value();
}

namespace {

/// A search of a graph of its own.
class whole_graph final : public explore::state_graph, public explore::graph_search {
 public:
  explicit whole_graph(bool bit_locks_order)
      : state_graph(graph_bytes, bit_locks_order), graph_search(static_cast<state_graph&>(*this)) {
    find_work();
  }
};

std::unique_ptr<strategy> make_search(const program_spec& program, method how,
                                      std::uint64_t max_executions, bool bit_locks_order) {
  constexpr unsigned bug_depth = 3;
  switch (how) {
    case method::graph:
      return std::make_unique<whole_graph>(bit_locks_order);
    case method::brute_force:
      return std::make_unique<explore::brute_force>();
    case method::random:
      return std::make_unique<explore::random_walk>(program.seed, max_executions);
    case method::pct:
      return std::make_unique<explore::pct>(program.seed, max_executions, bug_depth);
    case method::dpor:
    case method::dpor_with_cache:
      break;
  }
  return std::make_unique<explore::dpor>(how == method::dpor_with_cache ? cache_bytes : 0);
}

}  // namespace

const char* to_string(method how) {
  switch (how) {
    case method::brute_force:
      return "brute force";
    case method::dpor:
      return "DPOR";
    case method::dpor_with_cache:
      return "DPOR with the state cache";
    case method::graph:
      return "the state graph";
    case method::random:
      return "random schedules";
    case method::pct:
      return "PCT";
  }
  return "";
}

namespace {

/// Nothing if the search has to be done again without relying on bit locks, as explore::run() does.
std::optional<observations> search(const program_spec& program, method how,
                                   std::uint64_t max_executions, std::optional<memory_model> model,
                                   bool bit_locks_order) {
  const bool samples = how == method::random || how == method::pct;
  observations seen;
  arena_reset();
  subject tested(program);
  tested.setup();
  const crash_guard guard;
  execution engine(tested, data_race_policy::report, 10'000, bit_locks_order, nullptr,
                   model.value_or(memory_model::sc));
  engine.let_adds_commute(how != method::graph);
  const auto strategy = make_search(program, how, max_executions, bit_locks_order);
  engine.explore(*strategy, [&](outcome end) {
    if (model && end == outcome::complete) {
      auto state = final_state(program, tested.shared());
      for (std::size_t i = 0; i < program.threads.size(); ++i) {
        const auto& regs = tested.outside().threads[i].regs;
        state.insert(state.end(), regs, regs + registers);
      }
      seen.finals.insert(std::move(state));
    } else {
      note_execution(seen, program, tested, engine, end);
    }
    seen.too_large = !samples && engine.counters().executions >= max_executions;
    return seen.too_large;
  });
  if (bit_locks_order && engine.released_for_others()) return std::nullopt;
  seen.executions = engine.counters().executions;
  seen.flags = tested.outside().flags;
  note_engine(seen, engine);
  if (const auto* const reduced = dynamic_cast<const explore::dpor*>(strategy.get())) {
    seen.states = reduced->cache().size();
  }
  if (auto* const graph = dynamic_cast<whole_graph*>(strategy.get())) {
    seen.states = graph->states();
    // One process alone has applied all rules on its way, and none needs to be applied once more.
    if (!seen.too_large && !graph->settled()) seen.violations.insert("unsettled");
    if (!seen.too_large && !graph->closed()) seen.violations.insert("unfinished");
  }
  // What a bound of the memory model left out is not seen with any search.
  if (engine.memory_bound() != nullptr) seen.too_large = true;
  if (strategy->diverged()) seen.violations.insert("diverged");
  return seen;
}

}  // namespace

namespace {

observations search_twice_if_needed(const program_spec& program, method how,
                                    std::uint64_t max_executions,
                                    std::optional<memory_model> model) {
  auto seen = search(program, how, max_executions, model, true);
  if (!seen) seen = search(program, how, max_executions, model, false);
  return std::move(*seen);
}

}  // namespace

observations observe(const program_spec& program, method how, std::uint64_t max_executions) {
  return search_twice_if_needed(program, how, max_executions, std::nullopt);
}

observations observe(const program_spec& program, method how, std::uint64_t max_executions,
                     memory_model model) {
  return search_twice_if_needed(program, how, max_executions, model);
}

observations observe_preemptions(const program_spec& program, std::optional<unsigned> most,
                                 std::uint64_t max_executions) {
  observations seen;
  arena_reset();
  subject tested(program);
  tested.setup();
  const crash_guard guard;
  execution engine(tested, data_race_policy::report, 10'000, false);
  explore::state_graph graph(graph_bytes, false);
  const auto explore = [&](auto&& search) {
    do {
      while (!seen.too_large && search.find_work()) {
        engine.explore(search, [&](outcome end) {
          note_execution(seen, program, tested, engine, end);
          seen.too_large = engine.counters().executions >= max_executions;
          return seen.too_large;
        });
        if (search.diverged()) seen.violations.insert("diverged");
      }
      if (seen.too_large || graph.closed()) return;
      if constexpr (requires { search.has_work(); }) seen.left_out = !search.has_work();
    } while (!seen.left_out);
  };
  if (most) {
    explore(explore::preemption_search(graph, *most));
  } else {
    explore(explore::graph_search(graph));
  }
  seen.flags = tested.outside().flags;
  seen.executions = engine.counters().executions;
  seen.states = graph.count().states;
  seen.steps = graph.count().steps;
  note_engine(seen, engine);
  return seen;
}

bool observations::operator==(const observations& other) const {
  return finals == other.finals && deadlocks == other.deadlocks && flags == other.flags &&
         races == other.races && lock_edges == other.lock_edges && inversion == other.inversion &&
         violations == other.violations;
}

namespace {

template <typename Set>
std::string missing(const char* what, const Set& reference, const Set& other) {
  std::string text;
  for (const auto& member : reference) {
    if (!other.contains(member)) text += fmt::format("  {} missing: {}\n", what, member);
  }
  return text;
}

template <typename Set>
std::string excess(const char* what, const Set& reference, const Set& other) {
  std::string text;
  for (const auto& member : other) {
    if (!reference.contains(member)) text += fmt::format("  {} impossible: {}\n", what, member);
  }
  return text;
}

template <typename Set>
std::string set_difference(const char* what, const Set& reference, const Set& other) {
  return missing(what, reference, other) + excess(what, reference, other);
}

}  // namespace

std::string impossible(const observations& reference, const observations& other) {
  auto text = excess("violation", reference.violations, other.violations);
  if (!reference.violations.empty()) return text;
  text += excess("final state", reference.finals, other.finals) +
          excess("deadlock", reference.deadlocks, other.deadlocks) +
          excess("data race", reference.races, other.races) +
          excess("lock-order edge", reference.lock_edges, other.lock_edges);
  if ((other.flags & ~reference.flags) != 0) {
    text += fmt::format("  flags {:#x}, should be of {:#x}\n", other.flags, reference.flags);
  }
  if (other.inversion && !reference.inversion) text += "  inversion impossible\n";
  return text;
}

std::string difference(const observations& reference, const observations& other) {
  if (!reference.violations.empty() || !other.violations.empty()) {
    std::string text;
    if (other.violations.empty()) {
      text = fmt::format("  violation missing, one of: {}\n", reference.violations);
    }
    return text + excess("violation", reference.violations, other.violations);
  }
  std::string text = set_difference("final state", reference.finals, other.finals) +
                     set_difference("deadlock", reference.deadlocks, other.deadlocks) +
                     set_difference("data race", reference.races, other.races) +
                     set_difference("lock-order edge", reference.lock_edges, other.lock_edges);
  if (reference.flags != other.flags) {
    text += fmt::format("  flags {:#x}, should be {:#x}\n", other.flags, reference.flags);
  }
  if (reference.inversion != other.inversion) {
    text += fmt::format("  inversion {}, should be {}\n", other.inversion, reference.inversion);
  }
  return text;
}

}  // namespace checker::generated
