// SPDX-License-Identifier: GPL-2.0-only
// What a run of one scenario on one kernel came to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

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
};

struct result {
  std::string scenario, kernel, patch;
  parameter_values parameters;
  verdict outcome = verdict::error;
  std::string bound;                        ///< for bounded: "--max-executions 1000", "interrupted"
  std::string error;                        ///< for error: one line
  std::vector<violation_group> violations;  ///< in the order found
  std::vector<std::string>
      reports;  ///< data races under data_race_policy::report: KCSAN-style text
  std::vector<std::string> lock_classes;  ///< classes met, in first-use order
  std::uint64_t executions = 0;           ///< complete executions
  std::uint64_t blocked = 0;              ///< given up because every enabled thread slept
  std::uint64_t cached = 0;               ///< given up at a state met before
  std::uint64_t steps = 0;                ///< steps executed, prefixes included
  std::uint64_t states = 0;               ///< distinct states stored; 0 without the cache
  std::uint64_t depth = 0;                ///< most steps in one execution
  double seconds = 0;
  expectation expected;
  std::string trace_file;  ///< where the first counterexample was written; empty if nowhere

  /// True if the verdict (and kind, where one is expected) is the expected one.
  bool as_expected() const;
};

std::string to_string(verdict value);

}  // namespace checker
