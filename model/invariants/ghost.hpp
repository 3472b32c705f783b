// SPDX-License-Identifier: GPL-2.0-only
// What the kernel API and the world tell the invariants, and how bookkeeping per thread is packed.
//
// Most invariants of the kind "a counter equals what it counts" are checked per thread: what a
// thread has changed on one side and not yet on the other must be nothing when it drops the
// page-table lock. If that holds for each critical section of each thread, the counter is exact
// whenever no lock is held; and the check reads nothing another thread writes, so it adds no
// conflicts to the search.
#pragma once

#include "model/world/world.hpp"

namespace model::ghost {

// RAII is for code that is never left by longjmp; these are plain pairs. All of them are no-ops
// outside of an execution (setup).
MODEL_INLINE bool active() { return checker_thread() >= 0; }
MODEL_INLINE thread_ghost& mine() { return world.thread_ghosts[checker_thread()]; }

MODEL_INLINE void add8(u64* words, u64 index, int delta) {
  words[index / 8] += static_cast<u64>(static_cast<int64_t>(delta)) << (index % 8 * 8);
}

// A page reference of the calling thread came (+1) or went (-1); PTEs and the swap cache own the
// others.
void reference(const page* p, int delta);
// page's mapcount changed by delta.
void mapcount(const page* p, int delta);
// A counter of the mm changed.
void rss(const mm_struct* mm, int member, long delta);
// The count of a swap slot changed (references by PTEs, not the cache's).
void swap_count(u64 offset, int delta);
// SWAP_HAS_CACHE is set for the slot while its page is not in the swap cache.
void swap_cache_in_transit(u64 offset);
// That is over. The page's reference by the cache came (delta 1), went (-1) or is not concerned
// (0).
void swap_cache_settled(u64 offset, const page* p, int delta);
// The thread fills mm `child` with what mm `parent` has; it stopped, with fork()'s return value.
void fork_begins(const mm_struct* parent, const mm_struct* child);
void fork_ends(const mm_struct* child, int result);
// The mm has no address space any more.
void mm_dies(const mm_struct* mm);
// set_pte_at() has stored to the entry of page `vpn`.
void pte_set(const mm_struct* mm, unsigned vpn);
// Of kernels that share tables: the mm has dropped what its entry of page `vpn` stands for, and the
// entry stays in a table that others use. It counts no longer as the mm's, until another is stored
// there.
void entry_given_up(const mm_struct* mm, unsigned vpn, const pte_t* pte);
// All entries of a table that the mm may still name.
void table_given_up(const mm_struct* mm, const pte_table* table);
// The table, which nobody names, will be freed with entries that stand for nothing.
void entries_given_up(pte_table* table);
// It is freed: those entries are gone.
void forget_entries(pte_table* table);
// The scheduler was asked whether to give way.
void resched_looked_at();

// The answer was yes; it may not be so again.
void break_taken();
bool no_more_breaks();

// A page is about to be freed: nothing may map it, by PTE or by TLB.
void check_page_unused(const page* p);
// munmap() of all of the mm's memory has returned.
void unmapped(const mm_struct* mm);
// MADV_DONTNEED of the page has returned: it reads as zeroes from now on.
void discarded(const mm_struct* mm, unsigned vpn);
// User space of the mm read `value` at the page / wrote it there.
void user_read(unsigned mm, unsigned vpn, u64 value);
void user_wrote(unsigned mm, unsigned vpn, u64 value);
// check_mm(): the kernel's own last look at an mm.
void check_mm(const mm_struct* mm);
// The thread is about to drop a swap entry of the mm, first from swap_map, then from the table.
void swap_entry_zapped(const mm_struct* mm);
// swapoff has succeeded.
void swapped_off();
// Violation use-after-free if swapoff has freed swap_map.
void check_swap_map(const u64* swap_map);
// Likewise, of what else goes with it: `what` was used in the step that this belongs to.
void check_swap_device(const char* what);

}  // namespace model::ghost
