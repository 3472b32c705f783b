// SPDX-License-Identifier: GPL-2.0-only
// Small programs with loops that wait by trying again, as data: what the generator makes and the
// interpreter runs under the checker.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/intercept/api.h"

namespace checker::loops {

inline constexpr int words = 2;
inline constexpr int spinlocks = 2;
inline constexpr int locks = 3;  ///< the last one is a reader/writer semaphore

enum class opcode : std::uint8_t {
  load,              ///< reg = word
  store,             ///< word = value
  compare_exchange,  ///< reg = 1 if the word was `other`; then it is `value`
  acquire,
  try_acquire,  ///< reg = 1 if taken
  release,
  choose,  ///< reg = a value in [0, value)
  wait,    ///< until the word is `value`
  jump,
  jump_if_equal,  ///< if reg == value
  head,           ///< of a loop: the register is cleared, and the checker is told
};

struct instruction {
  opcode code = opcode::load;
  std::uint8_t what = 0;  ///< word or lock
  std::uint8_t value = 0, other = 0;
  checker_lock_mode mode = checker_lock_write;
  int target = 0;  ///< of a jump
};

using thread_code = std::vector<instruction>;

struct program_spec {
  std::vector<thread_code> threads;
  bool uses_semaphore = false;
};

/// The world in the arena.
struct world {
  std::uint64_t words[loops::words];
  checker_lock locks[loops::locks];
};

void interpret(world* shared, const instruction* code, int count);

/// The same program for the same seed, on every machine.
program_spec generate(std::uint64_t seed);
std::string listing(const program_spec& program);

}  // namespace checker::loops
