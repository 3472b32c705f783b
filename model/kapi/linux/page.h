/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages as code from a kernel tree sees them: flags, references, rmap, allocation. v6.1. */
#ifndef MODEL_KAPI_LINUX_PAGE_H
#define MODEL_KAPI_LINUX_PAGE_H

#include "model/kapi/calls.h"
#include "model/kapi/imported.h"
#include "model/kapi/linux/compiler.h"

/* One page each: there are no large folios. */
struct folio {
  union {
    struct page page;
    struct {
      char before_private[offsetof(struct page, private_)];
      void *private;
    };
  };
};

MODEL_INLINE struct folio *page_folio(struct page *page) { return (struct folio *)page; }

/* ---- Flags --------------------------------------------------------------------------------- */

MODEL_INLINE int PageAnon(const struct page *page) {
  return READ_ONCE(page->mapping) != (struct anon_vma *)0;
}
MODEL_INLINE int PageKsm(const struct page *page) { return (void)page, 0; }
MODEL_INLINE int PageSwapCache(const struct page *page) {
  return READ_ONCE(page->PG_swapcache) != 0;
}
MODEL_INLINE int PageAnonExclusive(const struct page *page) {
  return READ_ONCE(page->PG_anon_exclusive) != 0;
}
MODEL_INLINE void SetPageAnonExclusive(struct page *page) {
  __atomic_store_n(&page->PG_anon_exclusive, 1, __ATOMIC_RELAXED);
}
MODEL_INLINE void ClearPageAnonExclusive(struct page *page) {
  __atomic_store_n(&page->PG_anon_exclusive, 0, __ATOMIC_RELAXED);
}
MODEL_INLINE void __SetPageUptodate(struct page *page) { kapi_mark_uptodate(page); }

MODEL_INLINE bool folio_test_anon(const struct folio *folio) { return PageAnon(&folio->page); }
MODEL_INLINE bool folio_test_ksm(const struct folio *folio) { return PageKsm(&folio->page); }
MODEL_INLINE bool folio_test_swapcache(const struct folio *folio) {
  return PageSwapCache(&folio->page);
}
/* No page waits in a per-CPU list to be put on the LRU list. */
MODEL_INLINE bool folio_test_lru(const struct folio *folio) { return (void)folio, true; }
MODEL_INLINE void lru_add_drain(void) {}
MODEL_INLINE void lru_cache_add_inactive_or_unevictable(struct page *page,
                                                        struct vm_area_struct *vma) {
  (void)page, (void)vma;
}

/* ---- References and the page lock ---------------------------------------------------------- */

MODEL_INLINE int folio_ref_count(const struct folio *folio) {
  return (int)__atomic_load_n(&folio->page.refcount, __ATOMIC_RELAXED);
}
MODEL_INLINE bool folio_trylock(struct folio *folio) {
  return checker_lock_try(&folio->page.lock, 0, checker_lock_write) != 0;
}
MODEL_INLINE void folio_unlock(struct folio *folio) {
  checker_lock_release(&folio->page.lock, checker_lock_write);
}

/* ---- rmap ---------------------------------------------------------------------------------- */

/* Pins (FOLL_PIN) are not modelled, so no page is ever pinned. */
MODEL_INLINE bool page_needs_cow_for_dma(struct vm_area_struct *vma, struct page *page) {
  return (void)vma, (void)page, false;
}
/* 0; or -EBUSY, with nothing done, if the page must be copied. REQUIRES: the PTL of the entry that
 * maps it in `vma`. */
MODEL_INLINE int page_try_dup_anon_rmap(struct page *page, bool compound,
                                        struct vm_area_struct *vma) {
  (void)compound;
  VM_BUG_ON_PAGE(!PageAnon(page), page);
  if (PageAnonExclusive(page)) {
    if (page_needs_cow_for_dma(vma, page)) return -EBUSY;
    ClearPageAnonExclusive(page);
  }
  kapi_dup_rmap(page);
  return 0;
}

/* ---- Allocation and contents --------------------------------------------------------------- */

/* Of all that a kernel's flags say: whether the allocation may sleep. */
#define GFP_ATOMIC 0
#define GFP_NOWAIT 0
#define GFP_KERNEL 1
#define GFP_HIGHUSER_MOVABLE 1

MODEL_INLINE struct page *alloc_page_vma(gfp_t gfp, struct vm_area_struct *vma,
                                         unsigned long address) {
  (void)vma, (void)address;
  return kapi_alloc_user_page(gfp);
}
MODEL_INLINE struct page *alloc_zeroed_user_highpage_movable(struct vm_area_struct *vma,
                                                             unsigned long address) {
  (void)vma, (void)address;
  struct page *const page = kapi_alloc_user_page(GFP_HIGHUSER_MOVABLE);
  if (page) clear_user_highpage(page);
  return page;
}
#define copy_user_highpage(to, from, address, vma) \
  ((void)(address), (void)(vma), (copy_user_highpage)(to, from))
/* Copies like the above; 0: memory errors are not modelled. */
MODEL_INLINE int copy_mc_user_highpage(struct page *to, struct page *from, unsigned long address,
                                       struct vm_area_struct *vma) {
  copy_user_highpage(to, from, address, vma);
  return 0;
}

/* pfn_to_page() looks after frames that do not exist. */
#define pfn_valid(pfn) ((void)(pfn), 1)
#define highest_memmap_pfn (~0UL)
/* Frame 0. */
MODEL_INLINE bool is_zero_pfn(unsigned long pfn) { return pfn == 0; }
MODEL_INLINE unsigned long my_zero_pfn(unsigned long address) { return (void)address, 0; }

#endif
