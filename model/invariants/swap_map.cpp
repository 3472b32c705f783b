// SPDX-License-Identifier: GPL-2.0-only
// swap_map of imported kernels, whose own code stores to it: what the model's v4.14 says of a slot
// by calls of ghost.hpp is worked out from the stores here. The words of si->swap_map and the
// digits in swap_slot::cont follow, so that the other invariants find them.
#include "model/invariants/internal.hpp"

namespace model::invariants {

// The number a slot's swap_map and continuation stand for. Inside a ghost section.
static u64 users_of(u64 slot) {
  const u64 count = world.swap_map[slot];
  u64 total = count & ~u64{SWAP_HAS_CACHE | COUNT_CONTINUED};
  u64 weight = world.parameters.swap_map_max + 1;
  bool more = (count & COUNT_CONTINUED) != 0;
  for (u64 i = 0; more && i < world.slots[slot].nr_cont; ++i) {
    const u64 digit = world.slots[slot].cont[i];
    total += (digit & ~u64{COUNT_CONTINUED}) * weight;
    weight *= world.parameters.swap_cont_max + 1;
    more = (digit & COUNT_CONTINUED) != 0;
  }
  return total;
}

static void copy_digits(u64 slot) {
  const page* head = &world.continuations[0];
  if (head->private_ == 0) return;
  u64 nr = 0;
  for (const list_head* at = head->lru.next; at != &head->lru; at = at->next) {
    if (nr == max_continuations) {
      checker_violation("model-limit", "slot %lu needs more than %u continuations", slot,
                        max_continuations);
    }
    const auto* p =
        reinterpret_cast<const page*>(reinterpret_cast<const char*>(at) - offsetof(page, lru));
    world.slots[slot].cont[nr++] = p->content >> (slot * 8) & 0xff;
  }
  world.slots[slot].nr_cont = nr;
}

// The mm whose page-table lock the thread holds, the only one if there are several; or -1.
static int mm_held() {
  const unsigned nr_tables = world.parameters.mms * world.nr_pmds * world.nr_variants;
  for (unsigned i = 0; i < nr_tables; ++i) {
    if (checker_lock_held(&world.tables[i].ptl) != 0) return static_cast<int>(table_mm(i));
  }
  return -1;
}

static void slot_changes(u64 slot, u64 now) {
  const u64 users_before = users_of(slot);
  world.swap_map[slot] = now;
  copy_digits(slot);
  const auto delta = static_cast<int>(users_of(slot) - users_before);
  if (delta != 0 && ghost::active()) ghost::add8(&ghost::mine().swaps, slot, delta);
  // Dropped before the entry is overwritten, under its page-table lock: the entry is dead.
  if (delta < 0 && ghost::mine().swaps != 0) {
    const int mm = mm_held();
    if (mm >= 0) ghost::mine().zapping = static_cast<u64>(mm) + 1;
  }
  // A slot that becomes free is settled once its thread has said so everywhere.
  if (now != 0) {
    const bool cached = world.slots[slot].cached != nullptr;
    world.slots[slot].in_transit = (now & SWAP_HAS_CACHE) != 0 && !cached ? 1 : 0;
  }
}

void swap_map_stored() {
  checker_ghost_begin();
  for (u64 slot = 1; slot <= world.parameters.slots; ++slot) {
    const u64 now = world.swap_map_bytes[slot];
    if (now != world.swap_map[slot]) slot_changes(slot, now);
  }
  checker_ghost_end();
}

}  // namespace model::invariants
