// SPDX-License-Identifier: GPL-2.0-only
// Swap entries and mmlist, by which swapoff finds them.
//
//   mmlist   Holds always: an mm is on mmlist when a swap entry is stored in one of its tables,
//            and is not taken off while there are live ones. It is put on only once it has a
//            reference on a slot, as the comment above drain_mmlist() asks. A child that fork fills
//            stands after its parent, so that a walk which has passed the parent meets the child.
//   swap-pte-after-swapoff   Holds from the success of swapoff(): no table has a live swap entry.
//   use-after-free           swap_map, the swap cache and the file are not used once swapoff has
//                            freed swap_map; the others go right after it.
//
// An entry is dead once zap_pte_range() has dropped it from swap_map. It clears the entry itself
// only after that, under the page-table lock all the while, so nobody can use it any more; and
// swapoff need not wait for it.
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model {

namespace ghost {

void check_swap_map(const u64* swap_map) {
  if (swap_map == nullptr) {
    checker_violation("use-after-free", "swap_map is used after swapoff has freed it");
  }
}

void check_swap_device(const char* what) {
  if (!world.parameters.free_swap_map) return;
  checker_ghost_begin();
  const bool freed = world.si->swap_map == nullptr;
  checker_ghost_end();
  if (freed) {
    checker_violation("use-after-free", "%s of a swap device is used after swapoff has freed it",
                      what);
  }
}

void swap_entry_zapped(const mm_struct* mm) {
  checker_ghost_begin();
  mine().zapping = mm_index(mm) + 1;
  checker_ghost_end();
}

// Swap entries in the tables of the mm, without the dead ones. Inside a ghost section.
static u64 live_swap_entries(unsigned mm) {
  u64 entries =
      shares_tables() ? invariants::swap_entries_of(mm) : u64{world.mm_ghosts[mm].swap_ptes};
  for (unsigned i = 0; entries != 0 && i < world.parameters.threads; ++i) {
    const thread_ghost& thread = world.thread_ghosts[i];
    if (thread.zapping == mm + 1 && thread.swaps != 0) --entries;
  }
  return entries;
}

void swapped_off() {
  checker_ghost_begin();
  *world.swapped_off_ghost = 1;
  unsigned holder = max_mms;
  u64 entries = 0;
  for (unsigned i = 0; i < world.parameters.mms && entries == 0; ++i) {
    holder = i;
    entries = live_swap_entries(i);
  }
  checker_ghost_end();
  if (entries != 0) {
    checker_violation("swap-pte-after-swapoff", "%s still has %lu swap entries after swapoff",
                      mm_name(holder), entries);
  }
}

}  // namespace ghost

namespace invariants {

static bool on_mmlist(const mm_struct* mm) { return mm->mmlist.next != &mm->mmlist; }

static bool stands_after(const mm_struct* child, const mm_struct* parent) {
  const list_head* at = parent->mmlist.next;
  for (unsigned i = 0; i <= world.parameters.mms; ++i) {
    if (at == &child->mmlist) return true;
    if (at == &world.init_mm->mmlist || at == &parent->mmlist) return false;
    at = at->next;
  }
  return false;
}

static void swap_entry_stored(const pte_change& change) {
  const mm_struct* mm = &world.mms[change.mm];
  if (*world.swapped_off_ghost != 0) {
    checker_violation("swap-pte-after-swapoff", "swap entry stored to %s pte[%u] after swapoff",
                      mm_name(change.mm), change.vpn);
  }
  if (!on_mmlist(mm)) {
    checker_violation("mmlist", "swap entry stored to %s pte[%u], but %s is not on mmlist",
                      mm_name(change.mm), change.vpn, mm_name(change.mm));
  }
  if (ghost::mine().forking == change.mm + 1) {
    const u64 parent = world.mm_ghosts[change.mm].parent;
    if (!stands_after(mm, &world.mms[parent])) {
      checker_violation("mmlist",
                        "%s does not stand after its parent %s on mmlist: swapoff could pass it",
                        mm_name(change.mm), mm_name(static_cast<unsigned>(parent)));
    }
  }
}

void swap_change(const pte_change& change) {
  const bool before = holds_swap_entry(change.before);
  const bool after = holds_swap_entry(change.after);
  if (!before && !after) return;
  thread_ghost& mine = ghost::mine();
  mm_ghost& mm = world.mm_ghosts[change.mm];
  if (before) {
    ghost::add8(&mine.swaps, swp_offset(pte_to_swp_entry(change.before)), 1);
    mine.rss[change.mm] += u64{1} << (MM_SWAPENTS * 16);
    --mm.swap_ptes;
    if (mine.zapping != 0) mine.zapping = 0;
  }
  if (after) {
    ghost::add8(&mine.swaps, swp_offset(pte_to_swp_entry(change.after)), -1);
    mine.rss[change.mm] -= u64{1} << (MM_SWAPENTS * 16);
    ++mm.swap_ptes;
    swap_entry_stored(change);
  }
}

void mmlist_change(unsigned mm) {
  const auto empty = reinterpret_cast<u64>(&world.mms[mm].mmlist);
  const auto next = reinterpret_cast<u64>(world.mms[mm].mmlist.next);
  checker_ghost_begin();
  mm_ghost& ghost_of_mm = world.mm_ghosts[mm];
  const u64 before = ghost_of_mm.next_shadow;
  if (before != next) ghost_of_mm.next_shadow = next;
  const bool added = (before == empty || before == 0) && next != empty;
  const bool removed = before != empty && before != 0 && next == empty;
  u64 entries = added ? ghost_of_mm.swap_ptes : 0;
  if (removed) entries = ghost::live_swap_entries(mm);
  const u64 swaps = added ? ghost::mine().swaps : 0;
  checker_ghost_end();
  // A child that shares a table has no reference of its own on the slots.
  if (added && entries == 0 && swaps == 0 && !shares_tables()) {
    checker_violation(
        "mmlist",
        "%s put on mmlist before swap_duplicate(): drain_mmlist() could take it off again",
        mm_name(mm));
  }
  if (removed && entries != 0) {
    checker_violation("mmlist", "%s taken off mmlist with %lu swap entries", mm_name(mm), entries);
  }
}

}  // namespace invariants
}  // namespace model
