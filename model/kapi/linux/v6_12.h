/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What v6.12 calls by other names, or with other arguments, than v6.1 does. Included behind the
 * other headers, for trees from v6.12 on. Folios have one page each, so whatever goes over several
 * pages or entries at a time goes over one.
 */
#ifndef MODEL_KAPI_LINUX_V6_12_H
#define MODEL_KAPI_LINUX_V6_12_H

#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/mm.h"
#include "model/kapi/linux/page.h"
#include "model/kapi/linux/pgtable.h"
#include "model/kapi/linux/zap.h"

/* ---- Library ------------------------------------------------------------------------------- */

#define IS_ERR(pointer) ((unsigned long)(pointer) >= (unsigned long)-4095)
#define ALIGN_DOWN(value, size) ((value) & ~((__typeof__(value))(size)-1))
#define pr_alert(...) ((void)0)
#ifdef CONFIG_DEBUG_VM
#define VM_WARN_ON(condition) ((void)WARN_ON(condition))
#else
#define VM_WARN_ON(condition) ((void)sizeof(condition))
#endif
#define VM_WARN_ON_FOLIO(condition, folio) VM_WARN_ON(condition)

/* A number of pages or entries. */
#define kapi_one(nr) \
  ((nr) == 1 ? (void)0 : (void)kapi_not_modelled("something for several pages at a time"))

/* ---- Folios -------------------------------------------------------------------------------- */

#define folio_test_large(folio) ((void)(folio), false)
#define folio_nr_pages(folio) ((void)(folio), 1)
#define folio_order(folio) ((void)(folio), 0)
#define folio_get(folio) get_page(&(folio)->page)
#define folio_put(folio) put_page(&(folio)->page)
MODEL_INLINE void folio_ref_add(struct folio *folio, int nr) {
  while (nr-- > 0) folio_get(folio);
}
MODEL_INLINE void folio_ref_sub(struct folio *folio, int nr) {
  while (nr-- > 0) folio_put(folio);
}
#define folio_mapcount(folio) page_mapcount(&(folio)->page)
#define __folio_mark_uptodate(folio) kapi_mark_uptodate(&(folio)->page)
#define folio_add_lru_vma(folio, vma) ((void)(folio), (void)(vma))
#define folio_xchg_last_cpupid(folio, cpupid) ((void)(folio), (void)(cpupid))
#define folio_throttle_swaprate(folio, gfp) ((void)(folio), (void)(gfp))
#define folio_mark_dirty(folio) ((void)(folio), kapi_not_modelled("folio_mark_dirty()"))
#define folio_mark_accessed(folio) ((void)(folio), kapi_not_modelled("folio_mark_accessed()"))

MODEL_INLINE struct folio *vma_alloc_folio(gfp_t gfp, int order, struct vm_area_struct *vma,
                                           unsigned long address, bool hugepage) {
  (void)order, (void)hugepage;
  return (struct folio *)alloc_page_vma(gfp, vma, address);
}
MODEL_INLINE struct folio *vma_alloc_zeroed_movable_folio(struct vm_area_struct *vma,
                                                          unsigned long address) {
  return (struct folio *)alloc_zeroed_user_highpage_movable(vma, address);
}

/* The counters of a folio, where v6.1 asks for those of a page. */
#define mm_counter(folio) (mm_counter)(&(folio)->page)
#define mm_counter_file(folio) (mm_counter_file)(&(folio)->page)

/* ---- rmap ---------------------------------------------------------------------------------- */

typedef int rmap_t;
#define RMAP_NONE ((rmap_t)0)
#define RMAP_EXCLUSIVE ((rmap_t)1)

#define folio_add_new_anon_rmap(folio, vma, address, flags) \
  kapi_folio_add_new_anon_rmap(&(folio)->page, vma, address, flags)
MODEL_INLINE void kapi_folio_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma,
                                               unsigned long address, rmap_t flags) {
  VM_WARN_ON(!(flags & RMAP_EXCLUSIVE) && !checker_lock_held(&page->lock));
  page_add_new_anon_rmap(page, vma, address);
  if (!(flags & RMAP_EXCLUSIVE)) ClearPageAnonExclusive(page);
}
/* PageAnonExclusive is left to the caller. */
#define folio_move_anon_rmap(folio, vma)                \
  do {                                                  \
    VM_BUG_ON(!checker_lock_held(&(folio)->page.lock)); \
    kapi_move_anon_rmap(&(folio)->page, vma);           \
  } while (0)
#define folio_try_dup_anon_rmap_pte(folio, page, src_vma) \
  ((void)(folio), page_try_dup_anon_rmap(page, false, src_vma))
#define folio_remove_rmap_pte(folio, page, vma) ((void)(folio), page_remove_rmap(page, vma, false))
#define folio_remove_rmap_ptes(folio, page, nr, vma) \
  (kapi_one(nr), folio_remove_rmap_pte(folio, page, vma))
#define folio_try_dup_anon_rmap_ptes(...) KAPI_CUT("folio_try_dup_anon_rmap_ptes")
#define folio_dup_file_rmap_pte(folio, page) ((void)KAPI_CUT("folio_dup_file_rmap_pte"))
#define folio_dup_file_rmap_ptes(folio, page, nr) ((void)KAPI_CUT("folio_dup_file_rmap_ptes"))

/* ---- Entries ------------------------------------------------------------------------------- */

#define ptep_get(ptep) READ_ONCE(*(ptep))
/* As x86-64 has it: one load. */
#define ptep_get_lockless(ptep) ptep_get(ptep)
/* Of a writable mapping: no shadow stacks. */
#define pte_mkwrite(pte, vma) ((void)(vma), (pte_mkwrite)(pte))
#define set_ptes(mm, address, ptep, pte, nr) (kapi_one(nr), set_pte_at(mm, address, ptep, pte))
#define wrprotect_ptes(mm, address, ptep, nr) (kapi_one(nr), ptep_set_wrprotect(mm, address, ptep))
#define get_and_clear_full_ptes(mm, address, ptep, nr, full) \
  (kapi_one(nr), ptep_get_and_clear_full(mm, address, ptep, full))
#define clear_full_ptes(mm, address, ptep, nr, full) \
  ((void)get_and_clear_full_ptes(mm, address, ptep, nr, full))
#define clear_not_present_full_ptes(mm, address, ptep, nr, full) \
  (kapi_one(nr), pte_clear_not_present_full(mm, address, ptep, full))
/* Of shadow stacks. */
#define arch_check_zapped_pte(vma, pte) ((void)(vma), (void)(pte))

/* The tree's own, of mm/pgtable-generic.c, and what they call. Tables go only where nobody can come
 * to them, so RCU has nothing to keep; but whoever is inside of it must not sleep, and must leave.
 */
pte_t *__pte_offset_map(pmd_t *pmd, unsigned long address, pmd_t *pmdvalp);
pte_t *pte_offset_map_nolock(struct mm_struct *mm, pmd_t *pmd, unsigned long address,
                             spinlock_t **ptlp);
pte_t *__pte_offset_map_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long address,
                             spinlock_t **ptlp);
#define pte_offset_map_lock(mm, pmd, address, ptlp) __pte_offset_map_lock(mm, pmd, address, ptlp)
#define pte_offset_map(pmd, address) __pte_offset_map(pmd, address, NULL)
#define kapi_rcu_section "an RCU read-side critical section"
#define rcu_read_lock() checker_no_sleep_begin(kapi_rcu_section)
#define rcu_read_unlock() checker_no_sleep_end(kapi_rcu_section)
/* With or without CONFIG_HIGHPTE, since v6.6. */
#undef pte_unmap
#define pte_unmap(pte) ((void)(pte), rcu_read_unlock())
#undef pte_unmap_unlock
#define pte_unmap_unlock(pte, ptl) (spin_unlock(ptl), pte_unmap(pte))
#define pmdp_get_lockless(pmdp) READ_ONCE(*(pmdp))
#define is_pmd_migration_entry(pmd) ((void)sizeof(pmd), 0)
#define pmd_bad(pmd) ((void)sizeof(pmd), 0)
#define pmd_clear_bad(pmdp) ((void)(pmdp), kapi_not_modelled("pmd_clear_bad()"))
MODEL_INLINE bool pmd_same(pmd_t a, pmd_t b) { return a.pmd == b.pmd; }
/* `pmdp` is the caller's copy. */
#define __pte_map(pmdp, address) (pte_offset_map)(pmdp, address)

/* Batches, which only large folios have. */
typedef int fpb_t;
#define FPB_IGNORE_DIRTY ((fpb_t)1)
#define FPB_IGNORE_SOFT_DIRTY ((fpb_t)2)
#define folio_pte_batch(...) KAPI_CUT("folio_pte_batch")
#define vma_soft_dirty_enabled(vma) ((void)(vma), false)

#undef wp_page_shared
#define wp_page_shared(vmf, folio) KAPI_CUT("wp_page_shared")
#undef flush_tlb_fix_spurious_fault
#define flush_tlb_fix_spurious_fault(vma, address, ptep) \
  ((void)(vma), (void)(address), (void)(ptep))
#define update_mmu_cache_range(vmf, vma, address, ptep, nr) \
  ((void)(vmf), update_mmu_cache(vma, address, ptep))
#define update_mmu_tlb_range(vma, address, ptep, nr) update_mmu_tlb(vma, address, ptep)

/* ---- Unmapping ----------------------------------------------------------------------------- */

#define tlb_remove_tlb_entries(tlb, ptep, nr, address) \
  (kapi_one(nr), tlb_remove_tlb_entry(tlb, ptep, address))
/* True where the batch is full: never. */
#define __tlb_remove_folio_pages(tlb, page, nr, delay_rmap) \
  (kapi_one(nr), (void)(delay_rmap), tlb_remove_page(tlb, page), false)
/* For dirty pages of files. */
#define tlb_delay_rmap(tlb) ((void)(tlb), false)
#define tlb_flush_rmaps(tlb, vma) ((void)(tlb), (void)(vma))
#define vma_has_recency(vma) ((void)(vma), true)
#define pte_install_uffd_wp_if_needed(vma, address, ptep, pte) \
  ((void)(vma), (void)(address), (void)(ptep), (void)(pte))

/* ---- Areas and faults ---------------------------------------------------------------------- */

#define VM_MAYSHARE 0x80
/* Locks of single areas are not modelled: whoever holds one for writing holds mmap_lock so, too. */
#define vma_assert_write_locked(vma) mmap_assert_write_locked((vma)->vm_mm)
MODEL_INLINE vm_fault_t vmf_anon_prepare(struct vm_fault *vmf) {
  return anon_vma_prepare(vmf->vma) ? VM_FAULT_OOM : 0;
}

/* ---- Where the model ends, and what does nothing in it -------------------------------------- */

#undef mmu_notifier_range_init
#define mmu_notifier_range_init(range, event, flags, mm, from, to) \
  ((void)(event), (void)(flags), (void)(mm), (void)((range)->start = (from), (range)->end = (to)))

enum mthp_stat_item { MTHP_STAT_ANON_FAULT_ALLOC };
#define count_mthp_stat(order, item) ((void)(order), (void)(item))
#define ksm_might_unmap_zero_page(mm, pte) ((void)(mm), (void)(pte))
#define userfaultfd_wp_async(vma) ((void)(vma), false)
typedef unsigned pte_marker;
#define copy_pte_marker(entry, vma) ((void)(entry), (void)(vma), (pte_marker)0)
#define make_pte_marker(marker) ((void)(marker), __pte(0))
#define pte_marker_uffd_wp(pte) ((void)(pte), false)
#define is_poisoned_swp_entry(entry) ((void)(entry), 0)
#define pfn_swap_entry_folio(entry) page_folio(pfn_swap_entry_to_page(entry))
#define swap_pte_batch(ptep, most, pte) KAPI_CUT("swap_pte_batch")
#define free_swap_and_cache_nr(entry, nr) ((void)KAPI_CUT("free_swap_and_cache_nr"))
#undef free_swap_cache
#define free_swap_cache(folio)                                               \
  do {                                                                       \
    if (folio_test_swapcache(folio)) kapi_not_modelled("free_swap_cache()"); \
  } while (0)
#define kmap_local_page(page) ((void *)&(page)->content)
#define kunmap_local(address) ((void)(address))
#define pagefault_disable() ((void)0)
#define pagefault_enable() ((void)0)

#endif
