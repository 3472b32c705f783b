// SPDX-License-Identifier: GPL-2.0-only
// A state of the reference model, and what can be told from it alone.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "checker/intercept/api.h"
#include "tests/engine/generated/program.hpp"

namespace checker::generated {

struct held_lock {
  std::uint8_t lock, subclass;
  checker_lock_mode mode;
};

struct model_thread {
  std::size_t index = 0;
  int operation = 0, pc = 0;
  int phase = 0;  ///< 1: a copy has read and is to write
  std::uint64_t copied[2] = {};
  bool finished = false;
  bool open = false;  ///< its last step can still take in ghost code
  std::uint64_t regs[registers] = {};
  std::vector<held_lock> held;
};

struct model_lock {
  int writer = 0;  ///< thread + 1
  int readers = 0;

  bool free_for(checker_lock_mode mode) const {
    return writer == 0 && (mode == checker_lock_read || readers == 0);
  }
};

struct model_state {
  std::uint64_t words[max_words] = {};
  std::uint64_t flags = 0;
  model_lock locks[max_locks];
  std::vector<model_thread> threads;
};

/// Where a thread stands: its instruction, or nothing past the end of an operation.
const instruction* instruction_at(const program_spec& program, const model_thread& thread);
/// All of the word, if `part` is 0, or its low (1) or high half (2).
std::uint64_t load_part(const model_state& state, int word, int part);

/// Places of accesses that threads stand before and that race with each other.
void note_races(const program_spec& program, const model_state& state,
                std::set<std::pair<int, int>>& races);
/// Words, flags and locks.
std::vector<std::uint64_t> memory_of(const program_spec& program, const model_state& state);
/// That, and who waits for whom. REQUIRES: no thread can run.
std::vector<std::uint64_t> deadlock_of(const program_spec& program, const model_state& state);
/// All of the state: two are the same if their keys are.
std::string key_of(const program_spec& program, const model_state& state);

}  // namespace checker::generated
