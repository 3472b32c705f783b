// SPDX-License-Identifier: GPL-2.0-only
// Code under test: runs generated programs with loops.
#include "tests/engine/loops/program.hpp"

namespace checker::loops {
namespace {

std::uint64_t execute(const instruction& now, world* shared, std::uint64_t reg, int pc) {
  auto* const word = static_cast<volatile std::uint64_t*>(&shared->words[now.what]);
  auto* const lock = &shared->locks[now.what];
  switch (now.code) {
    case opcode::load:
      return *word;
    case opcode::store:
      *word = now.value;
      return reg;
    case opcode::compare_exchange: {
      std::uint64_t expected = now.other;
      const bool done = __atomic_compare_exchange_n(&shared->words[now.what], &expected, now.value,
                                                    false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
      return done ? 1 : 0;
    }
    case opcode::acquire:
      checker_lock_acquire(lock, 0, now.mode);
      return reg;
    case opcode::try_acquire:
      return static_cast<std::uint64_t>(checker_lock_try(lock, 0, now.mode));
    case opcode::release:
      checker_lock_release(lock, now.mode);
      return reg;
    case opcode::choose:
      return checker_choose(now.value, "loop");
    case opcode::wait:
      checker_wait_until(&shared->words[now.what], 3, now.value, "loop");
      return reg;
    default:
      checker_forget_locals(static_cast<std::uint64_t>(pc));
      return 0;
  }
}

}  // namespace

void interpret(world* shared, const instruction* code, int count) {
  std::uint64_t reg = 0;
  for (int pc = 0; pc < count;) {
    const instruction& now = code[pc];
    if (now.code == opcode::jump || (now.code == opcode::jump_if_equal && reg == now.value)) {
      pc = now.target;
      continue;
    }
    if (now.code != opcode::jump_if_equal) reg = execute(now, shared, reg, pc);
    ++pc;
  }
}

}  // namespace checker::loops
