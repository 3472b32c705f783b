/* SPDX-License-Identifier: GPL-2.0-only */
/* What mm/rmap.c needs for reclaim beside the other headers. v6.1. */
#ifndef MODEL_KAPI_LINUX_RMAP_H
#define MODEL_KAPI_LINUX_RMAP_H

#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/mm.h"
#include "model/kapi/linux/page.h"
#include "model/kapi/linux/pgtable.h"

/* The tree's own. */
void flush_tlb_batched_pending(struct mm_struct *mm);
void try_to_unmap_flush(void);
void try_to_unmap_flush_dirty(void);

enum ttu_flags {
  TTU_SPLIT_HUGE_PMD = 0x4,
  TTU_IGNORE_MLOCK = 0x8,
  TTU_SYNC = 0x10,
  TTU_HWPOISON = 0x20,
  TTU_BATCH_FLUSH = 0x40,
  TTU_RMAP_LOCKED = 0x80
};

/* ---- Walks: a page is mapped once in an area ------------------------------------------------ */

#define PVMW_SYNC 1
struct page_vma_mapped_walk {
  struct page *page;
  struct vm_area_struct *vma;
  unsigned long address;
  pmd_t *pmd;
  pte_t *pte;
  spinlock_t *ptl;
  unsigned flags;
};
#define DEFINE_FOLIO_VMA_WALK(name, folio, area, at, how) \
  struct page_vma_mapped_walk name = {                    \
      .page = &(folio)->page, .vma = (area), .address = (at), .flags = (how)}
#define vma_address_end(walk) ((walk)->address + PAGE_SIZE)
MODEL_INLINE void page_vma_mapped_walk_done(struct page_vma_mapped_walk *walk) {
  if (walk->ptl) spin_unlock(walk->ptl);
  walk->ptl = NULL;
}
MODEL_INLINE bool page_vma_mapped_walk(struct page_vma_mapped_walk *walk) {
  if (walk->pte) {
    page_vma_mapped_walk_done(walk);
    return false;
  }
  walk->pte = kapi_mapped_at(walk->page, walk->vma, walk->address, &walk->ptl);
  if (!walk->pte) walk->ptl = NULL;
  return walk->pte != NULL;
}

/* ---- TLB flushes that are put off ----------------------------------------------------------- */

#define atomic_read(counter) ((int)__atomic_load_n(counter, __ATOMIC_RELAXED))
#define atomic_inc(counter) checker_add(counter, 8, 1)
MODEL_INLINE int atomic_cmpxchg(u64 *counter, int old, int value) {
  u64 expected = (u64)old;
  __atomic_compare_exchange_n(counter, &expected, (u64)value, false, __ATOMIC_SEQ_CST,
                              __ATOMIC_SEQ_CST);
  return (int)expected;
}
#define arch_tlbbatch_add_mm(batch, mm) kapi_batch_add(batch, mm)
#define arch_tlbbatch_flush(batch) kapi_batch_flush(batch)
#define nr_cpu_ids 1U
#define get_cpu() 0
#define put_cpu() ((void)0)
#define mm_cpumask(mm) (mm)
#define cpumask_any_but(mm, cpu) ((void)(cpu), kapi_runs_elsewhere(mm) ? 0U : nr_cpu_ids)

/* ---- Pages ---------------------------------------------------------------------------------- */

/* 0; or -EBUSY, with nothing done, if it must stay exclusive. REQUIRES: the PTL, and the entry is
 * cleared. GUP-fast, which the barriers are for, is not modelled, nor are pins. */
MODEL_INLINE int page_try_share_anon_rmap(struct page *page) {
  VM_BUG_ON_PAGE(!PageAnon(page) || !PageAnonExclusive(page), page);
  smp_mb();
  ClearPageAnonExclusive(page);
  smp_mb();
  return 0;
}
#define folio_page(folio, n) ((void)(n), &(folio)->page)
#define folio_pfn(folio) page_to_pfn(&(folio)->page)

/* ---- Nothing to do, or where the model ends ------------------------------------------------- */

#define mmu_notifier_invalidate_range(mm, start, end) ((void)(mm), (void)(start), (void)(end))
#define update_hiwater_rss(mm) ((void)(mm))
#define arch_unmap_one(mm, vma, address, pte) ((void)(mm), (void)(vma), (void)(address), 0)
#define pte_unused(pte) ((void)(pte), 0)
#define userfaultfd_armed(vma) ((void)(vma), false)
#define pte_install_uffd_wp_if_needed(vma, address, ptep, pte) \
  ((void)(vma), (void)(address), (void)(ptep), (void)(pte))
#define flush_cache_range(vma, start, end) ((void)(vma), (void)(start), (void)(end))
#define mlock_vma_folio(folio, vma, compound) \
  ((void)(folio), (void)(vma), kapi_not_modelled("mlock_vma_folio()"))
#define mlock_page_drain_local() kapi_not_modelled("mlock_page_drain_local()")
#define split_huge_pmd_address(...) kapi_not_modelled("split_huge_pmd_address()")
#define folio_test_hugetlb(folio) ((void)(folio), false)
#define adjust_range_if_pmd_sharing_possible(...) KAPI_CUT("adjust_range_if_pmd_sharing_possible")
#define hugetlb_vma_trylock_write(vma) KAPI_CUT("hugetlb_vma_trylock_write")
#define hugetlb_vma_unlock_write(vma) KAPI_CUT("hugetlb_vma_unlock_write")
#define tlb_gather_mmu_vma(tlb, vma) ((void)(tlb), KAPI_CUT("tlb_gather_mmu_vma"))
#define huge_pmd_unshare(...) KAPI_CUT("huge_pmd_unshare")
#define huge_pmd_unshare_flush(...) KAPI_CUT("huge_pmd_unshare_flush")
#define huge_ptep_clear_flush(...) (kapi_not_modelled("huge_ptep_clear_flush()"), __pte(0))
#define set_huge_pte_at(...) KAPI_CUT("set_huge_pte_at")
#define hugetlb_count_sub(nr, mm) KAPI_CUT("hugetlb_count_sub")
#define folio_nr_pages(folio) ((void)(folio), 1)
#define make_hwpoison_entry(page) ((void)(page), swp_entry(0, 0))

#endif
