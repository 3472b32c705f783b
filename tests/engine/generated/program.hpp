// SPDX-License-Identifier: GPL-2.0-only
// A small program as data: what the generator makes, the interpreter runs under the checker, the
// reference model searches, and the shrinker takes apart.
//
// Plain data, since code under test reads it. Words, registers and values are small on purpose: the
// point is what threads do to each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "checker/intercept/api.h"

namespace checker::generated {

inline constexpr int max_words = 6;
inline constexpr int max_locks = 4;
inline constexpr int max_hooks = 4;
inline constexpr int max_threads = 4;
inline constexpr int registers = 3;
/// Places in the code that accesses are told apart by; see interpreter_code.cpp.
inline constexpr int max_places = 64;

/// Of a structure's copy. GCC makes the copy after both announcements, Clang in between.
#ifdef __clang__
inline constexpr bool store_announced_first = false;
#else
inline constexpr bool store_announced_first = true;
#endif

enum class opcode : std::uint8_t {
  load,              ///< reg = word
  store,             ///< word = operand
  add,               ///< reg = old word; word += operand
  count,             ///< word += operand, and nobody learns what it was
  exchange,          ///< reg = old word; word = operand
  compare_exchange,  ///< reg = 1 if word was `other` (then word = operand), else 0
  copy,              ///< words [word, word + 2) = words [other, other + 2): one read, one write
  assign,       ///< word = word `other`, as a structure: the compiler's order of load and store
  acquire,      ///< of lock `word`
  try_acquire,  ///< reg = 1 if taken
  release,
  is_locked,          ///< reg = 1 if anybody holds lock `word`
  release_if_locked,  ///< whoever holds it: one atomic block (bit locks)
  choose,             ///< reg = a value in [0, value)
  wait,               ///< until (word & other) == value
  atomic_begin,
  atomic_end,
  ghost_add,      ///< ghost code: word += value
  skip_if_equal,  ///< if reg == value, the next `skip` instructions are left out
  skip_if_differs,
  forget,       ///< registers are cleared, and the checker is told
  write_begin,  ///< of the sequence count in the low half of the word
  write_end,
  read_begin,  ///< reg = the count
  read_retry,  ///< reg = 1 if the count is not reg any more
};

struct instruction {
  opcode code = opcode::load;
  std::uint8_t word = 0;  ///< or lock
  std::uint8_t part = 0;  ///< of the word: 0 the whole, 1 the low half, 2 the high half
  bool marked = false;    ///< load and store: as READ_ONCE and WRITE_ONCE do
  std::uint8_t reg = 0;
  std::int8_t from = -1;  ///< register that is added to `value` to make the operand; -1: none
  std::uint8_t value = 0;
  std::uint8_t other = 0;
  checker_lock_mode mode = checker_lock_write;
  std::uint8_t subclass = 0;
  std::uint8_t skip = 0;
  std::uint8_t place = 0;  ///< unique in its program

  bool operator==(const instruction&) const = default;
};

enum class trigger : std::uint8_t { store, release, operation_end };

/// When its trigger comes: if word `a` has value `a_value` and then word `b` has `b_value`, the
/// flag is raised. Word b is read only if word a had its value.
struct hook {
  trigger when = trigger::store;
  std::uint8_t a = 0, a_value = 0, b = 0, b_value = 0;
  bool in_arena = false;  ///< the flag is ghost state in the arena; else it lies outside

  bool operator==(const hook&) const = default;
};

struct lock_spec {
  checker_lock_kind kind = checker_lock_spin;
  std::uint8_t lock_class = 0;
};

using operation_code = std::vector<instruction>;
using thread_code = std::vector<operation_code>;

struct program_spec {
  std::uint64_t seed = 0;
  int words = 2;
  std::uint8_t initial[max_words] = {};
  bool watched[max_words] = {};
  std::vector<lock_spec> locks;
  std::vector<hook> hooks;
  std::vector<thread_code> threads;
  int alike = 0;  ///< the first threads, so many, run the same code
};

/// The value of an instruction's operand, given the registers. Values stay small. Internal linkage:
/// it is compiled both with and without instrumentation.
static inline std::uint64_t operand_of(const instruction& code, const std::uint64_t* regs) {
  return code.from < 0 ? code.value : ((regs[code.from] + code.value) & 3);
}

/// The world in the arena.
struct world {
  std::uint64_t words[max_words];
  std::uint64_t flags;  ///< of hooks with in_arena, one bit each
  checker_lock locks[max_locks];
};

/// Outside the arena: where a thread stands, written by the interpreter and read when the thread is
/// stuck; and the flags of the other hooks.
struct position {
  int operation, pc;
  std::uint64_t regs[registers];
};

struct outside_state {
  position threads[max_threads];
  std::uint64_t flags;
};

/// Code under test (interpreter_code.cpp). Runs one operation.
void interpret(world* shared, const instruction* code, int count, position* where);
/// Code under test: what the hooks that wait for `when` do.
void run_hooks(world* shared, const hook* hooks, int count, trigger when, outside_state* outside);
/// The place that a return address lies in; -1 if it is none of the interpreter's accesses.
int place_of(std::uintptr_t pc);

/// For people.
std::string listing(const program_spec& program);

}  // namespace checker::generated
