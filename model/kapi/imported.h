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

KAPI_END

#endif
