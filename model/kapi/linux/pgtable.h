/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables as code from a kernel tree sees them. v6.1. */
#ifndef MODEL_KAPI_LINUX_PGTABLE_H
#define MODEL_KAPI_LINUX_PGTABLE_H

#include "model/kapi/calls.h"
#include "model/kapi/imported.h"
#include "model/kapi/linux/compiler.h"
#include "model/kapi/linux/locks.h"
#include "model/kapi/pte.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))

typedef struct pte_table *pgtable_t;

/* ---- Upper levels: folded into one; always there, never shared ----------------------------- */

/* A pgd_t * is the mm, under another name, and so is a p4d_t * and a pud_t *; nobody looks into
 * one. The pmd level is an array of each mm. */
typedef struct {
  char unused;
} pgd_t;
typedef pgd_t p4d_t;
typedef pgd_t pud_t;

#define pgd_offset(mm, address) ((void)(address), (pgd_t *)(mm))
#define p4d_offset(pgd, address) ((void)(address), (p4d_t *)(pgd))
#define pud_offset(p4d, address) ((void)(address), (pud_t *)(p4d))
#define pmd_offset(pud, address) kapi_pmd_offset((struct mm_struct *)(pud), address)
#define p4d_alloc(mm, pgd, address) ((void)(mm), p4d_offset(pgd, address))
#define pud_alloc(mm, p4d, address) ((void)(mm), pud_offset(p4d, address))
#define pmd_alloc(mm, pud, address) ((void)(mm), pmd_offset(pud, address))

#define pgd_addr_end(address, end) ((void)(address), (end))
#define p4d_addr_end(address, end) ((void)(address), (end))
#define pud_addr_end(address, end) ((void)(address), (end))

#define pgd_none_or_clear_bad(pgd) ((void)(pgd), 0)
#define p4d_none_or_clear_bad(p4d) ((void)(p4d), 0)
#define pud_none_or_clear_bad(pud) ((void)(pud), 0)

/* ---- Huge entries: none -------------------------------------------------------------------- */

#define HPAGE_PMD_SIZE 0UL
#define HPAGE_PUD_SIZE 0UL
#define pud_trans_huge(pud) ((void)sizeof(pud), 0)
#define pud_devmap(pud) ((void)sizeof(pud), 0)
#define pmd_trans_huge(pmd) ((void)sizeof(pmd), 0)
#define pmd_devmap(pmd) ((void)sizeof(pmd), 0)
#define is_swap_pmd(pmd) ((void)sizeof(pmd), 0)
#define copy_huge_pmd(...) (kapi_not_modelled("copy_huge_pmd()"), 0)
#define copy_huge_pud(...) (kapi_not_modelled("copy_huge_pud()"), 0)
/* Without huge entries these look at nothing. */
#define pmd_trans_unstable(pmd) ((void)(pmd), 0)
#define pmd_devmap_trans_unstable(pmd) ((void)(pmd), 0)

/* ---- PMDs and PTE tables ------------------------------------------------------------------- */

MODEL_INLINE bool pmd_none(pmd_t pmd) { return pmd.pmd == 0; }
MODEL_INLINE int pmd_none_or_clear_bad(const pmd_t *pmd) { return READ_ONCE(pmd->pmd) == 0; }
MODEL_INLINE spinlock_t *pmd_lock(struct mm_struct *mm, pmd_t *pmd) {
  (void)pmd;
  spin_lock(&mm->page_table_lock);
  return &mm->page_table_lock;
}
MODEL_INLINE void pmd_populate(struct mm_struct *mm, pmd_t *pmd, pgtable_t table) {
  (void)mm;
  WRITE_ONCE(pmd->pmd, (u64)table);
}
MODEL_INLINE void mm_inc_nr_ptes(struct mm_struct *mm) { checker_add(&mm->nr_ptes, 8, 1); }

#define pte_alloc_one(mm) kapi_pte_alloc_one(mm)
/* __pte_alloc() is the tree's own. */
#define pte_alloc(mm, pmd) \
  (unlikely(pmd_none(*(pmd))) && (kapi_table_wanted(pmd), __pte_alloc(mm, pmd)))
#define pte_alloc_map_lock(mm, pmd, address, ptlp) \
  (pte_alloc(mm, pmd) ? NULL : pte_offset_map_lock(mm, pmd, address, ptlp))

#define pte_unmap(pte) ((void)(pte))
#define pte_unmap_unlock(pte, ptl) ((void)(pte), spin_unlock(ptl))
#define arch_enter_lazy_mmu_mode() ((void)0)
#define arch_leave_lazy_mmu_mode() ((void)0)

/* ---- Entries ------------------------------------------------------------------------------- */

MODEL_INLINE pte_t pfn_pte(unsigned long pfn, pgprot_t prot) {
  return __pte(pfn << PAGE_SHIFT | prot.pgprot);
}
MODEL_INLINE pte_t mk_pte(const struct page *page, pgprot_t prot) {
  return pfn_pte(page_to_pfn(page), prot);
}
/* For processors that leave it to the kernel to mark a page accessed; x86 does so itself. */
#define pte_sw_mkyoung(pte) (pte)
#define arch_has_hw_pte_young() true
#define pte_devmap(pte) ((void)(pte), 0)
#define pte_protnone(pte) ((void)(pte), 0)
#define pte_uffd_wp(pte) ((void)(pte), 0)
#define pte_mkuffd_wp(pte) (pte)
#define pte_clear_uffd_wp(pte) (pte)
#define pte_swp_uffd_wp(pte) ((void)(pte), 0)
#define pte_swp_mkuffd_wp(pte) (pte)
#define pte_swp_clear_uffd_wp(pte) (pte)

#define set_pte_at_notify(mm, address, ptep, pte) set_pte_at(mm, address, ptep, pte)
#define ptep_clear_flush_notify(vma, address, ptep) ptep_clear_flush(vma, address, ptep)

/* x86 has nothing to do in these. */
#define update_mmu_cache(vma, address, ptep) ((void)(vma), (void)(address), (void)(ptep))
#define update_mmu_tlb(vma, address, ptep) ((void)(vma), (void)(address), (void)(ptep))
#define flush_tlb_fix_spurious_fault(vma, address) ((void)(vma), (void)(address))
#define flush_cache_page(vma, address, pfn) ((void)(vma), (void)(address), (void)(pfn))

#endif
