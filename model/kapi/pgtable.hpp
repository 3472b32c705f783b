// SPDX-License-Identifier: GPL-2.0-only
// PTE values and page-table walks: x86's bits, v4.14's names. Functions that only compute are
// forced inline; those that touch a page table are real functions, seen in traces.
#pragma once

#include "model/kapi/compiler.hpp"
#include "model/kapi/locks.hpp"

namespace model {

enum : u64 {
  pte_bit_present = 1 << 0,
  pte_bit_rw = 1 << 1,
  pte_bit_accessed = 1 << 5,
  pte_bit_dirty = 1 << 6,
  pte_bit_special = 1 << 9,  // the zero page: no struct page to count
  pte_bit_soft_dirty = 1 << 11,
  swp_bit_soft_dirty = 1 << 7,  // in a swap PTE
};

MODEL_INLINE bool pte_none(pte_t p) { return p.pte == 0; }
MODEL_INLINE bool pte_present(pte_t p) { return (p.pte & pte_bit_present) != 0; }
MODEL_INLINE bool pte_write(pte_t p) { return (p.pte & pte_bit_rw) != 0; }
MODEL_INLINE bool pte_dirty(pte_t p) { return (p.pte & pte_bit_dirty) != 0; }
MODEL_INLINE bool pte_young(pte_t p) { return (p.pte & pte_bit_accessed) != 0; }
MODEL_INLINE bool pte_special(pte_t p) { return (p.pte & pte_bit_special) != 0; }
MODEL_INLINE bool pte_soft_dirty(pte_t p) { return (p.pte & pte_bit_soft_dirty) != 0; }
MODEL_INLINE bool pte_same(pte_t a, pte_t b) { return a.pte == b.pte; }
MODEL_INLINE u64 pte_pfn(pte_t p) { return p.pte >> page_shift; }
MODEL_INLINE pte_t pte_wrprotect(pte_t p) { return pte_t{p.pte & ~u64{pte_bit_rw}}; }
MODEL_INLINE pte_t pte_mkwrite(pte_t p) { return pte_t{p.pte | pte_bit_rw}; }
MODEL_INLINE pte_t pte_mkdirty(pte_t p) {
  return pte_t{p.pte | pte_bit_dirty | pte_bit_soft_dirty};
}
MODEL_INLINE pte_t pte_mksoft_dirty(pte_t p) { return pte_t{p.pte | pte_bit_soft_dirty}; }
MODEL_INLINE pte_t pte_mkclean(pte_t p) { return pte_t{p.pte & ~u64{pte_bit_dirty}}; }
MODEL_INLINE pte_t pte_mkyoung(pte_t p) { return pte_t{p.pte | pte_bit_accessed}; }
MODEL_INLINE pte_t pte_mkold(pte_t p) { return pte_t{p.pte & ~u64{pte_bit_accessed}}; }
MODEL_INLINE pte_t pte_mkspecial(pte_t p) { return pte_t{p.pte | pte_bit_special}; }

// The page protection of a private mapping has no write bit (vm_page_prot): mk_pte() gives present
// and accessed, as PAGE_COPY does.
MODEL_INLINE pte_t pfn_pte(u64 pfn) {
  return pte_t{pfn << page_shift | pte_bit_present | pte_bit_accessed};
}
MODEL_INLINE pte_t maybe_mkwrite(pte_t p, const vm_area_struct* vma) {
  return (vma->vm_flags & VM_WRITE) != 0 ? pte_mkwrite(p) : p;
}
MODEL_INLINE bool is_cow_mapping(u64 flags) {
  return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

MODEL_INLINE swp_entry_t swp_entry(u64 type, u64 offset) { return swp_entry_t{type << 8 | offset}; }
MODEL_INLINE u64 swp_offset(swp_entry_t e) { return e.val & 0xff; }
MODEL_INLINE u64 swp_type(swp_entry_t e) { return e.val >> 8; }
MODEL_INLINE swp_entry_t pte_to_swp_entry(pte_t p) { return swp_entry_t{p.pte >> page_shift}; }
MODEL_INLINE pte_t swp_entry_to_pte(swp_entry_t e) { return pte_t{e.val << page_shift}; }
MODEL_INLINE pte_t pte_swp_mksoft_dirty(pte_t p) { return pte_t{p.pte | swp_bit_soft_dirty}; }
MODEL_INLINE bool pte_swp_soft_dirty(pte_t p) { return (p.pte & swp_bit_soft_dirty) != 0; }
MODEL_INLINE pte_t pte_swp_clear_soft_dirty(pte_t p) {
  return pte_t{p.pte & ~u64{swp_bit_soft_dirty}};
}

// ---- Walking ------------------------------------------------------------------------------------

bool pmd_none(const pmd_t* pmd);
// Address of the entry for `address` in mm's pmd level; always there.
pmd_t* pmd_offset(mm_struct* mm, u64 address);
// The table *pmd points to. Violation use-after-free if that table was freed. REQUIRES: not none.
pte_table* pmd_page(const pmd_t* pmd);
pte_t* pte_offset_map(const pmd_t* pmd, u64 address);
spinlock_t* pte_lockptr(const mm_struct* mm, const pmd_t* pmd);
// pte_offset_map() and pte_lockptr(), with one load of *pmd.
pte_t* pte_offset_map_ptl(const pmd_t* pmd, u64 address, spinlock_t** ptlp);
// Reads *pmd once, where the kernel's macro reads it for the lock and again for the entry.
pte_t* pte_offset_map_lock(const mm_struct* mm, const pmd_t* pmd, u64 address, spinlock_t** ptlp);
MODEL_INLINE void pte_unmap_unlock(spinlock_t* ptl) { spin_unlock(ptl); }

// ---- Changing an entry --------------------------------------------------------------------------

void set_pte_at(mm_struct* mm, u64 address, pte_t* ptep, pte_t pte);
void pte_clear(mm_struct* mm, u64 address, pte_t* ptep);
// Atomic against the hardware walker, which may set accessed and dirty at any time.
void ptep_set_wrprotect(mm_struct* mm, u64 address, pte_t* ptep);
pte_t ptep_get_and_clear(mm_struct* mm, u64 address, pte_t* ptep);
// Clears the entry, then flushes the address from the TLBs of all CPUs that run the mm.
pte_t ptep_clear_flush(vm_area_struct* vma, u64 address, pte_t* ptep);
// Only ever grants more; x86 needs no flush then. Returns whether the entry changed.
bool ptep_set_access_flags(vm_area_struct* vma, u64 address, pte_t* ptep, pte_t entry, bool dirty);

// Next address at which a PTE table begins, or `end`.
u64 pmd_addr_end(u64 address, u64 end);

// ---- Allocating tables --------------------------------------------------------------------------

// A zeroed table with its lock ready, or null (GFP_KERNEL: may sleep).
pte_table* pte_alloc_one(mm_struct* mm, u64 address);
void pte_free(mm_struct* mm, pte_table* table);

// ---- TLB ----------------------------------------------------------------------------------------

// Each is an IPI to all CPUs that run the mm, waited for: one step.
void flush_tlb_page(vm_area_struct* vma, u64 address);
void flush_tlb_mm_range(mm_struct* mm, u64 start, u64 end);
void flush_tlb_mm(mm_struct* mm);

}  // namespace model
