// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/livelock.hpp"

namespace checker::engine_tests {
namespace {

std::uint64_t read_once(const std::uint64_t* word) {
  return *static_cast<const volatile std::uint64_t*>(word);
}
void write_once(std::uint64_t* word, std::uint64_t value) {
  *static_cast<volatile std::uint64_t*>(word) = value;
}
void lock(checker_lock* which) { checker_lock_acquire(which, 0, checker_lock_write); }
void unlock(checker_lock* which) { checker_lock_release(which, checker_lock_write); }

void take_both(checker_lock* first, checker_lock* second) {
  for (;;) {
    checker_forget_locals(0);
    lock(first);
    if (checker_lock_try(second, 0, checker_lock_write) != 0) break;
    unlock(first);
  }
  unlock(second);
  unlock(first);
}

void spin(const std::uint64_t* word) {
  do {
    checker_forget_locals(0);
  } while (read_once(word) == 0);
}

}  // namespace

void init(retries* world) {
  checker_lock_init(&world->a, checker_lock_spin, "a", "A");
  checker_lock_init(&world->b, checker_lock_spin, "b", "B");
  checker_lock_init(&world->sem, checker_lock_rwsem, "sem", "sem");
}

void take_a_try_b(retries* world) { take_both(&world->a, &world->b); }
void take_b_try_a(retries* world) { take_both(&world->b, &world->a); }
void spin_on_flag(retries* world) { spin(&world->flag); }
void spin_on_other(retries* world) { spin(&world->other); }
void spin_on_flag_under_a(retries* world) {
  lock(&world->a);
  spin(&world->flag);
  unlock(&world->a);
}
void set_flag(retries* world) { write_once(&world->flag, 1); }
void set_flag_under_a(retries* world) {
  lock(&world->a);
  write_once(&world->flag, 1);
  unlock(&world->a);
}
void leave_with_a(retries* world) { lock(&world->a); }
void store_x(retries* world) { write_once(&world->x, 1); }
void poll_flag_under_a(retries* world) {
  for (bool set = false; !set;) {
    checker_forget_locals(0);
    lock(&world->a);
    set = read_once(&world->flag) != 0;
    unlock(&world->a);
  }
}
void allocate_until_it_succeeds(retries* world) {
  do {
    checker_forget_locals(0);
    write_once(&world->x, 1);
  } while (checker_choose(2, "allocation fails") != 0);
}
void retry_while_all_goes_well(retries* world) {
  do {
    checker_forget_locals(0);
    write_once(&world->x, 1);
  } while (checker_choose(2, "interrupted") == 0);
}
void retry_for_mixed_values(retries* world) {
  for (;;) {
    checker_forget_locals(0);
    write_once(&world->x, 1);
    if (checker_choose(2, "first") == 0) return;
    write_once(&world->x, 2);
    if (checker_choose(2, "second") != 0) return;
  }
}
void poll_flag_as_reader(retries* world) {
  for (bool set = false; !set;) {
    checker_forget_locals(0);
    checker_lock_acquire(&world->sem, 0, checker_lock_read);
    set = read_once(&world->flag) != 0;
    checker_lock_release(&world->sem, checker_lock_read);
  }
}
void store_and_poll_flag_as_reader(retries* world) {
  for (bool set = false; !set;) {
    checker_forget_locals(0);
    checker_lock_acquire(&world->sem, 0, checker_lock_read);
    write_once(&world->x, read_once(&world->x) ^ 1);
    set = read_once(&world->flag) != 0;
    checker_lock_release(&world->sem, checker_lock_read);
  }
}
void spin_on_flag_as_reader(retries* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_read);
  spin(&world->flag);
  checker_lock_release(&world->sem, checker_lock_read);
}
void set_flag_as_writer(retries* world) {
  lock(&world->sem);
  write_once(&world->flag, 1);
  unlock(&world->sem);
}

}  // namespace checker::engine_tests
