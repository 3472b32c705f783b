// SPDX-License-Identifier: GPL-2.0-only
// Code under test that does not do the same twice.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::engine_tests {

struct nondeterministic_world {
  checker_lock lock;
  std::uint64_t x, y;
  std::uint64_t* pointer;
};

void init_nondeterministic(nondeterministic_world* world);
/// What it should do.
void deterministic(nondeterministic_world* world);
/// Stores a variable that it has not set.
void store_unset(nondeterministic_world* world);
/// The same, called by code under test.
void call_store_unset(nondeterministic_world* world);
/// The same, after steps and calls that leave their frames on the stack.
void store_unset_later(nondeterministic_world* world);
/// Decides what to do by one.
void branch_on_unset(nondeterministic_world* world);
/// The same, called by code under test.
void call_branch_on_unset(nondeterministic_world* world);
/// Only after the other thread has stored to x: not in the order that is tried first.
void store_unset_if_last(nondeterministic_world* world);
/// Stores the number of processor cycles so far.
void store_time(nondeterministic_world* world);
/// Makes a local variable known to others.
void store_address_of_local(nondeterministic_world* world);
/// Stores three bits of where a local variable stands.
void store_part_of_address(nondeterministic_world* world);
/// Counts its calls outside of the arena.
void count_calls(nondeterministic_world* world);

}  // namespace checker::engine_tests
