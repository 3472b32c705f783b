// SPDX-License-Identifier: GPL-2.0-only
// All ways in which a generated program is searched, as a table: a new one is a row in
// searches.cpp.
#pragma once

#include <cstdint>
#include <span>

#include "tests/engine/generated/observe.hpp"

namespace checker::generated {

struct limits {
  std::size_t states = 50'000;             ///< of the reference model
  std::uint64_t brute_executions = 2'000;  ///< 0: no brute force
  std::uint64_t dpor_executions = 2'000;   ///< without the cache; 0: not searched that way
  std::uint64_t cached_executions = 20'000;
  /// By DPOR from where the graph was full; 0: not searched that way.
  std::uint64_t rest_executions = 1'000;
  std::uint64_t sampled_executions = 0;  ///< random and PCT: so many; 0: not searched that way
  /// Of the searches that fork processes or write files; 0: none of these.
  std::uint64_t costly_executions = 0;
};

struct search_row {
  const char* name;
  std::uint64_t limits::*most;  ///< executions
  observations (*search)(const program_spec& program, std::uint64_t most);
  /// It sees everything; else what it sees must be possible.
  bool exhaustive = true;
  int reduction = 0;  ///< which one; 0 is none
};

/// All those with the same reduction must have the same counts, if they have any.
std::span<const search_row> searches();

}  // namespace checker::generated
