// SPDX-License-Identifier: GPL-2.0-only
// Runs generated programs, an operation at a time.
#include "tests/engine/litmus.hpp"
#include "tests/engine/litmus_accesses.hpp"

namespace checker::engine_tests {

namespace {

void run_operation(litmus_world* m, const litmus_operation& next) {
  word& place = next.place == 0 ? m->x : next.place == 1 ? m->y : m->z;
  checker_lock& which = next.place == 0 ? m->a : m->b;
  switch (next.what) {
    using enum litmus_operation::type;
    case load:
      seen[next.value] = next.order == __ATOMIC_RELAXED   ? read_once(place)
                         : next.order == __ATOMIC_ACQUIRE ? load_acquire(place)
                                                          : load_sc(place);
      break;
    case store:
      if (next.order == __ATOMIC_RELAXED) {
        write_once(place, next.value);
      } else if (next.order == __ATOMIC_RELEASE) {
        store_release(place, next.value);
      } else {
        store_sc(place, next.value);
      }
      break;
    case add:
      if (next.order == __ATOMIC_RELAXED) {
        __atomic_fetch_add(&place, next.value, __ATOMIC_RELAXED);
      } else if (next.order == __ATOMIC_ACQ_REL) {
        __atomic_fetch_add(&place, next.value, __ATOMIC_ACQ_REL);
      } else {
        __atomic_fetch_add(&place, next.value, __ATOMIC_SEQ_CST);
      }
      break;
    case exchange: {
      word expected = next.value - 1;
      __atomic_compare_exchange_n(&place, &expected, next.value, false, __ATOMIC_ACQ_REL,
                                  __ATOMIC_RELAXED);
      break;
    }
    case fence:
      if (next.order == __ATOMIC_ACQUIRE) rmb();
      if (next.order == __ATOMIC_RELEASE) wmb();
      if (next.order == __ATOMIC_SEQ_CST) mb();
      break;
    case lock:
      engine_tests::lock(which);
      break;
    case unlock:
      engine_tests::unlock(which);
      break;
    case half_store:
      *reinterpret_cast<volatile std::uint32_t*>(&place) = static_cast<std::uint32_t>(next.value);
      break;
    case inspect:
      if (read_once(place) == 0) break;
      // What this step touches depends on the store that the load saw.
      checker_ghost_begin();
      if ((next.place == 0 ? m->y : m->x) == next.value) {
        checker_violation("inspected", "a place was %d", static_cast<int>(next.value));
      }
      checker_ghost_end();
      break;
    case wait:
      checker_wait_until(&place, ~word{0}, next.value, "a value");
      break;
  }
}

}  // namespace

void run_litmus_code(litmus_world* world, const litmus_operation* code, int length) {
  for (int i = 0; i < length; ++i) run_operation(world, code[i]);
}

}  // namespace checker::engine_tests
