// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/coverage.hpp"

namespace checker::engine_tests {

void init_coverage(coverage_world* world) {
  checker_lock_init(&world->outer, checker_lock_spin, "outer", "outer");
  checker_lock_init(&world->inner, checker_lock_spin, "inner", "inner");
  checker_lock_init(&world->free, checker_lock_spin, "free", "free");
}

static int error_of(std::uint64_t value) {
  if (value == 7) return -12;  // never
  return 0;
}

void take_both(coverage_world* world) {
  checker_lock_acquire(&world->outer, 0, checker_lock_write);
  checker_lock_acquire(&world->inner, 1, checker_lock_write);
  if (error_of(world->x) != 0) {
    world->y = 1;  // never
  }
  world->x = world->x + 1;
  checker_lock_release(&world->inner, checker_lock_write);
  checker_lock_release(&world->outer, checker_lock_write);
}

void take_outer(coverage_world* world) {
  checker_lock_acquire(&world->outer, 0, checker_lock_write);
  world->x = world->x + 1;
  checker_lock_release(&world->outer, checker_lock_write);
}

void choose_one(coverage_world* world) {
  const unsigned value = checker_choose(3, "one of three");
  if (value == 1) world->x = 20;
  if (value == 2) {
    take_outer(world);  // two
  }
}

void never_called(coverage_world* world) {
  world->x = 5;  // nowhere
}

void wait_for_ever(coverage_world* world) {
  checker_wait_until(&world->x, ~0UL, 7, "seven");
  world->y = 1;  // after the wait
}

void violate_by_choice(coverage_world* world) {
  world->x = 1;
  if (checker_choose(2, "breaks") != 0) checker_violation("broken", "as chosen");
  world->x = 2;
}

}  // namespace checker::engine_tests
