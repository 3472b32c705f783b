// SPDX-License-Identifier: GPL-2.0-only
#include "checker/toys/trylock.hpp"

namespace checker::toys {
namespace {

std::uint64_t read_once(const std::uint64_t* word) {
  return *static_cast<const volatile std::uint64_t*>(word);
}

void write_once(std::uint64_t* word, std::uint64_t value) {
  *static_cast<volatile std::uint64_t*>(word) = value;
}

}  // namespace

void take_both(trylock_world* world, checker_lock* first, checker_lock* second) {
  for (;;) {
    // Nothing is remembered of a round that failed: states may recur.
    checker_forget_locals(0);
    checker_lock_acquire(first, 0, checker_lock_write);
    if (checker_lock_try(second, 0, checker_lock_write) != 0) break;
    checker_lock_release(first, checker_lock_write);
  }
  ++world->done;
  checker_lock_release(second, checker_lock_write);
  checker_lock_release(first, checker_lock_write);
}

void spin_for_flag(trylock_world* world, checker_lock* held) {
  if (held != nullptr) checker_lock_acquire(held, 0, checker_lock_write);
  do {
    checker_forget_locals(0);
  } while (read_once(&world->flag) == 0);
  if (held != nullptr) checker_lock_release(held, checker_lock_write);
}

void set_flag(trylock_world* world, checker_lock* held) {
  checker_lock_acquire(held, 0, checker_lock_write);
  write_once(&world->flag, 1);
  checker_lock_release(held, checker_lock_write);
}

}  // namespace checker::toys
