/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages whose PTEs are gone and whose last references are dropped after the TLB flush. For C and
 * C++. */
#ifndef MODEL_KAPI_MMU_GATHER_H
#define MODEL_KAPI_MMU_GATHER_H

#include "model/kapi/types.h"

KAPI_BEGIN

/* On the stack. */
struct mmu_gather {
  struct mm_struct *mm;
  u64 start, end; /* range to flush; empty: nothing to flush */
  bool fullmm;    /* the whole address space goes: exit_mmap() */
  unsigned nr, nr_tables;
  struct page *pages[max_user_pages];
  struct pte_table *tables[max_user_pages];
};

void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, u64 start, u64 end);
void tlb_remove_tlb_entry(struct mmu_gather *tlb, u64 address);
void tlb_remove_page(struct mmu_gather *tlb, struct page *page);
/* `address` as free_pte_range() is given it. */
void pte_free_tlb(struct mmu_gather *tlb, struct pte_table *table, u64 address);
void tlb_flush_mmu(struct mmu_gather *tlb);
void tlb_finish_mmu(struct mmu_gather *tlb);

KAPI_END

#endif
