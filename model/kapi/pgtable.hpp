// SPDX-License-Identifier: GPL-2.0-only
// PTE values and page-table walks: x86's bits, v4.14's names. Functions that only compute are
// forced inline; those that touch a page table are real functions, seen in traces.
#pragma once

#include "model/kapi/calls.h"
#include "model/kapi/compiler.hpp"
#include "model/kapi/locks.hpp"
#include "model/kapi/pte.h"

namespace model {

// The page protection of a private mapping has no write bit (vm_page_prot): mk_pte() gives present
// and accessed, as PAGE_COPY does.
inline constexpr u64 page_copy = pte_bit_present | pte_bit_accessed;
MODEL_INLINE pte_t pfn_pte(u64 pfn) { return pte_t{pfn << page_shift | page_copy}; }

// ---- Walking ------------------------------------------------------------------------------------

bool pmd_none(const pmd_t* pmd);
// Address of the entry for `address` in mm's pmd level; always there.
pmd_t* pmd_offset(mm_struct* mm, u64 address);
// The table *pmd points to. Violation use-after-free if that table was freed. REQUIRES: not none.
pte_table* pmd_page(const pmd_t* pmd);
// pte_offset_map() and pte_lockptr(), with one load of *pmd.
pte_t* pte_offset_map_ptl(const pmd_t* pmd, u64 address, spinlock_t** ptlp);
MODEL_INLINE void pte_unmap_unlock(spinlock_t* ptl) { spin_unlock(ptl); }

// ---- Allocating tables --------------------------------------------------------------------------

// A zeroed table with its lock ready, or null (GFP_KERNEL: may sleep).
pte_table* pte_alloc_one(mm_struct* mm, u64 address);
// The same where a kernel calls it with a spinlock held, which is told of with debug_vm only: so
// that the rest of that kernel can be looked at.
pte_table* pte_alloc_one_locked(mm_struct* mm, u64 address);

}  // namespace model
