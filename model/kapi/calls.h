/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel functions that the model provides, by the names and with the arguments they have in all
 * kernels. For C and C++. Functions that touch page tables are real functions, seen in traces.
 */
#ifndef MODEL_KAPI_CALLS_H
#define MODEL_KAPI_CALLS_H

#include "model/kapi/types.h"

KAPI_BEGIN

/* ---- Lists ------------------------------------------------------------------------------- */

/* Inserts `entry` right after `head`. */
void list_add(struct list_head *entry, struct list_head *head);
/* Inserts `entry` right before `head`. */
void list_add_tail(struct list_head *entry, struct list_head *head);
void list_del_init(struct list_head *entry);

/* ---- Pages ------------------------------------------------------------------------------- */

u64 page_to_pfn(const struct page *page);
struct page *pfn_to_page(u64 pfn);
/* Violation use-after-free if the page is free. */
void get_page(struct page *page);
/* False if the page is free. */
bool get_page_unless_zero(struct page *page);
/* Drops a reference; frees the page with the last. Violation refcount if there is none to drop. */
void put_page(struct page *page);
int page_mapcount(const struct page *page);
/* Fills `to` with zeroes / with what `from` holds. Reads of a freed page are a violation. */
void clear_user_highpage(struct page *to);
void copy_user_highpage(struct page *to, struct page *from);

/* ---- Counters ---------------------------------------------------------------------------- */

/* The kernel caches the faulting task's counts (SPLIT_RSS_COUNTING) and folds them in later; the
 * model adds at once, in both the fast and the ordinary variant. */
void add_mm_counter(struct mm_struct *mm, int member, long value);

/* ---- Page tables ------------------------------------------------------------------------- */

pte_t *pte_offset_map(const pmd_t *pmd, u64 address);
spinlock_t *pte_lockptr(const struct mm_struct *mm, const pmd_t *pmd);
/* Reads *pmd once, where the kernel's macro reads it for the lock and again for the entry. */
pte_t *pte_offset_map_lock(const struct mm_struct *mm, const pmd_t *pmd, u64 address,
                           spinlock_t **ptlp);
/* Next address at which a PTE table begins, or `end`. */
u64 pmd_addr_end(u64 address, u64 end);

void set_pte_at(struct mm_struct *mm, u64 address, pte_t *ptep, pte_t pte);
void pte_clear(struct mm_struct *mm, u64 address, pte_t *ptep);
/* Atomic against the hardware walker, which may set accessed and dirty at any time. */
void ptep_set_wrprotect(struct mm_struct *mm, u64 address, pte_t *ptep);
pte_t ptep_get_and_clear(struct mm_struct *mm, u64 address, pte_t *ptep);
/* Clears the entry, then flushes the address from the TLBs of all CPUs that run the mm. */
pte_t ptep_clear_flush(struct vm_area_struct *vma, u64 address, pte_t *ptep);
/* Only ever grants more; x86 needs no flush then. Returns whether the entry changed. */
bool ptep_set_access_flags(struct vm_area_struct *vma, u64 address, pte_t *ptep, pte_t entry,
                           bool dirty);
/* ptep_test_and_clear_young(), whose answer nobody here uses: the accessed bit, atomically. */
void ptep_clear_young(struct vm_area_struct *vma, u64 address, pte_t *ptep);
void pte_free(struct mm_struct *mm, struct pte_table *table);

/* ---- TLB --------------------------------------------------------------------------------- */

/* Each is an IPI to all CPUs that run the mm, waited for: one step. */
void flush_tlb_page(struct vm_area_struct *vma, u64 address);
void flush_tlb_mm_range(struct mm_struct *mm, u64 start, u64 end);
void flush_tlb_mm(struct mm_struct *mm);

/* ---- Scheduling -------------------------------------------------------------------------- */

/* need_resched() or spin_needbreak() on a PTL: a choice where the scenario wants breaks, else
 * false. */
bool need_resched_or_needbreak(void);

KAPI_END

#endif
