// SPDX-License-Identifier: GPL-2.0-only
// Between the files of this folder: what pte_store.cpp works out of a store and hands to each
// invariant.
#pragma once

#include "model/invariants/ghost.hpp"

namespace model::invariants {

struct pte_change {
  pte_table* table;
  unsigned mm, vpn;
  u64 index;  // of the entry among all
  pte_t before, after;
};

MODEL_INLINE bool maps_page(pte_t pte) { return pte_present(pte) && !pte_special(pte); }
// What swapoff leaves where a page could not be read: all accesses get SIGBUS.
MODEL_INLINE bool is_error_entry(pte_t pte) {
  return !pte_none(pte) && !pte_present(pte) && swp_type(pte_to_swp_entry(pte)) != 0;
}
MODEL_INLINE bool holds_swap_entry(pte_t pte) {
  return !pte_none(pte) && !pte_present(pte) && !is_error_entry(pte);
}

// Each is called inside a ghost section, for a store to an entry that changed it.
void pages_change(const pte_change& change);  // writable.cpp
void swap_change(const pte_change& change);   // mmlist.cpp
void tlb_change(const pte_change& change);    // tlb.cpp
void bits_change(const pte_change& change);   // pte_bits.cpp

void mmlist_change(unsigned mm);      // mmlist.cpp
void swap_map_stored();               // swap_map.cpp
void table_unlocked(unsigned table);  // balance.cpp
void operation_ended(int thread);     // balance.cpp
void mmap_sem_unlocked(unsigned mm);  // fork.cpp

// What user space of the mm finds at the page, by the page table. False if it is not mapped.
bool user_content(unsigned mm, unsigned vpn, u64* content);  // memory.cpp
void check_user_value(unsigned mm, unsigned vpn, u64 value, const char* how);

// What tables hold, counted at the end by the kernel's own rules.
struct counted {
  u64 maps[max_frames];
  u64 swaps[max_slots];
  u64 anon[max_mms], swapped[max_mms], tables[max_mms];  // what each mm has to be charged for
};

// The mm maps the entry's page now, or no longer; nothing for entries that map none (writable.cpp).
void page_mapped_by(unsigned mm, unsigned vpn, pte_t pte);
void page_unmapped_by(unsigned mm, pte_t pte);
void check_uptodate(const pte_change& change);
// The mm maps a page so at page `vpn`: whether others may map it as they do. Without
// `children_too`, mms that fork fills are passed by.
void check_private(unsigned mm, unsigned vpn, pte_t pte, bool children_too);

// Of kernels that share tables (shared_tables.cpp).
void shared_pte_change(const pte_change& change);
void pmd_change(unsigned mm, unsigned pmd);
void check_no_page_writable_in_two(unsigned mm);
// Live swap entries in the tables of the mm.
u64 swap_entries_of(unsigned mm);
// At the end. REQUIRES: `found` is all zero.
void check_shared_counts(counted& found);

}  // namespace model::invariants
