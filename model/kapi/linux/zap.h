/* SPDX-License-Identifier: GPL-2.0-only */
/* What taking page tables apart needs beside the other headers. v6.1. */
#ifndef MODEL_KAPI_LINUX_ZAP_H
#define MODEL_KAPI_LINUX_ZAP_H

#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/mm.h"
#include "model/kapi/linux/pgtable.h"
#include "model/kapi/mmu_gather.h"

typedef unsigned zap_flags_t;
#define ZAP_FLAG_DROP_MARKER ((zap_flags_t)1)
/* Null: everything goes, as munmap() and exit() have it. */
struct zap_details {
  struct folio *single_folio;
  bool even_cows;
  zap_flags_t zap_flags;
};

#define tlb_start_vma(tlb, vma) ((void)(tlb), (void)(vma))
#define tlb_end_vma(tlb, vma) ((void)(tlb), (void)(vma))
#define tlb_change_page_size(tlb, size) ((void)(tlb), (void)(size))
#define tlb_remove_tlb_entry(tlb, pte, address) ((void)(pte), (tlb_remove_tlb_entry)(tlb, address))
/* True where the batch is full: never. */
#define __tlb_remove_page(tlb, page) (tlb_remove_page(tlb, page), false)
/* For dirty pages of files. */
#define tlb_flush_mmu_tlbonly(tlb) ((void)(tlb), kapi_not_modelled("tlb_flush_mmu_tlbonly()"))

/* Where the whole address space goes, x86 does without the atomic instruction: nobody is left to
 * set bits in the entry. */
#define ptep_get_and_clear_full(mm, address, ptep, full) \
  ((void)(full), ptep_get_and_clear(mm, address, ptep))
#define pte_clear_not_present_full(mm, address, ptep, full) \
  ((void)(full), pte_clear(mm, address, ptep))

/* ---- Where the model ends ------------------------------------------------------------------- */

#define VM_SEQ_READ 0x8000
#define set_page_dirty(page) ((void)(page), kapi_not_modelled("set_page_dirty()"))
#define mark_page_accessed(page) ((void)(page), kapi_not_modelled("mark_page_accessed()"))
#define pte_marker_entry_uffd_wp(entry) ((void)(entry), 0)
#define is_hwpoison_entry(entry) ((void)(entry), 0)
#define pmd_none_or_trans_huge_or_clear_bad(pmd) pmd_none_or_clear_bad(pmd)
#define folio_test_pmd_mappable(folio) ((void)(folio), false)
#define __split_huge_pmd(...) kapi_not_modelled("__split_huge_pmd()")
#define zap_huge_pmd(...) KAPI_CUT("zap_huge_pmd")
#define split_huge_pud(...) kapi_not_modelled("split_huge_pud()")
#define zap_huge_pud(...) KAPI_CUT("zap_huge_pud")
#define mmap_assert_locked(mm) VM_BUG_ON(!checker_lock_held(&(mm)->mmap_sem))

#endif
