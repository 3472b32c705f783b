// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "tests/engine/rules.hpp"

namespace checker::engine_tests {
namespace {

void lock(checker_lock* which, unsigned subclass = 0) {
  checker_lock_acquire(which, subclass, checker_lock_write);
}
void unlock(checker_lock* which) { checker_lock_release(which, checker_lock_write); }

std::uint64_t load(const std::uint64_t* word) {
  return *const_cast<const volatile std::uint64_t*>(word);
}
void store(std::uint64_t* word, std::uint64_t value) {
  *const_cast<volatile std::uint64_t*>(word) = value;
}

void both(rules* world, checker_lock* first, checker_lock* second) {
  lock(first);
  lock(second);
  store(&world->x, 1);
  unlock(second);
  unlock(first);
}

void try_inside(rules* world, checker_lock* first, checker_lock* second) {
  lock(first);
  if (checker_lock_try(second, 0, checker_lock_write)) {
    store(&world->x, 1);
    unlock(second);
  }
  unlock(first);
}

}  // namespace

void init(rules* world) {
  checker_lock_init(&world->a, checker_lock_spin, "class a", "a");
  checker_lock_init(&world->b, checker_lock_spin, "class b", "b");
  checker_lock_init(&world->outer, checker_lock_spin, "class outer", "outer");
  checker_lock_init(&world->twin, checker_lock_spin, "class a", "twin");
  checker_lock_init(&world->sem, checker_lock_rwsem, "class sem", "sem");
  checker_lock_init(&world->sem2, checker_lock_rwsem, "class sem2", "sem2");
  checker_lock_init(&world->mutex, checker_lock_mutex, "class mutex", "mutex");
  checker_lock_init(&world->bit, checker_lock_bit, "class bit", "bit");
}

// ---- Locks -------------------------------------------------------------------------------------

void lock_a_then_b(rules* world) { both(world, &world->a, &world->b); }
void lock_b_then_a(rules* world) { both(world, &world->b, &world->a); }
void lock_a_then_b_in_outer(rules* world) {
  lock(&world->outer);
  both(world, &world->a, &world->b);
  unlock(&world->outer);
}
void lock_b_then_a_in_outer(rules* world) {
  lock(&world->outer);
  both(world, &world->b, &world->a);
  unlock(&world->outer);
}
void try_b_in_a(rules* world) { try_inside(world, &world->a, &world->b); }
void try_a_in_b(rules* world) { try_inside(world, &world->b, &world->a); }
void lock_a_twice(rules* world) { both(world, &world->a, &world->a); }
void lock_a_then_twin(rules* world) { both(world, &world->a, &world->twin); }
void lock_a_then_twin_nested(rules* world) {
  lock(&world->a);
  lock(&world->twin, 1);
  unlock(&world->twin);
  unlock(&world->a);
}
void release_a_only(rules* world) { unlock(&world->a); }
void release_sem_as_writer(rules* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_read);
  checker_lock_release(&world->sem, checker_lock_write);
}
void take_a_and_return(rules* world) { lock(&world->a); }
void take_a(rules* world) {
  lock(&world->a);
  store(&world->x, 1);
  unlock(&world->a);
}
void release_a(rules* world) { unlock(&world->a); }
void mutex_in_spinlock(rules* world) { both(world, &world->a, &world->mutex); }
void sem_in_spinlock(rules* world) {
  lock(&world->a);
  checker_lock_acquire(&world->sem, 0, checker_lock_read);
  checker_lock_release(&world->sem, checker_lock_read);
  unlock(&world->a);
}
void wait_in_spinlock(rules* world) {
  lock(&world->a);
  checker_wait_until(&world->flag, 1, 0, "the flag");
  unlock(&world->a);
}
void sleep_in_spinlock(rules* world) {
  lock(&world->a);
  checker_might_sleep("allocation");
  unlock(&world->a);
}
void sleep_in_section(rules* world) {
  checker_no_sleep_begin("a section");
  checker_no_sleep_begin("another one");
  store(&world->flag, 1);
  checker_no_sleep_end("another one");
  checker_might_sleep("allocation");
}
void mutex_in_section(rules* world) {
  checker_no_sleep_begin("a section");
  lock(&world->mutex);
}
void sleep_behind_section(rules* world) {
  checker_no_sleep_begin("a section");
  store(&world->flag, 1);
  checker_no_sleep_end("a section");
  checker_might_sleep("allocation");
}
void return_in_section(rules* world) {
  checker_no_sleep_begin("a section");
  store(&world->flag, 1);
}
void end_no_section(rules* world) {
  store(&world->flag, 1);
  checker_no_sleep_end("a section");
}
void sleep_in_mutex(rules* world) {
  lock(&world->mutex);
  checker_might_sleep("allocation");
  unlock(&world->mutex);
}
void try_mutex_in_spinlock(rules* world) { try_inside(world, &world->a, &world->mutex); }
void set_flag(rules* world) { store(&world->flag, 1); }
void wait_for_flag(rules* world) { checker_wait_until(&world->flag, 1, 1, "the flag"); }
void wait_for_the_past(rules* world) {
  checker_wait_until(&world->flag, 2, 2, "a flag nobody sets");
}
void take_bit_set_flag_wait(rules* world) {
  lock(&world->bit);
  store(&world->flag, 1);
  checker_wait_until(&world->flag, 2, 2, "the other one's release");
}
void release_bit_after_flag(rules* world) {
  checker_wait_until(&world->flag, 1, 1, "the flag");
  unlock(&world->bit);
  store(&world->flag, 3);
}
void release_bit(rules* world) { unlock(&world->bit); }
void release_bit_if_locked(rules* world) {
  checker_atomic_begin("release");
  if (checker_lock_is_locked(&world->bit)) unlock(&world->bit);
  checker_atomic_end();
}
void take_bit_and_release_if_locked(rules* world) {
  lock(&world->bit);
  release_bit_if_locked(world);
}
void store_x_with_bit_until_told(rules* world) {
  lock(&world->bit);
  store(&world->flag, 1);
  store(&world->x, 1);
  checker_wait_until(&world->flag, 2, 2, "the other one's release");
}
void release_bit_for_others_and_tell(rules* world) {
  checker_wait_until(&world->flag, 1, 1, "the flag");
  release_bit_if_locked(world);
  store(&world->flag, 3);
}
void load_x_with_bit(rules* world) {
  checker_wait_until(&world->flag, 1, 1, "the flag");
  lock(&world->bit);
  store(&world->y, load(&world->x) + 1);
  release_bit_if_locked(world);
}

void read_section(rules* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_read);
  const std::uint64_t inside = __atomic_add_fetch(&world->readers, 1, __ATOMIC_SEQ_CST);
  if (load(&world->x) != 0) checker_violation("exclusion", "a writer is inside");
  if (inside == 2) store(&world->flag, 1);
  __atomic_sub_fetch(&world->readers, 1, __ATOMIC_SEQ_CST);
  checker_lock_release(&world->sem, checker_lock_read);
}
void write_section(rules* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_write);
  store(&world->x, 1);
  if (load(&world->readers) != 0) checker_violation("exclusion", "a reader is inside");
  store(&world->x, 0);
  checker_lock_release(&world->sem, checker_lock_write);
}
void read_sem_then_sem2(rules* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_read);
  checker_lock_acquire(&world->sem2, 0, checker_lock_write);
  checker_lock_release(&world->sem2, checker_lock_write);
  checker_lock_release(&world->sem, checker_lock_read);
}
void read_sem2_then_sem(rules* world) {
  checker_lock_acquire(&world->sem2, 0, checker_lock_read);
  checker_lock_acquire(&world->sem, 0, checker_lock_write);
  checker_lock_release(&world->sem, checker_lock_write);
  checker_lock_release(&world->sem2, checker_lock_read);
}
void write_sem_then_mutex(rules* world) { both(world, &world->sem, &world->mutex); }

// ---- For counting executions -------------------------------------------------------------------

void read_sem_load(rules* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_read);
  (void)load(&world->x);
  checker_lock_release(&world->sem, checker_lock_read);
}
void write_sem_store(rules* world) {
  checker_lock_acquire(&world->sem, 0, checker_lock_write);
  store(&world->x, 1);
  checker_lock_release(&world->sem, checker_lock_write);
}
void try_a(rules* world) {
  if (checker_lock_try(&world->a, 0, checker_lock_write)) unlock(&world->a);
}
void toggle_flag(rules* world) {
  store(&world->flag, 1);
  store(&world->flag, 0);
  store(&world->flag, 1);
}
void choose_and_store(rules* world) { store(&world->x, checker_choose(3, "value")); }
void seldom_store_x(rules* world) {
  const unsigned first = checker_choose(32, "first");
  const unsigned second = first == 31 ? checker_choose(32, "second") : 0;
  store(&world->count, first + second);
  if (first + second == 62) store(&world->x, 2);
}

// ---- Sequence counts ---------------------------------------------------------------------------

void sequence_write(rules* world) {
  checker_seqcount_write_begin(&world->sequence[1]);
  store(&world->x, 1);
  store(&world->y, 1);
  checker_seqcount_write_end(&world->sequence[1]);
}
void sequence_write_locked(rules* world) {
  lock(&world->a);
  sequence_write(world);
  unlock(&world->a);
}
void sequence_end_only(rules* world) { checker_seqcount_write_end(&world->sequence[1]); }
void sequence_read(rules* world) {
  std::uint64_t x, y;
  unsigned start;
  do {
    start = checker_seqcount_read_begin(&world->sequence[1]);
    x = load(&world->x);
    y = load(&world->y);
  } while (checker_seqcount_read_retry(&world->sequence[1], start));
  if (x != y) checker_violation("torn", "x and y differ");
}

// ---- Data races --------------------------------------------------------------------------------

void plain_store(rules* world) { world->x = 1; }
void plain_load(rules* world) {
  if (world->x == 99) checker_violation("impossible", "x is 99");
}
void marked_store(rules* world) { store(&world->x, 2); }
void marked_load(rules* world) { (void)load(&world->x); }
void atomic_add(rules* world) { __atomic_fetch_add(&world->x, 1, __ATOMIC_RELAXED); }
void locked_store(rules* world) {
  lock(&world->a);
  world->x = 1;
  unlock(&world->a);
}
void plain_half_store(rules* world) { *reinterpret_cast<std::uint32_t*>(&world->x) = 1; }
void plain_other_half_load(rules* world) {
  const std::uint32_t* const half = reinterpret_cast<std::uint32_t*>(&world->x) + 1;
  if (*half == 99) checker_violation("impossible", "the upper half is 99");
}

// ---- Crashes -----------------------------------------------------------------------------------

namespace {

// The compiler must not see what these are.
std::uint64_t* volatile null_pointer = nullptr;
volatile int zero = 0;
volatile int sink = 0;

}  // namespace

void null_load(rules* world) { store(&world->x, *null_pointer); }
void null_store_after_flag(rules* world) {
  if (load(&world->flag) != 0) *null_pointer = 1;
}
void wild_store(rules* world) {
  store(&world->x, 1);
  *reinterpret_cast<std::uint64_t*>(0x123456789000) = 1;
}
void divide(rules* world) { store(&world->x, static_cast<std::uint64_t>(7 / zero)); }
void call_abort(rules* world) {
  store(&world->x, 1);
  abort();
}
namespace {

void deeper(rules* world, int depth) {
  store(&world->x, static_cast<std::uint64_t>(depth));
  if (depth >= 0) deeper(world, depth + 1);
  sink = depth;
}
void deeper_without_steps(int depth) {
  volatile char room[1024];
  room[0] = static_cast<char>(depth);
  if (zero == 0) deeper_without_steps(depth + 1);
  sink = room[0];
}

}  // namespace
void recurse(rules* world) { deeper(world, 0); }
void recurse_without_steps(rules* /*world*/) { deeper_without_steps(0); }
void spin_with_steps(rules* world) {
  while (load(&world->x) != 7) sink = 1;
}
void spin_on_flag(rules* world) {
  while (load(&world->flag) == 0) sink = 1;
}
void spin_on_flag_forgetting(rules* world) {
  while (load(&world->flag) == 0) checker_forget_locals(0);
}
void spin_for_ever_unless_flag(rules* world) {
  if (load(&world->flag) != 0) return;
  while (load(&world->y) == 0) checker_forget_locals(0);
}
void spin_without_steps(rules* world) {
  store(&world->x, 1);
  while (zero == 0) sink = 1;
}
void hook_loads_null_if_x(rules* world) {
  if (world->x != 0) sink = static_cast<int>(*null_pointer);
}
void store_x(rules* world) { store(&world->x, 1); }
void store_y(rules* world) { store(&world->y, 1); }
void increment_count(rules* world) {
  const std::uint64_t before = load(&world->count);
  store(&world->count, before + 1);
}
void x_must_not_follow_y(rules* world) {
  if (world->x == 0 && world->y != 0) checker_violation("order", "y was set before x");
}

// ---- Misuse ------------------------------------------------------------------------------------

namespace {
checker_lock stray_lock;
}  // namespace

void take_null_lock(rules*) { lock(nullptr); }
void take_null_lock_after_flag(rules* world) {
  if (load(&world->flag) != 0) lock(nullptr);
}
void take_stray_lock(rules*) { lock(&stray_lock); }
void take_lock_never_initialised(rules* world) { lock(reinterpret_cast<checker_lock*>(&world->x)); }
void release_null_lock(rules*) { unlock(nullptr); }
void look_at_null_lock(rules*) { (void)checker_lock_is_locked(nullptr); }
void read_null_sequence(rules*) { (void)checker_seqcount_read_begin(nullptr); }
void wait_for_null(rules*) { checker_wait_until(nullptr, 1, 1, "nothing"); }
void store_past_allocated(rules* world) {
  store(reinterpret_cast<std::uint64_t*>(world + 1) + 100, 1);
}
void fill_past_the_arena(rules* world) { memset(&world->x, 0, 300 * 1024); }
void choose_too_many(rules*) { (void)checker_choose(33, "too many"); }
void choose_the_last_of_32(rules*) {
  if (checker_choose(32, "many") == 31) checker_violation("last", "the last one");
}
void leave_atomic_block_open(rules* world) {
  checker_atomic_begin("open");
  store(&world->x, 1);
}
void end_atomic_block_twice(rules*) {
  checker_atomic_begin("twice");
  checker_atomic_end();
  checker_atomic_end();
}
void leave_ghost_code_open(rules* world) {
  store(&world->x, 1);
  checker_ghost_begin();
}
void take_a_with_subclass_8(rules* world) { lock(&world->a, 8); }
void many_stores(rules* world) {
  for (int i = 0; i < 3'000; ++i) store(&world->x, 1);
}
void spin_on_trylock(rules* world) {
  lock(&world->a);
  while (!checker_lock_try(&world->a, 0, checker_lock_write)) sink = 1;
}

// ---- Verdicts ----------------------------------------------------------------------------------

void fail_if_x(rules* world) {
  if (world->x != 0) checker_violation("x", "x is %d", static_cast<int>(world->x));
}
void fail_always(rules* /*world*/) { checker_violation("always", "whatever happened"); }
void fail_if_x_and_y(rules* world) {
  const std::uint64_t x = load(&world->x);
  const std::uint64_t y = load(&world->y);
  if (x != 0 && y == 0) checker_violation("between", "x was set, y not yet");
}
void four_stores(rules* world) {
  store(&world->count, 1);
  store(&world->x, 1);
  store(&world->y, 1);
  store(&world->count, 2);
}
void nine_thousand_stores(rules* world) {
  for (int i = 1; i <= 9'000; ++i) store(&world->count, i);
}
void choose_then_fail(rules* world) {
  const unsigned one = checker_choose(3, "one");
  store(&world->x, one);
  const unsigned other = checker_choose(2, "other");
  store(&world->y, other);
  if (one == 2 && other == 1) checker_violation("chosen", "2 and 1");
}

namespace {

int executions_so_far = 0;

}  // namespace

void other_word_each_time(rules* world) {
  store(++executions_so_far % 2 == 0 ? &world->x : &world->y, 1);
}
void other_value_each_time(rules* world) {
  store(&world->x, static_cast<std::uint64_t>(++executions_so_far));
}
void fail_once_in_a_while(rules* world) {
  store(&world->x, 1);
  if (++executions_so_far == 1) checker_violation("rare", "the first time only");
}
void forget_counter() { executions_so_far = 0; }

// ---- Constants ---------------------------------------------------------------------------------

void load_fixed(rules* world) { load(&world->fixed); }
void store_fixed(rules* world) { store(&world->fixed, 1); }

}  // namespace checker::engine_tests
