// SPDX-License-Identifier: GPL-2.0-only
// Code under test for the tests of lock rules, data races and crashes: each function does one
// thing.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::engine_tests {

struct rules {
  checker_lock a, b, outer;  ///< spinlocks of three classes
  checker_lock twin;         ///< a spinlock of a's class
  checker_lock sem, sem2;    ///< rwsems
  checker_lock mutex;
  checker_lock bit;
  std::uint64_t x, y, flag, count, readers;
  alignas(8) unsigned sequence[2];
  std::uint64_t fixed;  ///< for a test that says it is constant
};

void init(rules* world);

// Locks.
void lock_a_then_b(rules* world);
void lock_b_then_a(rules* world);
void lock_a_then_b_in_outer(rules* world);
void lock_b_then_a_in_outer(rules* world);
void try_b_in_a(rules* world);
void try_a_in_b(rules* world);
void lock_a_twice(rules* world);
void lock_a_then_twin(rules* world);
void lock_a_then_twin_nested(rules* world);
void release_a_only(rules* world);
void release_sem_as_writer(rules* world);
void take_a_and_return(rules* world);
void take_a(rules* world);
void release_a(rules* world);
void mutex_in_spinlock(rules* world);
void sem_in_spinlock(rules* world);
void wait_in_spinlock(rules* world);
void sleep_in_spinlock(rules* world);
void sleep_in_section(rules* world);
void mutex_in_section(rules* world);
void sleep_behind_section(rules* world);
void return_in_section(rules* world);
void end_no_section(rules* world);
void sleep_in_mutex(rules* world);
void try_mutex_in_spinlock(rules* world);
void set_flag(rules* world);
void wait_for_flag(rules* world);
void wait_for_the_past(rules* world);
void take_bit_set_flag_wait(rules* world);
void release_bit_after_flag(rules* world);
void release_bit(rules* world);
/// Whoever holds it by then.
void release_bit_if_locked(rules* world);
void take_bit_and_release_if_locked(rules* world);
void store_x_with_bit_until_told(rules* world);
void release_bit_for_others_and_tell(rules* world);
/// y becomes 1 more than what x was.
void load_x_with_bit(rules* world);
void read_section(rules* world);
void write_section(rules* world);
void read_sem_then_sem2(rules* world);
void read_sem2_then_sem(rules* world);
void write_sem_then_mutex(rules* world);

// For counting executions.
void read_sem_load(rules* world);
void write_sem_store(rules* world);
void try_a(rules* world);
void toggle_flag(rules* world);
void choose_and_store(rules* world);
/// x, if two choices of 32 values come out 31; count says what came out before.
void seldom_store_x(rules* world);

// Sequence counts.
void sequence_write(rules* world);
void sequence_write_locked(rules* world);
void sequence_end_only(rules* world);
void sequence_read(rules* world);

// Constants.
void load_fixed(rules* world);
void store_fixed(rules* world);

// Data races.
void plain_store(rules* world);
void plain_load(rules* world);
void marked_store(rules* world);
void marked_load(rules* world);
void atomic_add(rules* world);
void locked_store(rules* world);
void plain_half_store(rules* world);
void plain_other_half_load(rules* world);

// Crashes.
void null_load(rules* world);
void null_store_after_flag(rules* world);
void wild_store(rules* world);
void divide(rules* world);
void call_abort(rules* world);
void recurse(rules* world);
void recurse_without_steps(rules* world);
void spin_with_steps(rules* world);
void spin_on_flag(rules* world);
void spin_on_flag_forgetting(rules* world);
void spin_for_ever_unless_flag(rules* world);
void spin_without_steps(rules* world);
void hook_loads_null_if_x(rules* world);
void store_x(rules* world);
void store_y(rules* world);
void increment_count(rules* world);
void x_must_not_follow_y(rules* world);

// Pointers that are no lock's, and rules of the API broken.
void take_null_lock(rules* world);
void take_null_lock_after_flag(rules* world);
void take_stray_lock(rules* world);
void take_lock_never_initialised(rules* world);
void release_null_lock(rules* world);
void look_at_null_lock(rules* world);
void read_null_sequence(rules* world);
void wait_for_null(rules* world);
void store_past_allocated(rules* world);
void fill_past_the_arena(rules* world);
void choose_too_many(rules* world);
void choose_the_last_of_32(rules* world);
void leave_atomic_block_open(rules* world);
void end_atomic_block_twice(rules* world);
void leave_ghost_code_open(rules* world);
void take_a_with_subclass_8(rules* world);
void many_stores(rules* world);
void spin_on_trylock(rules* world);

// Verdicts.
void fail_if_x(rules* world);
void fail_always(rules* world);
void fail_if_x_and_y(rules* world);
void four_stores(rules* world);
void nine_thousand_stores(rules* world);
void choose_then_fail(rules* world);

// Not deterministic: depends on a counter outside of the arena.
void other_word_each_time(rules* world);
void other_value_each_time(rules* world);
void fail_once_in_a_while(rules* world);
void forget_counter();

}  // namespace checker::engine_tests
