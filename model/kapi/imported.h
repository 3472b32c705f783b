/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel functions that the model provides to imported kernels, with the arguments they have in
 * v6.1. For C and C++; model/imported implements them.
 */
#ifndef MODEL_KAPI_IMPORTED_H
#define MODEL_KAPI_IMPORTED_H

#include "model/kapi/types.h"

KAPI_BEGIN

/* A PTE table for the empty *pmd, zeroed, with its lock ready; null where the scenario lets that
 * fail. The kernel's pte_alloc_one() does not know what the table is for; the model's does, from
 * kapi_table_wanted(), which pte_alloc() calls ahead. */
void kapi_table_wanted(pmd_t *pmd);
struct pte_table *kapi_pte_alloc_one(struct mm_struct *mm);
/* The mm's entries for `address`. */
pmd_t *kapi_pmd_offset(struct mm_struct *mm, u64 address);

/* A page for user space, not zeroed; null where the scenario lets that fail. Does not sleep with
 * GFP_ATOMIC. */
struct page *kapi_alloc_user_page(unsigned gfp);
/* Sets PG_uptodate, after the stores to the page. */
void kapi_mark_uptodate(struct page *page);

spinlock_t *kapi_mmlist_lock(void);
/* Its mmlist is the head of all. */
struct mm_struct *kapi_init_mm(void);
/* The calling thread. */
struct task_struct *kapi_current(void);

/* 0, or -ENOMEM. */
int anon_vma_prepare(struct vm_area_struct *vma);
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, u64 address);
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);
/* The same without setting PageAnonExclusive: folio_move_anon_rmap() of v6.12. */
void kapi_move_anon_rmap(struct page *page, struct vm_area_struct *vma);
/* `compound` is false: there are no huge pages. */
void page_remove_rmap(struct page *page, struct vm_area_struct *vma, bool compound);
/* mapcount goes up by one. */
void kapi_dup_rmap(struct page *page);
/* page_add_anon_rmap(). REQUIRES: the page lock. */
void kapi_add_anon_rmap(struct page *page, struct vm_area_struct *vma, u64 address, bool exclusive);

/* ---- Areas and mms -------------------------------------------------------------------------- */

/* The mm's first area. REQUIRES: mmap_lock. */
struct vm_area_struct *kapi_first_vma(struct mm_struct *mm);
void kapi_mmget(struct mm_struct *mm);
bool kapi_mmget_not_zero(struct mm_struct *mm);
void kapi_mmput(struct mm_struct *mm);

/* ---- Reclaim -------------------------------------------------------------------------------- */

/* The entry that maps the page, with its lock held; null if there is none. */
pte_t *kapi_mapped_at(struct page *page, struct vm_area_struct *vma, u64 address,
                      spinlock_t **ptlp);
/* Whether another CPU than the caller's runs the mm. */
bool kapi_runs_elsewhere(const struct mm_struct *mm);
void kapi_batch_add(struct arch_tlbflush_unmap_batch *batch, struct mm_struct *mm);
/* All TLBs of the CPUs in it. */
void kapi_batch_flush(struct arch_tlbflush_unmap_batch *batch);

/* ---- The page lock -------------------------------------------------------------------------- */

/* False: the page is not locked and mmap_lock was dropped. */
bool kapi_lock_page_or_retry(struct page *page, struct mm_struct *mm, unsigned flags);
void kapi_wait_on_writeback(struct page *page);

/* ---- Swap ----------------------------------------------------------------------------------- */

/* By type; there is one device. */
struct swap_info_struct **kapi_swap_info(void);
bool kapi_tryget_live(struct percpu_ref *ref);
void kapi_percpu_ref_put(struct percpu_ref *ref);
/* SWAP_MAP_MAX and SWAP_CONT_MAX, which scenarios make small. */
int kapi_swap_map_max(void);
int kapi_swap_cont_max(void);
/* The page in the swap cache, referenced, or null. */
struct page *kapi_swap_cache_page(u64 offset);
/* swapin_readahead(), without the ahead: the page, referenced; null without memory, or if the entry
 * is not in use any more. */
struct page *kapi_swap_in(swp_entry_t entry);
/* A page to read into without the cache; null where the scenario lets that fail. */
struct page *kapi_alloc_swap_page(void);
/* swap_readpage() of the slot that page->private_ says. Unlocks the page. */
void kapi_swap_readpage(struct page *page);
/* A fault has found that another one reads the slot, and would look again after a tick. Waits until
 * that is over: looks until then would find what the last one found. */
void kapi_swap_tick(void);
/* Takes a page out of the cache, and drops the cache's share of the slot and of the page. REQUIRES:
 * the page lock. */
void kapi_delete_from_swap_cache(struct page *page);
/* Nobody holds the slot any more. */
void kapi_slot_freed(u64 offset);
/* try_to_unuse() begins a round: see model/imported/swapoff.cpp. */
void kapi_unuse_round(struct swap_info_struct *si);
/* Pages that hold the higher digits of swap counts: the one that swap_map's page is the head of
 * their list by, a fresh one (null where the scenario lets that fail), the end of one. */
struct page *kapi_continuation_head(void);
struct page *kapi_alloc_continuation(bool atomic);
void kapi_free_continuation(struct page *page);

KAPI_END

#endif
