// SPDX-License-Identifier: GPL-2.0-only
// Counters against what they count, per critical section (see ghost.hpp).
//
//   rss         MM_ANONPAGES and MM_SWAPENTS against the entries of the mm
//   mapcount    of each page against the entries that map it
//   swap-map    the count of each slot against the swap entries in page tables
//
// hold whenever a thread drops a page-table lock, for what it has done under it (rss: for the mm
// whose lock it is; fork counts the child's pages while it holds the child's lock alone, and adds
// them up before it drops that). In between the kernel may be ahead or behind: page_dup_rmap()
// comes before the entry, page_remove_rmap() after.
//
// All of it is left to the end for kernels that share tables (shared_tables.cpp).
//
//   refcount    the references a thread has taken and not given to an entry or to the swap cache
//
// holds when an operation ends: it keeps none.
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model {

namespace ghost {

void reference(const page* p, int delta) {
  if (!active()) return;
  checker_ghost_begin();
  add8(mine().refs, page_to_pfn(p), delta);
  checker_ghost_end();
}

void mapcount(const page* p, int delta) {
  if (!active()) return;
  checker_ghost_begin();
  add8(mine().maps, page_to_pfn(p), delta);
  const u64 count = delta < 0 ? u64{p->mapcount} : 0;
  checker_ghost_end();
  if (count == ~u64{0}) {
    checker_violation("mapcount", "page_remove_rmap() on page %lu, which nothing maps",
                      page_to_pfn(p));
  }
}

void rss(const mm_struct* mm, int member, long delta) {
  if (!active()) return;
  checker_ghost_begin();
  mine().rss[mm_index(mm)] += static_cast<u64>(delta) << (member * 16);
  checker_ghost_end();
}

void swap_count(u64 offset, int delta) {
  if (!active()) return;
  checker_ghost_begin();
  add8(&mine().swaps, offset, delta);
  checker_ghost_end();
}

void swap_cache_in_transit(u64 offset) {
  checker_ghost_begin();
  world.slots[offset].in_transit = 1;
  checker_ghost_end();
}

void swap_cache_settled(u64 offset, const page* p, int delta) {
  checker_ghost_begin();
  // A page that leaves the cache leaves SWAP_HAS_CACHE behind; put_swap_page() follows.
  world.slots[offset].in_transit = delta < 0 ? 1 : 0;
  if (delta != 0 && active()) add8(mine().refs, page_to_pfn(p), -delta);
  checker_ghost_end();
}

}  // namespace ghost

namespace invariants {

// The lowest of `count` packed 8-bit numbers that is not 0, or -1.
static int first_unbalanced(const u64* words, unsigned count, int* by) {
  for (unsigned i = 0; i < count; i += 8) {
    const u64 word = words[i / 8];
    if (word == 0) continue;
    for (unsigned k = 0; k < 8; ++k) {
      *by = static_cast<signed char>(word >> (k * 8));
      if (*by != 0) return static_cast<int>(i + k);
    }
  }
  return -1;
}

static const char* const counter_names[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
                                            "MM_SHMEMPAGES"};

void table_unlocked(unsigned table) {
  const unsigned mm = table_mm(table);
  checker_ghost_begin();
  thread_ghost& mine = ghost::mine();
  const u64 rss = mine.rss[mm];
  int by = 0;
  const int frame = first_unbalanced(mine.maps, world.nr_frames, &by);
  const u64 swaps = mine.swaps;
  if (mine.pte_work != 0) mine.pte_work = 0;
  checker_ghost_end();
  if (shares_tables()) return;  // shared_tables.cpp

  for (int i = 0; rss != 0 && i < NR_MM_COUNTERS; ++i) {
    const auto off = static_cast<short>(rss >> (i * 16));
    if (off == 0) continue;
    checker_violation("rss",
                      "BUG: Bad rss-counter state mm:%s idx:%d val:%d (%s less page-table "
                      "entries, at the unlock of %s ptlock[%u])",
                      mm_name(mm), i, off, counter_names[i], mm_name(mm), table_pmd(table));
  }
  if (frame >= 0) {
    checker_violation("mapcount",
                      "page %d: mapcount changed by %d more than the entries that map it, under %s "
                      "ptlock[%u]",
                      frame, by, mm_name(mm), table_pmd(table));
  }
  if (swaps != 0) {
    const int slot = first_unbalanced(&swaps, 8, &by);
    checker_violation(
        "swap-map",
        "slot %d: swap_map changed by %d more than the swap entries, under %s ptlock[%u]", slot, by,
        mm_name(mm), table_pmd(table));
  }
}

void operation_ended(int thread) {
  if (shares_tables()) return;
  checker_ghost_begin();
  thread_ghost& mine = world.thread_ghosts[thread];
  int by = 0;
  const int frame = first_unbalanced(mine.refs, world.nr_frames, &by);
  checker_ghost_end();
  if (frame >= 0) {
    checker_violation("refcount",
                      "page %d: the operation has taken %d more references than it dropped", frame,
                      by);
  }
}

}  // namespace invariants
}  // namespace model
