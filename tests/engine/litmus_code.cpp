// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/litmus.hpp"
#include "tests/engine/litmus_accesses.hpp"

namespace checker::engine_tests {

std::uint64_t seen[litmus_registers];

void init_litmus(litmus_world* world) {
  world->pointer = &world->z;
  checker_lock_init(&world->a, checker_lock_spin, "class a", "a");
  checker_lock_init(&world->b, checker_lock_spin, "class b", "b");
}

namespace {

using world = litmus_world;

// A thread is named after what it does: w_x is "write x", r_y "read y", and what stands in between.

void w_x_w_y(world* m) {
  write_once(m->x, 1);
  write_once(m->y, 1);
}
void w_x_wmb_w_y(world* m) {
  write_once(m->x, 1);
  wmb();
  write_once(m->y, 1);
}
void w_x_mb_w_y(world* m) {
  write_once(m->x, 1);
  mb();
  write_once(m->y, 1);
}
void w_x_release_y(world* m) {
  write_once(m->x, 1);
  store_release(m->y, 1);
}
void w_x_w_y_locked(world* m) {
  lock(m->a);
  write_once(m->x, 1);
  write_once(m->y, 1);
  unlock(m->a);
}
void w_x_unlock_lock_w_y(world* m) {
  lock(m->a);
  write_once(m->x, 1);
  unlock(m->a);
  lock(m->b);
  write_once(m->y, 1);
  unlock(m->b);
}
void plain_x_release_y(world* m) {
  m->x = 1;
  store_release(m->y, 1);
}
void r_y_r_x(world* m) {
  seen[0] = read_once(m->y);
  seen[1] = read_once(m->x);
}
void r_y_rmb_r_x(world* m) {
  seen[0] = read_once(m->y);
  rmb();
  seen[1] = read_once(m->x);
}
void r_y_mb_r_x(world* m) {
  seen[0] = read_once(m->y);
  mb();
  seen[1] = read_once(m->x);
}
void r_y_ctrl_r_x(world* m) {
  seen[1] = 2;
  seen[0] = read_once(m->y);
  if (seen[0] != 0) seen[1] = read_once(m->x);
}
void acquire_y_r_x(world* m) {
  seen[0] = load_acquire(m->y);
  seen[1] = read_once(m->x);
}
void acquire_y_plain_x(world* m) {
  seen[1] = 2;
  seen[0] = load_acquire(m->y);
  if (seen[0] != 0) seen[1] = m->x;
}
void r_y_r_x_locked(world* m) {
  lock(m->a);
  seen[0] = read_once(m->y);
  seen[1] = read_once(m->x);
  unlock(m->a);
}
void r_y_unlock_lock_r_x(world* m) {
  lock(m->a);
  seen[0] = read_once(m->y);
  unlock(m->a);
  lock(m->b);
  seen[1] = read_once(m->x);
  unlock(m->b);
}
/// Publishes x, which has been written before.
void w_x_wmb_w_pointer(world* m) {
  write_once(m->x, 1);
  wmb();
  write_once(*reinterpret_cast<word*>(&m->pointer), reinterpret_cast<word>(&m->x));
}
void r_pointer_addr_r(world* m) {
  const word* const found =
      reinterpret_cast<word*>(read_once(*reinterpret_cast<word*>(&m->pointer)));
  seen[0] = found == &m->x ? 1 : 0;
  seen[1] = read_once(*found);
}

void r_y_depends_r_x(world* m) {
  seen[0] = read_once(m->y);
  const word* const found = seen[0] == 1 ? &m->x : &m->z;
  checker_depends(found);
  seen[1] = read_once(*found);
}

// SB
void w_x_r_y(world* m) {
  write_once(m->x, 1);
  seen[0] = read_once(m->y);
}
void w_y_r_x(world* m) {
  write_once(m->y, 1);
  seen[1] = read_once(m->x);
}
void w_x_mb_r_y(world* m) {
  write_once(m->x, 1);
  mb();
  seen[0] = read_once(m->y);
}
void w_y_mb_r_x(world* m) {
  write_once(m->y, 1);
  mb();
  seen[1] = read_once(m->x);
}
void release_x_acquire_y(world* m) {
  store_release(m->x, 1);
  seen[0] = load_acquire(m->y);
}
void release_y_acquire_x(world* m) {
  store_release(m->y, 1);
  seen[1] = load_acquire(m->x);
}
void sc_x_sc_y(world* m) {
  store_sc(m->x, 1);
  seen[0] = load_sc(m->y);
}
void sc_y_sc_x(world* m) {
  store_sc(m->y, 1);
  seen[1] = load_sc(m->x);
}
void xchg_x_r_y(world* m) {
  __atomic_exchange_n(&m->x, 1, __ATOMIC_SEQ_CST);
  seen[0] = read_once(m->y);
}
void xchg_y_r_x(world* m) {
  __atomic_exchange_n(&m->y, 1, __ATOMIC_SEQ_CST);
  seen[1] = read_once(m->x);
}
void w_x_r_y_locked(world* m) {
  lock(m->a);
  write_once(m->x, 1);
  seen[0] = read_once(m->y);
  unlock(m->a);
}
void w_y_r_x_locked(world* m) {
  lock(m->a);
  write_once(m->y, 1);
  seen[1] = read_once(m->x);
  unlock(m->a);
}
void w_x_lock_unlock_r_y(world* m) {
  lock(m->a);
  write_once(m->x, 1);
  unlock(m->a);
  lock(m->b);
  seen[0] = read_once(m->y);
  unlock(m->b);
}

// LB
void r_x_w_y(world* m) {
  seen[0] = read_once(m->x);
  write_once(m->y, 1);
}
void r_y_w_x(world* m) {
  seen[1] = read_once(m->y);
  write_once(m->x, 1);
}
void r_x_data_w_y(world* m) {
  seen[0] = read_once(m->x);
  write_once(m->y, seen[0]);
}
void r_y_data_w_x(world* m) {
  seen[1] = read_once(m->y);
  write_once(m->x, seen[1]);
}
void r_x_ctrl_w_y(world* m) {
  seen[0] = read_once(m->x);
  if (seen[0] != 0) write_once(m->y, 1);
}
void r_y_ctrl_w_x(world* m) {
  seen[1] = read_once(m->y);
  if (seen[1] != 0) write_once(m->x, 1);
}
void acquire_x_w_y(world* m) {
  seen[0] = load_acquire(m->x);
  write_once(m->y, 1);
}
void r_y_release_x(world* m) {
  seen[1] = read_once(m->y);
  store_release(m->x, 1);
}

// R, S, 2+2W
void w_y2_r_x(world* m) {
  write_once(m->y, 2);
  seen[0] = read_once(m->x);
}
void w_y2_mb_r_x(world* m) {
  write_once(m->y, 2);
  mb();
  seen[0] = read_once(m->x);
}
void w_x2_w_y(world* m) {
  write_once(m->x, 2);
  write_once(m->y, 1);
}
void w_x2_release_y(world* m) {
  write_once(m->x, 2);
  store_release(m->y, 1);
}
void r_y0_w_x(world* m) {
  seen[0] = read_once(m->y);
  write_once(m->x, 1);
}
void acquire_y0_w_x(world* m) {
  seen[0] = load_acquire(m->y);
  write_once(m->x, 1);
}
void w_x_w_y2(world* m) {
  write_once(m->x, 1);
  write_once(m->y, 2);
}
void w_y_w_x2(world* m) {
  write_once(m->y, 1);
  write_once(m->x, 2);
}
void w_x_wmb_w_y2(world* m) {
  write_once(m->x, 1);
  wmb();
  write_once(m->y, 2);
}
void w_y_wmb_w_x2(world* m) {
  write_once(m->y, 1);
  wmb();
  write_once(m->x, 2);
}
void w_x_mb_w_y2(world* m) {
  write_once(m->x, 1);
  mb();
  write_once(m->y, 2);
}
void w_y_mb_w_x2(world* m) {
  write_once(m->y, 1);
  mb();
  write_once(m->x, 2);
}

// IRIW, and the coherence of one word
void w_x(world* m) { write_once(m->x, 1); }
void w_y(world* m) { write_once(m->y, 1); }
void w_x2(world* m) { write_once(m->x, 2); }
void sc_x(world* m) { store_sc(m->x, 1); }
void sc_y(world* m) { store_sc(m->y, 1); }
void r_x_r_y_01(world* m) {
  seen[0] = read_once(m->x);
  seen[1] = read_once(m->y);
}
void r_y_r_x_23(world* m) {
  seen[2] = read_once(m->y);
  seen[3] = read_once(m->x);
}
void acquire_x_acquire_y_01(world* m) {
  seen[0] = load_acquire(m->x);
  seen[1] = load_acquire(m->y);
}
void acquire_y_acquire_x_23(world* m) {
  seen[2] = load_acquire(m->y);
  seen[3] = load_acquire(m->x);
}
void r_x_mb_r_y_01(world* m) {
  seen[0] = read_once(m->x);
  mb();
  seen[1] = read_once(m->y);
}
void r_y_mb_r_x_23(world* m) {
  seen[2] = read_once(m->y);
  mb();
  seen[3] = read_once(m->x);
}
void sc_x_sc_y_01(world* m) {
  seen[0] = load_sc(m->x);
  seen[1] = load_sc(m->y);
}
void sc_y_sc_x_23(world* m) {
  seen[2] = load_sc(m->y);
  seen[3] = load_sc(m->x);
}
void r_x_r_x(world* m) {
  seen[0] = read_once(m->x);
  seen[1] = read_once(m->x);
}
void w_x_w_x2(world* m) {
  write_once(m->x, 1);
  write_once(m->x, 2);
}
void r_x_w_x(world* m) {
  seen[0] = read_once(m->x);
  write_once(m->x, 1);
}
void w_x_r_x(world* m) {
  write_once(m->x, 1);
  seen[0] = read_once(m->x);
}

// WRC, ISA2
void r_x_wmb_w_y(world* m) {
  seen[0] = read_once(m->x);
  wmb();
  write_once(m->y, 1);
}
void r_x_release_y(world* m) {
  seen[0] = read_once(m->x);
  store_release(m->y, 1);
}
void r_y_r_x_12(world* m) {
  seen[1] = read_once(m->y);
  seen[2] = read_once(m->x);
}
void r_y_rmb_r_x_12(world* m) {
  seen[1] = read_once(m->y);
  rmb();
  seen[2] = read_once(m->x);
}
void r_y_w_z(world* m) {
  seen[0] = read_once(m->y);
  write_once(m->z, 1);
}
void acquire_y_release_z(world* m) {
  seen[0] = load_acquire(m->y);
  store_release(m->z, 1);
}
void r_y_w_z_locked(world* m) {
  lock(m->a);
  seen[0] = read_once(m->y);
  write_once(m->z, 1);
  unlock(m->a);
}
void r_z_r_x_12(world* m) {
  seen[1] = read_once(m->z);
  seen[2] = read_once(m->x);
}
void acquire_z_r_x_12(world* m) {
  seen[1] = load_acquire(m->z);
  seen[2] = read_once(m->x);
}
void r_z_mb_r_x_12(world* m) {
  seen[1] = read_once(m->z);
  mb();
  seen[2] = read_once(m->x);
}

// Look-back
void w_x_four_times(world* m) {
  for (word i = 1; i <= 4; ++i) write_once(m->x, i);
  write_once(m->y, 1);
}

}  // namespace

const litmus_program litmus_programs[] = {
    {"MP", {w_x_w_y, r_y_r_x}},
    {"MP+wmb+po", {w_x_wmb_w_y, r_y_r_x}},
    {"MP+po+rmb", {w_x_w_y, r_y_rmb_r_x}},
    {"MP+wmb+rmb", {w_x_wmb_w_y, r_y_rmb_r_x}},
    {"MP+mbs", {w_x_mb_w_y, r_y_mb_r_x}},
    {"MP+rel+acq", {w_x_release_y, acquire_y_r_x}},
    {"MP+plain+rel+acq", {plain_x_release_y, acquire_y_plain_x}},
    {"MP+rel+po", {w_x_release_y, r_y_r_x}},
    {"MP+wmb+ctrl", {w_x_wmb_w_y, r_y_ctrl_r_x}},
    {"MP+wmb+addr", {w_x_wmb_w_pointer, r_pointer_addr_r}},
    {"MP+wmb+addr by index", {w_x_wmb_w_y, r_y_depends_r_x}},
    {"MP+locks", {w_x_w_y_locked, r_y_r_x_locked}},
    {"MP+unlock-lock+rmb", {w_x_unlock_lock_w_y, r_y_rmb_r_x}},
    {"MP+wmb+unlock-lock", {w_x_wmb_w_y, r_y_unlock_lock_r_x}},
    {"SB", {w_x_r_y, w_y_r_x}},
    {"SB+mb+po", {w_x_mb_r_y, w_y_r_x}},
    {"SB+mbs", {w_x_mb_r_y, w_y_mb_r_x}},
    {"SB+rel-acq", {release_x_acquire_y, release_y_acquire_x}},
    {"SB+sc", {sc_x_sc_y, sc_y_sc_x}},
    {"SB+xchgs", {xchg_x_r_y, xchg_y_r_x}},
    {"SB+xchg+mb", {xchg_x_r_y, w_y_mb_r_x}},
    {"SB+sc+mb", {sc_x_sc_y, w_y_mb_r_x}},
    {"SB+locks", {w_x_r_y_locked, w_y_r_x_locked}},
    {"SB+unlock-lock+mb", {w_x_lock_unlock_r_y, w_y_mb_r_x}},
    {"LB", {r_x_w_y, r_y_w_x}},
    {"LB+acq+rel", {acquire_x_w_y, r_y_release_x}},
    {"LB+datas", {r_x_data_w_y, r_y_data_w_x}},
    {"LB+ctrls", {r_x_ctrl_w_y, r_y_ctrl_w_x}},
    {"R", {w_x_w_y, w_y2_r_x}},
    {"R+wmb+mb", {w_x_wmb_w_y, w_y2_mb_r_x}},
    {"R+mbs", {w_x_mb_w_y, w_y2_mb_r_x}},
    {"S", {w_x2_w_y, r_y0_w_x}},
    {"S+rel+acq", {w_x2_release_y, acquire_y0_w_x}},
    {"2+2W", {w_x_w_y2, w_y_w_x2}},
    {"2+2W+wmbs", {w_x_wmb_w_y2, w_y_wmb_w_x2}},
    {"2+2W+mbs", {w_x_mb_w_y2, w_y_mb_w_x2}},
    {"IRIW", {w_x, w_y, r_x_r_y_01, r_y_r_x_23}},
    {"IRIW+acqs", {w_x, w_y, acquire_x_acquire_y_01, acquire_y_acquire_x_23}},
    {"IRIW+mbs", {w_x, w_y, r_x_mb_r_y_01, r_y_mb_r_x_23}},
    {"IRIW+sc", {sc_x, sc_y, sc_x_sc_y_01, sc_y_sc_x_23}},
    {"CoRR", {w_x, r_x_r_x}},
    {"CoWW", {w_x_w_x2}},
    {"CoRW", {r_x_w_x, w_x2}},
    {"CoWR", {w_x_r_x, w_x2}},
    {"WRC", {w_x, r_x_w_y, r_y_r_x_12}},
    {"WRC+data+rmb", {w_x, r_x_data_w_y, r_y_rmb_r_x_12}},
    {"WRC+wmb+rmb", {w_x, r_x_wmb_w_y, r_y_rmb_r_x_12}},
    {"WRC+rel+rmb", {w_x, r_x_release_y, r_y_rmb_r_x_12}},
    {"ISA2", {w_x_w_y, r_y_w_z, r_z_r_x_12}},
    {"ISA2+rel+acq-rel+acq", {w_x_release_y, acquire_y_release_z, acquire_z_r_x_12}},
    {"ISA2+locks+mb", {w_x_w_y_locked, r_y_w_z_locked, r_z_mb_r_x_12}},
    {"look-back", {w_x_four_times, r_y_r_x}},
    {"look-back+1", {w_x_four_times, r_y_r_x}},
};
const int litmus_program_count = sizeof litmus_programs / sizeof *litmus_programs;

}  // namespace checker::engine_tests
