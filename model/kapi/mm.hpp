// SPDX-License-Identifier: GPL-2.0-only
// Pages, counters, scheduling points and mmu_gather: what mm/ code calls, with v4.14's names.
#pragma once

#include "model/kapi/compiler.hpp"
#include "model/kapi/list.hpp"
#include "model/kapi/locks.hpp"
#include "model/kapi/pgtable.hpp"

namespace model {

// ---- Pages --------------------------------------------------------------------------------------

MODEL_INLINE bool PageUptodate(const page* p) { return READ_ONCE(p->PG_uptodate) != 0; }
MODEL_INLINE bool PageDirty(const page* p) { return READ_ONCE(p->PG_dirty) != 0; }
MODEL_INLINE bool PageSwapCache(const page* p) { return READ_ONCE(p->PG_swapcache) != 0; }
MODEL_INLINE bool PageWriteback(const page* p) { return READ_ONCE(p->PG_writeback) != 0; }
MODEL_INLINE void SetPageUptodate(page* p) { atomic_set(p->PG_uptodate, 1); }
MODEL_INLINE void SetPageDirty(page* p) { atomic_set(p->PG_dirty, 1); }
MODEL_INLINE bool TestClearPageDirty(page* p) { return atomic_xchg(p->PG_dirty, 0) != 0; }
MODEL_INLINE void set_page_writeback(page* p) { atomic_set(p->PG_writeback, 1); }
MODEL_INLINE void wait_on_page_writeback(page* p) {
  checker_wait_until(&p->PG_writeback, ~u64{0}, 0, "wait_on_page_writeback");
}
MODEL_INLINE bool PageAnon(page* const p) {
  return *const_cast<anon_vma* const volatile*>(&p->mapping) != nullptr;
}
MODEL_INLINE u64 page_private(const page* p) { return READ_ONCE(p->private_); }

u64 page_to_pfn(const page* p);
page* pfn_to_page(u64 pfn);
// The page a PTE maps, or null for the zero page.
page* vm_normal_page(vm_area_struct* vma, u64 address, pte_t pte);
MODEL_INLINE pte_t mk_pte(const page* p) { return pfn_pte(page_to_pfn(p)); }

// One free frame with refcount 1, from the calling CPU's own range, or null where the scenario lets
// `site` fail. Its content is what a free page holds: garbage.
page* alloc_page(gfp_t gfp, alloc_site site);
// Violation use-after-free if the page is free.
void get_page(page* p);
// False if the page is free.
bool get_page_unless_zero(page* p);
// Drops a reference; frees the page with the last. Violation refcount if there is none to drop.
void put_page(page* p);
// Sets the refcount from `count` to 0 if it is `count`: nobody else has a reference.
bool page_ref_freeze(page* p, u64 count);
void page_ref_unfreeze(page* p, u64 count);
// The end of a page whose refcount is already 0.
void free_unref_page(page* p);
// Fills `to` with zeroes / with what `from` holds. Reads of a freed page are a violation.
void clear_user_highpage(page* to);
void copy_user_highpage(page* to, page* from);

int page_mapcount(const page* p);
bool page_mapped(const page* p);

// ---- Counters -----------------------------------------------------------------------------------

// v4.14 caches the faulting task's counts (SPLIT_RSS_COUNTING) and folds them in later; the model
// adds at once, in both the fast and the ordinary variant.
void add_mm_counter(mm_struct* mm, int member, long value);
MODEL_INLINE void inc_mm_counter(mm_struct* mm, int member) { add_mm_counter(mm, member, 1); }
MODEL_INLINE void dec_mm_counter(mm_struct* mm, int member) { add_mm_counter(mm, member, -1); }
MODEL_INLINE void inc_mm_counter_fast(mm_struct* mm, int member) { add_mm_counter(mm, member, 1); }
MODEL_INLINE void dec_mm_counter_fast(mm_struct* mm, int member) { add_mm_counter(mm, member, -1); }

// ---- mms ----------------------------------------------------------------------------------------

// First area that ends above the address, or null. REQUIRES: mmap_sem.
vm_area_struct* find_vma(mm_struct* mm, u64 address);
MODEL_INLINE void mmget(mm_struct* mm) { atomic_add_return(mm->mm_users, 1); }
MODEL_INLINE bool mmget_not_zero(mm_struct* mm) {
  return atomic_inc_not_zero(mm->mm_users, "mmget_not_zero");
}

// ---- Scheduling ---------------------------------------------------------------------------------

// need_resched() or spin_needbreak() on a PTL: a choice where the scenario wants breaks, else
// false.
bool need_resched_or_needbreak();
MODEL_INLINE void cond_resched() { checker_might_sleep("cond_resched"); }
// Whether an allocation at this place fails this time.
bool alloc_fails(alloc_site site);

// ---- mmu_gather ---------------------------------------------------------------------------------

// Pages whose PTEs are gone and whose last references are dropped after the TLB flush. On the
// stack.
struct mmu_gather {
  mm_struct* mm;
  u64 start, end;  // range to flush; empty: nothing to flush
  bool fullmm;     // the whole address space goes: exit_mmap()
  unsigned nr, nr_tables;
  page* pages[max_user_pages];
  pte_table* tables[max_user_pages];
};

void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, u64 start, u64 end);
void tlb_remove_tlb_entry(mmu_gather* tlb, u64 address);
void tlb_remove_page(mmu_gather* tlb, page* p);
// `address` as free_pte_range() is given it.
void pte_free_tlb(mmu_gather* tlb, pte_table* table, u64 address);
void tlb_flush_mmu(mmu_gather* tlb);
void tlb_finish_mmu(mmu_gather* tlb);

}  // namespace model
