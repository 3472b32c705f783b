// SPDX-License-Identifier: GPL-2.0-only
// One program searched in every way; and, where the results differ, the smallest program that still
// shows it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/engine/generated/program.hpp"
#include "tests/engine/generated/searches.hpp"

namespace checker::generated {

struct comparison {
  std::string failure;   ///< how the searches differ; empty if they agree
  bool skipped = false;  ///< too large for `limits`: not compared, or in hardly any way
  bool violation = false, deadlock = false;
  std::vector<std::uint64_t> executions;  ///< by row of searches(); 0: not searched that way
  std::vector<bool> given_up;             ///< by row: too large to be compared that way
  std::uint64_t states = 0;
  bool weak = false;  ///< c11 showed more than sc does
};

comparison compare(const program_spec& program, const limits& bounds);
/// The same under memory_model::c11, where brute force is the reference.
comparison compare_weak(const program_spec& program, const limits& bounds);
/// What explore::run() says of the program with one, two and three processes: verdict, counts, data
/// races, kinds of violation, and the schedule of the first one of each kind.
comparison compare_runs(const program_spec& program, const limits& bounds);

using comparer = comparison (*)(const program_spec& program, const limits& bounds);

/// Takes away threads, operations, instructions and hooks as long as `how` finds a difference.
program_spec shrink(program_spec program, const limits& bounds, comparer how = compare);

}  // namespace checker::generated
