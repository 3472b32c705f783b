// SPDX-License-Identifier: GPL-2.0-only
// Code under test: runs generated programs. Registers live on the stack, as the locals of compiled
// code do, and die at the end of an operation.
//
// Every access of a generated program has its own place in the compiled code, so that data races
// are told apart as they would be in compiled source: one function per place, made by a template.
#include <string.h>

#include "tests/engine/generated/program.hpp"

namespace checker::generated {
namespace {

// Inlined always: the access must stand in the function of its place.
template <typename Value>
__attribute__((always_inline)) inline void access_value(const instruction& code, Value* address,
                                                        std::uint64_t* regs) {
  const auto operand = static_cast<Value>(operand_of(code, regs));
  std::uint64_t& reg = regs[code.reg];
  switch (code.code) {
    case opcode::load:
      if (code.marked) {
        reg = *const_cast<volatile Value*>(address);
      } else {
        reg = *address;
      }
      break;
    case opcode::store:
      if (code.marked) {
        *const_cast<volatile Value*>(address) = operand;
      } else {
        *address = operand;
      }
      break;
    case opcode::add:
      reg = __atomic_fetch_add(address, operand, __ATOMIC_ACQ_REL);
      break;
    case opcode::count:
      checker_add(address, sizeof *address, operand);
      break;
    case opcode::exchange:
      reg = __atomic_exchange_n(address, operand, __ATOMIC_SEQ_CST);
      break;
    default: {
      auto expected = static_cast<Value>(code.other);
      reg = __atomic_compare_exchange_n(address, &expected, operand, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED);
    }
  }
}

struct __attribute__((may_alias)) entry {
  std::uint64_t value;
};

template <int Place>
void access(const instruction& code, world* shared, std::uint64_t* regs) {
  std::uint64_t* const word = &shared->words[code.word];
  if (code.code == opcode::copy) {
    memcpy(word, &shared->words[code.other], 2 * sizeof *word);
  } else if (code.code == opcode::assign) {
    *reinterpret_cast<entry*>(word) = *reinterpret_cast<entry*>(&shared->words[code.other]);
  } else if (code.part == 0) {
    access_value(code, word, regs);
  } else {
    access_value(code, reinterpret_cast<std::uint32_t*>(word) + (code.part - 1), regs);
  }
}

using access_function = void (*)(const instruction&, world*, std::uint64_t*);

struct access_table {
  access_function at[max_places];
};

template <int... Places>
constexpr access_table make_table() {
  return {{access<Places>...}};
}

template <int Next, int... Places>
struct counting : counting<Next - 1, Next - 1, Places...> {};
template <int... Places>
struct counting<0, Places...> {
  static constexpr access_table table = make_table<Places...>();
};

constexpr access_table accesses = counting<max_places>::table;

unsigned* sequence_of(std::uint64_t* word) { return reinterpret_cast<unsigned*>(word); }

void release_if_locked(checker_lock* lock, checker_lock_mode mode) {
  checker_atomic_begin("release if locked");
  if (checker_lock_is_locked(lock)) checker_lock_release(lock, mode);
  checker_atomic_end();
}

void lock_instruction(const instruction& code, checker_lock* lock, std::uint64_t* regs) {
  switch (code.code) {
    case opcode::acquire:
      checker_lock_acquire(lock, code.subclass, code.mode);
      break;
    case opcode::try_acquire:
      regs[code.reg] = static_cast<unsigned>(checker_lock_try(lock, code.subclass, code.mode));
      break;
    case opcode::release:
      checker_lock_release(lock, code.mode);
      break;
    case opcode::is_locked:
      regs[code.reg] = static_cast<unsigned>(checker_lock_is_locked(lock));
      break;
    default:
      release_if_locked(lock, code.mode);
  }
}

void sequence_instruction(const instruction& code, unsigned* sequence, std::uint64_t* regs) {
  switch (code.code) {
    case opcode::write_begin:
      checker_seqcount_write_begin(sequence);
      break;
    case opcode::write_end:
      checker_seqcount_write_end(sequence);
      break;
    case opcode::read_begin:
      regs[code.reg] = checker_seqcount_read_begin(sequence);
      break;
    default:
      regs[code.reg] = static_cast<unsigned>(
          checker_seqcount_read_retry(sequence, static_cast<unsigned>(regs[code.reg])));
  }
}

void ghost_add(std::uint64_t* word, std::uint64_t value) {
  checker_ghost_begin();
  *word += value;
  checker_ghost_end();
}

void forget(std::uint64_t* regs, int pc) {
  for (int i = 0; i < registers; ++i) regs[i] = 0;
  checker_forget_locals(static_cast<std::uint64_t>(pc));
}

bool skips(const instruction& code, const std::uint64_t* regs) {
  return (regs[code.reg] == code.value) == (code.code == opcode::skip_if_equal);
}

void execute(const instruction& code, world* shared, std::uint64_t* regs, int pc) {
  switch (code.code) {
    case opcode::load:
    case opcode::store:
    case opcode::add:
    case opcode::count:
    case opcode::exchange:
    case opcode::compare_exchange:
    case opcode::copy:
    case opcode::assign:
      accesses.at[code.place](code, shared, regs);
      break;
    case opcode::choose:
      regs[code.reg] = checker_choose(code.value, "generated");
      break;
    case opcode::wait:
      checker_wait_until(&shared->words[code.word], code.other, code.value, "generated");
      break;
    case opcode::atomic_begin:
      checker_atomic_begin("generated");
      break;
    case opcode::atomic_end:
      checker_atomic_end();
      break;
    case opcode::ghost_add:
      ghost_add(&shared->words[code.word], code.value);
      break;
    case opcode::forget:
      forget(regs, pc);
      break;
    case opcode::write_begin:
    case opcode::write_end:
    case opcode::read_begin:
    case opcode::read_retry:
      sequence_instruction(code, sequence_of(&shared->words[code.word]), regs);
      break;
    default:
      lock_instruction(code, &shared->locks[code.word], regs);
  }
}

}  // namespace

void interpret(world* shared, const instruction* code, int count, position* where) {
  std::uint64_t regs[registers] = {};
  for (int pc = 0; pc < count; ++pc) {
    const instruction& now = code[pc];
    if (now.code == opcode::skip_if_equal || now.code == opcode::skip_if_differs) {
      if (skips(now, regs)) pc += now.skip;
      continue;
    }
    where->pc = pc;
    for (int i = 0; i < registers; ++i) where->regs[i] = regs[i];
    execute(now, shared, regs, pc);
  }
  for (int i = 0; i < registers; ++i) where->regs[i] = regs[i];
}

void run_hooks(world* shared, const hook* hooks, int count, trigger when, outside_state* outside) {
  for (int i = 0; i < count; ++i) {
    const hook& now = hooks[i];
    if (now.when != when || shared->words[now.a] != now.a_value) continue;
    if (shared->words[now.b] != now.b_value) continue;
    if (now.in_arena) {
      checker_ghost_begin();
      shared->flags |= std::uint64_t{1} << i;
      checker_ghost_end();
    } else {
      outside->flags |= std::uint64_t{1} << i;
    }
  }
}

int place_of(std::uintptr_t pc) {
  // The function that begins last before the address. Some other one may follow the last of them.
  int best = -1;
  std::uintptr_t best_start = 0;
  for (int i = 0; i < max_places; ++i) {
    const auto start = reinterpret_cast<std::uintptr_t>(accesses.at[i]);
    if (start >= pc || start < best_start) continue;
    best = i;
    best_start = start;
  }
  return best;
}

}  // namespace checker::generated
