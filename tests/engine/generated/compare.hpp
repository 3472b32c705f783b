// SPDX-License-Identifier: GPL-2.0-only
// One program searched in every way; and, where the results differ, the smallest program that still
// shows it.
#pragma once

#include <cstdint>
#include <string>

#include "tests/engine/generated/program.hpp"

namespace checker::generated {

struct limits {
  std::size_t states = 50'000;              ///< of the reference model
  std::uint64_t brute_executions = 20'000;  ///< 0: no brute force
  std::uint64_t dpor_executions = 20'000;   ///< without the cache; 0: not searched that way
  std::uint64_t cached_executions = 20'000;
};

struct comparison {
  std::string failure;   ///< how the searches differ; empty if they agree
  bool skipped = false;  ///< too large for `limits`: not compared in every way
  bool violation = false, deadlock = false;
  std::uint64_t brute_executions = 0, dpor_executions = 0, cached_executions = 0;
  std::uint64_t graph_executions = 0, states = 0;
};

comparison compare(const program_spec& program, const limits& bounds);

/// Takes away threads, operations, instructions and hooks as long as compare() fails.
program_spec shrink(program_spec program, const limits& bounds);

}  // namespace checker::generated
