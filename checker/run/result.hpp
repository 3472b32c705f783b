// SPDX-License-Identifier: GPL-2.0-only
// What a run of one scenario on one kernel came to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checker/coverage/coverage.hpp"
#include "checker/run/scenario.hpp"
#include "checker/trace/trace.hpp"

namespace checker {

enum class verdict : std::uint8_t {
  verified,   ///< every execution that matters was explored; none broke an invariant
  bounded,    ///< nothing found inside a stated bound
  violation,  ///< an invariant broke; `counterexample` shows it
  error,      ///< the checker could not do its work
};

/// A group of violations of one kind, with the first counterexample of that kind.
struct violation_group {
  std::string kind;
  std::uint64_t executions = 0;  ///< how many explored executions ended in it
  trace::document counterexample;
  bool repeats = true;     ///< the recorded replay ended in the same violation
  std::string divergence;  ///< where it did not, if so
  std::string trace_file;  ///< where the counterexample was written; empty if nowhere
};

/// The kind of violation by which a model says that it can't go on, for a limit of its own: nothing
/// wrong with the code under test, so run_case() makes it an error.
inline constexpr const char* model_limit_kind = "model-limit";

/// How many states a search is going to store, as estimated while it went on.
struct size_estimate {
  double seconds = 0;        ///< since the search began
  std::uint64_t known = 0;   ///< stored by then; 0: no estimate was made
  std::uint64_t states = 0;  ///< what is likely; 0: not known yet
  std::uint64_t low = 0;     ///< probably not less: see docs/estimates.md
  std::uint64_t high = 0;    ///< probably not more; 0 if `states` is
  bool made() const { return known != 0; }
  bool operator==(const size_estimate&) const = default;
};

struct result {
  std::string scenario, kernel, patch;
  parameter_values parameters;
  checker::memory_model memory_model = checker::memory_model::sc;
  bool state_cache = false;  ///< of the search
  verdict outcome = verdict::error;
  std::string bound;                        ///< for bounded: "--max-executions 1000", "interrupted"
  std::string error;                        ///< for error: one line
  std::vector<violation_group> violations;  ///< in the order found
  std::vector<std::string>
      reports;  ///< data races under data_race_policy::report: KCSAN-style text
  std::vector<std::string> lock_classes;  ///< classes met, in first-use order
  std::uint64_t executions = 0;           ///< those that ended by themselves: finished, stuck or
                                          ///< cut by a bound, or in a violation
  std::uint64_t blocked = 0;              ///< given up because every enabled thread slept
  std::uint64_t cached = 0;               ///< given up at a state met before
  std::uint64_t steps = 0;                ///< steps executed, prefixes included
  std::uint64_t states = 0;               ///< distinct states stored; 0 without the cache
  std::uint64_t state_bytes = 0;          ///< that the stored states take
  std::uint64_t depth = 0;                ///< most steps in one execution
  double seconds = 0;
  /// There was no room for further states: what was left was searched almost without storing.
  bool memory_full = false;
  /// Worker processes that died while they explored this; what they had begun was done again.
  unsigned workers_lost = 0;
  unsigned workers = 1;  ///< processes that explored this
  /// Of the search for states, in the course of it; the last one is made before its end.
  size_estimate first_estimate, last_estimate;
  coverage reached;  ///< by the search
  expectation expected;

  /// True if the verdict (and kind, where one is expected) is the expected one.
  bool as_expected() const;
};

/// The violation that speaks for the result wherever there is room for one only: of those of an
/// expected kind, else of all, the first that repeats, else the first. nullptr if there is none.
const violation_group* leading_violation(const result& value);

/// Where the leading violation's counterexample was written; empty if nowhere.
std::string leading_trace_file(const result& value);

std::string to_string(verdict value);

}  // namespace checker
