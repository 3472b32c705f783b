// SPDX-License-Identifier: GPL-2.0-only
// What a search of a generated program sees. Two exhaustive searches must see the same.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/generated/program.hpp"

namespace checker::generated {

struct observations {
  /// Final states: the words, the flags in the arena, who holds which lock.
  std::set<std::vector<std::uint64_t>> finals;
  /// Deadlocks: the same, then for each thread that is left where it stands, its registers, what it
  /// waits for and who holds that.
  std::set<std::vector<std::uint64_t>> deadlocks;
  std::uint64_t flags = 0;                             ///< raised in some execution
  std::set<std::pair<int, int>> races;                 ///< places, the smaller one first
  std::set<std::pair<unsigned, unsigned>> lock_edges;  ///< class * 8 + subclass, held to acquired
  bool inversion = false;
  std::set<std::string> violations;  ///< kinds that end an execution, other than deadlock
  std::uint64_t executions = 0;
  std::uint64_t states = 0;
  std::uint64_t steps = 0;  ///< between states, or to an end, each once; of a graph
  bool left_out = false;    ///< steps that need too many preemptions
  bool too_large = false;   ///< given up

  bool operator==(const observations& other) const;
};

enum class method : std::uint8_t { brute_force, dpor, dpor_with_cache, graph };

const char* to_string(method how);

/// Runs the program under the checker's engine. Gives up after `max_executions`.
observations observe(const program_spec& program, method how, std::uint64_t max_executions);

/// The same with preemption_search, which allows so many; nullopt for no bound, which is the state
/// graph's own search. All of them rely on nothing about bit locks.
observations observe_preemptions(const program_spec& program, std::optional<unsigned> most,
                                 std::uint64_t max_executions);

/// Says how `other` differs from `reference`; empty if it doesn't. Where executions end early in a
/// violation the rest of what they would have shown is nobody's business: then only the violations
/// are compared, and `other` needs to have found one where the reference did.
std::string difference(const observations& reference, const observations& other);

}  // namespace checker::generated
