// SPDX-License-Identifier: GPL-2.0-only
// Pages, counters and scheduling points: what mm/ code calls, with v4.14's names.
#pragma once

#include "model/kapi/compiler.hpp"
#include "model/kapi/list.hpp"
#include "model/kapi/locks.hpp"
#include "model/kapi/mmu_gather.h"
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

// The page a PTE maps, or null for the zero page.
page* vm_normal_page(vm_area_struct* vma, u64 address, pte_t pte);
MODEL_INLINE pte_t mk_pte(const page* p) { return pfn_pte(page_to_pfn(p)); }

// One free frame with refcount 1, from the calling CPU's own range, or null where the scenario lets
// `site` fail. Its content is what a free page holds: garbage.
page* alloc_page(gfp_t gfp, alloc_site site);
// Sets the refcount from `count` to 0 if it is `count`: nobody else has a reference.
bool page_ref_freeze(page* p, u64 count);
void page_ref_unfreeze(page* p, u64 count);
// The end of a page whose refcount is already 0.
void free_unref_page(page* p);

bool page_mapped(const page* p);

// ---- Counters -----------------------------------------------------------------------------------

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

MODEL_INLINE void cond_resched() { checker_might_sleep("cond_resched"); }
// Whether an allocation at this place fails this time.
bool alloc_fails(alloc_site site);

}  // namespace model
