// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/nondeterminism.hpp"

// What the compiler would warn of.
#pragma GCC diagnostic ignored "-Wuninitialized"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace checker::engine_tests {

void init_nondeterministic(nondeterministic_world* world) {
  checker_lock_init(&world->lock, checker_lock_spin, "lock", "lock");
}

void deterministic(nondeterministic_world* world) {
  checker_lock_acquire(&world->lock, 0, checker_lock_write);
  std::uint64_t values[4] = {1, 2, 3, world->x};
  for (const auto value : values) world->x = world->x + value;
  checker_lock_release(&world->lock, checker_lock_write);
}

/// Sets it if asked to.
static void maybe_set(std::uint64_t* value, bool really) {
  if (really) *value = 1;
}

void store_unset(nondeterministic_world* world) {
  std::uint64_t value;
  maybe_set(&value, false);
  world->y = value;  // unset
}

void call_store_unset(nondeterministic_world* world) { store_unset(world); }

void store_unset_later(nondeterministic_world* world) {
  deterministic(world);
  world->x = world->x + 1;
  store_unset(world);
}

void branch_on_unset(nondeterministic_world* world) {
  bool flags[3];
  std::uint64_t other = 0;
  maybe_set(&other, world->x == 5);
  __asm__ volatile("" : : "r"(flags) : "memory");
  if (*static_cast<volatile bool*>(&flags[1])) {
    world->y = 2;  // only with garbage
  }
  world->x = 1;
}

void call_branch_on_unset(nondeterministic_world* world) { branch_on_unset(world); }

void store_unset_if_last(nondeterministic_world* world) {
  if (world->x != 0) store_unset(world);
}

void store_time(nondeterministic_world* world) {
  world->x = __builtin_ia32_rdtsc();  // time
}

void store_address_of_local(nondeterministic_world* world) {
  std::uint64_t local = 3;
  __atomic_store_n(&world->pointer, &local, __ATOMIC_RELAXED);
  world->x = *world->pointer;
  world->pointer = nullptr;
}

void store_part_of_address(nondeterministic_world* world) {
  std::uint64_t local = 3;
  __asm__("" : : "r"(&local) : "memory");
  world->x = reinterpret_cast<std::uintptr_t>(&local) >> 6 & 7;
}

void count_calls(nondeterministic_world* world) {
  static std::uint64_t calls;
  world->x = ++calls;  // count
}

}  // namespace checker::engine_tests
