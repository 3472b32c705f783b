// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/searches.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "checker/detect/crash.hpp"
#include "checker/explore/dpor.hpp"
#include "checker/explore/graph_exploration.hpp"
#include "checker/intercept/arena.hpp"
#include "tests/engine/generated/subject.hpp"

namespace checker::generated {
namespace {

using explore::graph_exploration;

/// A graph as explore::run() searches it, and where it is left on the way.
struct graph_plan {
  explore::reductions reduce{false, false, false};
  unsigned jobs = 1;
  /// So often it is left after a few executions, for what follows.
  int interruptions = 0;
  enum class then : std::uint8_t { nothing, checkpoint, dpor } next = then::nothing;
};

/// What a search takes for granted.
struct premises {
  bool bit_locks = true;
  std::shared_ptr<lock_numbers> numbers = std::make_shared<lock_numbers>(arena_words);
  std::vector<explore::learned_access> learned;
};

class graph_run {
 public:
  graph_run(const program_spec& program, std::uint64_t most, const graph_plan& plan,
            premises& given)
      : program_(program), most_(most), plan_(plan), given_(given), tested_(program) {
    if (plan.next == graph_plan::then::checkpoint) {
      checkpoint_ = {std::filesystem::temp_directory_path() /
                         fmt::format("ptlcheck-differential-{}", getpid()),
                     "generated program", 1e9, true};
    }
    std::filesystem::remove(checkpoint_.path);
  }
  graph_run(const graph_run&) = delete;
  graph_run& operator=(const graph_run&) = delete;
  ~graph_run() {
    if (!checkpoint_.path.empty()) std::filesystem::remove(checkpoint_.path);
  }

  /// Nothing if the search has to be done again, with other premises.
  std::optional<observations> run() {
    for (int i = plan_.interruptions; i >= 0; --i) {
      const auto ending = explore(i > 0 ? 1 + program_.seed % 7 : 0);
      if (restart_ || ending == graph_exploration::ending::restart) {
        if (learned_.empty()) {
          given_ = {};
          given_.bit_locks = false;
        }
        given_.learned = std::move(learned_);
        return std::nullopt;
      }
      if (ending == graph_exploration::ending::to_be_repeated) return alone();
      if (ending != graph_exploration::ending::stopped) {
        if (ending != graph_exploration::ending::complete) seen_.violations.insert("unfinished");
        break;
      }
      if (seen_.too_large || plan_.next == graph_plan::then::dpor) break;
    }
    seen_.finals = log_.finals();
    seen_.flags |= log_.flags();
    return std::move(seen_);
  }

 private:
  graph_exploration::ending explore(std::uint64_t leave_after) {
    arena_reset();
    // These the last one knows from the ones before.
    seen_.races.clear();
    seen_.lock_edges.clear();
    seen_.inversion = false;
    tested_.log_to(nullptr);
    tested_.setup();
    const crash_guard guard;
    // Every process has its own, and a checkpoint brings them along.
    const auto numbers = plan_.next == graph_plan::then::checkpoint && given_.learned.empty()
                             ? given_.numbers = std::make_shared<lock_numbers>(arena_words)
                             : given_.numbers;
    execution engine(tested_, data_race_policy::report, 10'000, given_.bit_locks, numbers);
    if (plan_.reduce.threads) engine.merge_threads();
    engine.let_adds_commute(plan_.reduce.counters);
    const auto after_each = [&](outcome how) {
      note_execution(seen_, program_, tested_, engine, how);
      seen_.too_large = engine.counters().executions >= most_;
      return seen_.too_large || (leave_after != 0 && engine.counters().executions >= leave_after);
    };
    graph_exploration* at_work = nullptr;
    constexpr std::size_t bytes = std::size_t{1} << 25;
    constexpr std::uint64_t steps_alone = 10;
    graph_exploration search(tested_, engine, numbers,
                             {bytes, plan_.jobs, steps_alone, given_.bit_locks, plan_.reduce.blocks,
                              given_.learned, checkpoint_, false, std::nullopt, after_each,
                              [&] { return !(seen_.too_large = at_work->executions() >= most_); }});
    at_work = &search;
    // What was seen in the rehearsal does not count.
    tested_.lower_flags();
    tested_.log_to(&log_);
    const auto ending = search.run();
    restart_ = given_.bit_locks && engine.released_for_others();
    if (!restart_) learned_ = search.learned();
    if (search.cut()) seen_.violations.insert("cut");
    if (search.workers_lost() != 0) seen_.violations.insert("worker lost");
    if (ending == graph_exploration::ending::complete) {
      const auto counted = search.graph().count();
      seen_.counts =
          fmt::format("{} states, {} steps, {} ends", counted.states, counted.steps, counted.ends);
    } else if (ending == graph_exploration::ending::stopped &&
               plan_.next == graph_plan::then::dpor) {
      leave_after = 0;
      search.graph().closed();
      explore::dpor rest(search.graph());
      engine.explore(rest, after_each);
      restart_ |= given_.bit_locks && engine.released_for_others();
    }
    note_engine(seen_, engine);
    seen_.executions = engine.counters().executions;
    seen_.flags |= tested_.outside().flags;
    return ending;
  }

  /// One process, that is to find again what was found.
  observations alone() const {
    auto seen = observe(program_, method::graph, most_);
    if (seen.violations.empty() && seen.deadlocks.empty() && !seen.inversion) {
      seen.violations.insert("repeated for nothing");
    }
    return seen;
  }

  const program_spec& program_;
  std::uint64_t most_;
  graph_plan plan_;
  premises& given_;
  std::vector<explore::learned_access> learned_;
  bool restart_ = false;
  explore::checkpoint_plan checkpoint_;
  shared_log log_;
  subject tested_;
  observations seen_;
};

observations search_graph(const program_spec& program, std::uint64_t most, const graph_plan& plan) {
  premises given;
  for (;;) {
    if (auto seen = graph_run(program, most, plan, given).run()) return std::move(*seen);
  }
}

template <method How>
observations as(const program_spec& program, std::uint64_t most) {
  return observe(program, How, most);
}

constexpr explore::reductions none{false, false, false}, all{true, true, true};

template <unsigned Jobs, explore::reductions Reduce = none>
observations with_processes(const program_spec& program, std::uint64_t most) {
  return search_graph(program, most, {Reduce, Jobs, 0, graph_plan::then::nothing});
}

template <explore::reductions Reduce>
observations left_for_dpor(const program_spec& program, std::uint64_t most) {
  return search_graph(program, most, {Reduce, 1, 1, graph_plan::then::dpor});
}

template <unsigned Jobs, explore::reductions Reduce = none>
observations resumed(const program_spec& program, std::uint64_t most) {
  return search_graph(program, most, {Reduce, Jobs, 3, graph_plan::then::checkpoint});
}

constexpr search_row rows[] = {
    {"brute force", &limits::brute_executions, as<method::brute_force>},
    {"DPOR", &limits::dpor_executions, as<method::dpor>},
    {"DPOR with the state cache", &limits::cached_executions, as<method::dpor_with_cache>},
    {"the state graph", &limits::cached_executions, as<method::graph>},
    {"the state graph after a rehearsal", &limits::cached_executions, with_processes<1>},
    {"DPOR from where the state graph was full", &limits::rest_executions, left_for_dpor<none>},
    {"the state graph with blocks", &limits::cached_executions,
     with_processes<1, explore::reductions{true, false, false}>, true, 1},
    {"the state graph with like threads merged", &limits::cached_executions,
     with_processes<1, explore::reductions{false, true, false}>, true, 2},
    {"the state graph with counters that commute", &limits::cached_executions,
     with_processes<1, explore::reductions{false, false, true}>, true, 3},
    {"the reduced state graph", &limits::cached_executions, with_processes<1, all>, true, 4},
    {"DPOR from where the reduced state graph was full", &limits::rest_executions,
     left_for_dpor<all>, true, 4},
    {"random schedules", &limits::sampled_executions, as<method::random>, false},
    {"PCT", &limits::sampled_executions, as<method::pct>, false},
    {"the state graph with two processes", &limits::costly_executions, with_processes<2>},
    {"the state graph with three processes", &limits::costly_executions, with_processes<3>},
    {"the state graph from checkpoints", &limits::costly_executions, resumed<1>},
    {"the state graph with two processes from checkpoints", &limits::costly_executions, resumed<2>},
    {"the reduced state graph with two processes", &limits::costly_executions,
     with_processes<2, all>, true, 4},
    {"the reduced state graph with two processes from checkpoints", &limits::costly_executions,
     resumed<2, all>, true, 4},
};

}  // namespace

std::span<const search_row> searches() { return rows; }

}  // namespace checker::generated
