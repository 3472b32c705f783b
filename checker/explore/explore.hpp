// SPDX-License-Identifier: GPL-2.0-only
// Explores a program: runs it under the schedules a search asks for and says what came out.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/run/result.hpp"
#include "checker/run/scenario.hpp"
#include "checker/trace/trace.hpp"

namespace checker::explore {

enum class search : std::uint8_t {
  graph,        ///< every state that matters once: exhaustive
  dpor,         ///< source-set DPOR with sleep sets: exhaustive
  brute_force,  ///< every interleaving of every step, no reduction: exhaustive, for tests
  random,       ///< seeded random schedules: never exhaustive
  pct,          ///< seeded random priorities, with a probability of finding a bug: never exhaustive
  preemptions,  ///< the graph, as far as few preemptions lead: see preemption_search.hpp
};

struct progress {
  std::uint64_t executions = 0, blocked = 0, cached = 0, steps = 0, states = 0;
  std::uint64_t bytes = 0;  ///< that the stored states take
  double seconds = 0;
  size_estimate estimate;  ///< of `states` at the end
};

/// Where an exploration is kept, to go on with it later.
struct checkpoint_plan {
  std::filesystem::path path;  ///< empty: nowhere
  std::string identity;        ///< of program, scenario and options: it is good for no other
  double every_seconds = 10;   ///< and when stopped
  bool resume = false;         ///< go on from the file, if there is one
};

/// What is not told apart. Each leaves out only what another part of the exploration stands for.
struct reductions {
  /// graph only: steps that no other thread's can race with go on as part of the step before them.
  /// Pays where few of them turn out to be such after all, for the search starts over then.
  bool blocks = false;
  /// graph only: states that differ only in which of several threads that do the same is which.
  bool threads = true;
  /// Additions to a counter that tell nobody what it was (checker_add()) commute.
  bool counters = true;
};

struct options {
  explore::search search = explore::search::dpor;
  /// Under c11 the state cache is off, and there is no state graph: a state key does not cover what
  /// loads may still see.
  checker::memory_model memory_model = checker::memory_model::sc;
  reductions reduce;
  unsigned jobs = 1;                         ///< graph only: processes at work
  std::uint64_t steps_alone = 20'000;        ///< graph only: before other processes help
  checkpoint_plan checkpoint;                ///< graph only
  bool state_cache = true;                   ///< dpor only
  std::uint64_t seed = 1;                    ///< random and pct only
  std::uint64_t random_executions = 10'000;  ///< random and pct only: how many
  unsigned bug_depth = 3;                    ///< pct only: see pct.hpp
  unsigned max_preemptions = 2;              ///< preemptions only: in an execution
  std::uint64_t max_executions = 0;          ///< 0: no bound
  double max_seconds = 0;                    ///< 0: no bound
  std::uint64_t max_steps = 20'000;          ///< per execution
  /// For the states that are stored.
  std::size_t max_state_bytes = std::size_t{2} << 30;
  /// After the first violation, how many further executions to look for a shorter one and to count;
  /// for ten seconds at most.
  std::uint64_t after_violation = 1'000;
  data_race_policy data_races = data_race_policy::report;
  /// First of all, one execution in which every access to the arena is compared with what was
  /// announced: a hook or code under test that is not instrumented makes the result an error.
  bool check_announcements = true;
  /// Before the search and after it, some executions are run twice, with other garbage on the
  /// threads' stacks (determinism.hpp): one that does not repeat makes the result an error.
  bool check_determinism = true;
  bool estimate = false;  ///< graph only: estimate its size, in a process of its own
  bool minimize = true;   ///< shorten the first counterexample of each kind by replaying variants
  const std::atomic<bool>* stop = nullptr;  ///< set from outside: finish soon with what was found
  std::function<void(const progress&)> on_progress;  ///< about every 0.2 s
  /// Called after each complete execution, with the arena as the execution left it (tests compare
  /// final states). `stuck` is true where it ended in a deadlock.
  std::function<void(bool stuck)> on_execution_end;
};

/// Runs `setup()` and explores. Fills everything of `result` but scenario, kernel, patch,
/// parameters, expected and the groups' trace_file; in the counterexamples, everything but
/// scenario, kernel, patch, parameters. Not reentrant: one exploration per process at a time.
result run(program& subject, const options& how);

/// What came of running one recorded schedule.
struct replay_result {
  bool fits = false;         ///< the schedule could be followed to its end
  std::string divergence;    ///< where it could not, one line
  trace::document recorded;  ///< what was seen; result.kind is empty if no violation
};

/// Sets `subject` up and runs it once under the schedule of `original`, recording. For a lock-order
/// violation the edges that `original` names count as known.
replay_result replay(program& subject, const trace::document& original, const options& how);

}  // namespace checker::explore
