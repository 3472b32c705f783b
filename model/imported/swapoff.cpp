// SPDX-License-Identifier: GPL-2.0-only
// swapoff(2), mm/swapfile.c, v6.1, around an imported try_to_unuse().
#include "model/imported/imported.hpp"
#include "model/kapi/imported.h"

namespace model {

// A walk after the wait has met another user in flight, and so many there never are.
static constexpr u64 most_rounds = 9;

// try_to_unuse() begins a round, which is over once no slot is in use. A round misses a slot whose
// user is a thread that has taken its reference and not yet stored the entry, or cleared the entry
// and not yet dropped it; that has the slot on its way into the swap cache or out of it; or an mm
// that exits, which the walk passes by. The kernel goes round until that is over. Under a scheduler
// that need not be fair such a loop has no end, so the model waits, before the second round and
// those that follow: rounds until then would find what the last one found.
void kapi_unuse_round(swap_info_struct* si) {
  checker_ghost_begin();
  const u64 round = ++si->unuse_rounds;
  checker_ghost_end();
  if (round == 1) return;
  if (round > most_rounds) {
    checker_violation("livelock", "swapoff goes round for ever: slots are still in use");
  }
  for (unsigned i = 0; i < world.parameters.threads; ++i) {
    checker_wait_until(&world.thread_ghosts[i].swaps, ~u64{0}, 0,
                       "until page table and swap_map agree");
  }
  for (unsigned slot = 1; slot <= world.parameters.slots; ++slot) {
    checker_wait_until(&world.slots[slot].in_transit, ~u64{0}, 0, "swap cache");
  }
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    const mm_struct* mm = &world.mms[i];
    checker_ghost_begin();
    const bool exits = mm->mmlist.next != &mm->mmlist && mm->mm_users == 0;
    checker_ghost_end();
    if (!exits) continue;
    checker_wait_until(reinterpret_cast<const u64*>(&mm->mmlist.next), ~u64{0},
                       reinterpret_cast<u64>(&mm->mmlist), "until the mm has exited");
  }
}

namespace imported {

static void set_writeok(swap_info_struct* p, bool writeok) {
  spin_lock(world.swap_lock);
  spin_lock(&p->lock);
  p->flags = writeok ? p->flags | SWP_WRITEOK : p->flags & ~u64{SWP_WRITEOK};
  spin_unlock(&p->lock);
  spin_unlock(world.swap_lock);
}

// Left out: priorities, accounting, the per-CPU cache of slots, extents, the file. With one device.
// The kernel goes on to free swap_map; the model only where the world asks for that.
int swapoff() {
  swap_info_struct* p = world.si;
  set_writeok(p, false);
  const int err = functions.swap.try_to_unuse(0);
  if (err != 0) {
    set_writeok(p, true);  // reinsert_swap_info()
    return err;
  }

  // percpu_ref_kill(), and a wait for all who hold the device. Nothing is under rcu_read_lock().
  WRITE_ONCE(p->users.live, 0);
  for (unsigned i = 0; i < world.parameters.threads; ++i) {
    checker_wait_until(&p->users.counts[i], ~u64{0}, 0, "until nobody holds the swap device");
  }

  spin_lock(world.swap_lock);
  spin_lock(&p->lock);
  functions.swap.drain_mmlist();
  if (world.parameters.free_swap_map) {
    p->max = 0;
    WRITE_ONCE(*reinterpret_cast<u64*>(&p->swap_map_bytes), 0);
    checker_ghost_begin();
    p->swap_map = nullptr;
    checker_ghost_end();
  }
  spin_unlock(&p->lock);
  spin_unlock(world.swap_lock);
  return 0;
}

}  // namespace imported
}  // namespace model
