/* SPDX-License-Identifier: GPL-2.0-only */
/* PTE values: x86's bits, the kernel's names. All of these only compute. For C and C++. */
#ifndef MODEL_KAPI_PTE_H
#define MODEL_KAPI_PTE_H

#include "model/kapi/types.h"

KAPI_BEGIN

enum pte_bits {
  pte_bit_present = 1 << 0,
  pte_bit_rw = 1 << 1,
  pte_bit_accessed = 1 << 5,
  pte_bit_dirty = 1 << 6,
  pte_bit_special = 1 << 9, /* the zero page: no struct page to count */
  pte_bit_soft_dirty = 1 << 11,
  swp_bit_soft_dirty = 1 << 7, /* in a swap PTE */
  swp_bit_exclusive = 1 << 3,  /* there, too, since v5.19 */
  pte_pfn_shift = 12
};

MODEL_INLINE bool pmd_write(pmd_t pmd) { return (pmd.pmd & pmd_bit_wrprotect) == 0; }
/* The table a PMD entry names; null if it is none. */
MODEL_INLINE struct pte_table *pmd_table(pmd_t pmd) {
  return (struct pte_table *)(pmd.pmd & ~(u64)pmd_bit_wrprotect);
}

MODEL_INLINE pte_t __pte(u64 value) {
  pte_t result;
  result.pte = value;
  return result;
}

MODEL_INLINE bool pte_none(pte_t p) { return p.pte == 0; }
MODEL_INLINE bool pte_present(pte_t p) { return (p.pte & pte_bit_present) != 0; }
MODEL_INLINE bool pte_write(pte_t p) { return (p.pte & pte_bit_rw) != 0; }
MODEL_INLINE bool pte_dirty(pte_t p) { return (p.pte & pte_bit_dirty) != 0; }
MODEL_INLINE bool pte_young(pte_t p) { return (p.pte & pte_bit_accessed) != 0; }
MODEL_INLINE bool pte_special(pte_t p) { return (p.pte & pte_bit_special) != 0; }
MODEL_INLINE bool pte_soft_dirty(pte_t p) { return (p.pte & pte_bit_soft_dirty) != 0; }
MODEL_INLINE bool pte_same(pte_t a, pte_t b) { return a.pte == b.pte; }
MODEL_INLINE u64 pte_pfn(pte_t p) { return p.pte >> pte_pfn_shift; }
MODEL_INLINE pte_t pte_wrprotect(pte_t p) { return __pte(p.pte & ~(u64)pte_bit_rw); }
MODEL_INLINE pte_t pte_mkwrite(pte_t p) { return __pte(p.pte | pte_bit_rw); }
MODEL_INLINE pte_t pte_mkdirty(pte_t p) {
  return __pte(p.pte | pte_bit_dirty | pte_bit_soft_dirty);
}
MODEL_INLINE pte_t pte_mksoft_dirty(pte_t p) { return __pte(p.pte | pte_bit_soft_dirty); }
MODEL_INLINE pte_t pte_mkclean(pte_t p) { return __pte(p.pte & ~(u64)pte_bit_dirty); }
MODEL_INLINE pte_t pte_mkyoung(pte_t p) { return __pte(p.pte | pte_bit_accessed); }
MODEL_INLINE pte_t pte_mkold(pte_t p) { return __pte(p.pte & ~(u64)pte_bit_accessed); }
MODEL_INLINE pte_t pte_mkspecial(pte_t p) { return __pte(p.pte | pte_bit_special); }

MODEL_INLINE pte_t maybe_mkwrite(pte_t p, const struct vm_area_struct *vma) {
  return (vma->vm_flags & VM_WRITE) != 0 ? pte_mkwrite(p) : p;
}
MODEL_INLINE bool is_cow_mapping(u64 flags) {
  return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

MODEL_INLINE swp_entry_t swp_entry(u64 type, u64 offset) {
  swp_entry_t entry;
  entry.val = type << 8 | offset;
  return entry;
}
MODEL_INLINE u64 swp_offset(swp_entry_t e) { return e.val & 0xff; }
MODEL_INLINE u64 swp_type(swp_entry_t e) { return e.val >> 8; }
MODEL_INLINE swp_entry_t pte_to_swp_entry(pte_t p) {
  swp_entry_t entry;
  entry.val = p.pte >> pte_pfn_shift;
  return entry;
}
MODEL_INLINE pte_t swp_entry_to_pte(swp_entry_t e) { return __pte(e.val << pte_pfn_shift); }
MODEL_INLINE pte_t pte_swp_mksoft_dirty(pte_t p) { return __pte(p.pte | swp_bit_soft_dirty); }
MODEL_INLINE bool pte_swp_soft_dirty(pte_t p) { return (p.pte & swp_bit_soft_dirty) != 0; }
MODEL_INLINE pte_t pte_swp_clear_soft_dirty(pte_t p) {
  return __pte(p.pte & ~(u64)swp_bit_soft_dirty);
}
MODEL_INLINE pte_t pte_swp_mkexclusive(pte_t p) { return __pte(p.pte | swp_bit_exclusive); }
MODEL_INLINE pte_t pte_swp_clear_exclusive(pte_t p) {
  return __pte(p.pte & ~(u64)swp_bit_exclusive);
}
MODEL_INLINE bool pte_swp_exclusive(pte_t p) { return (p.pte & swp_bit_exclusive) != 0; }

KAPI_END

#endif
