// SPDX-License-Identifier: GPL-2.0-only
// What a search of a generated program sees. Two exhaustive searches must see the same.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checker/intercept/execution.hpp"
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
  /// Of a state graph: what does not depend on who explored it.
  std::string counts;

  bool operator==(const observations& other) const;
};

enum class method : std::uint8_t { brute_force, dpor, dpor_with_cache, graph, random, pct };

const char* to_string(method how);

/// Runs the program under the checker's engine. Gives up after `max_executions`; random and pct
/// make so many.
observations observe(const program_spec& program, method how, std::uint64_t max_executions);
/// The same under a memory model; there is neither graph nor cache under c11. Final states have the
/// threads' registers, too: what a load saw may show nowhere else.
observations observe(const program_spec& program, method how, std::uint64_t max_executions,
                     memory_model model);

class subject;
/// Adds what the execution that has just ended came to.
void note_execution(observations& seen, const program_spec& spec, const subject& tested,
                    const execution& engine, outcome how);
/// Adds the data races and lock orders of all executions so far.
void note_engine(observations& seen, const execution& engine);

/// What differs only in which of several threads that run the same code is which, is one.
void merge_alike(observations& seen, const program_spec& program);

/// The same with preemption_search, which allows so many; nullopt for no bound, which is the state
/// graph's own search. All of them rely on nothing about bit locks.
observations observe_preemptions(const program_spec& program, std::optional<unsigned> most,
                                 std::uint64_t max_executions);

/// Says how `other` differs from `reference`; empty if it doesn't. Where executions end early in a
/// violation the rest of what they would have shown is nobody's business: then only the violations
/// are compared, and `other` needs to have found one where the reference did.
std::string difference(const observations& reference, const observations& other);
/// What `other` saw and the reference did not; empty if there is nothing. For searches that do not
/// see everything.
std::string impossible(const observations& reference, const observations& other);

}  // namespace checker::generated
