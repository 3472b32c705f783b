// SPDX-License-Identifier: GPL-2.0-only
// Kernels whose functions were cut from a kernel tree and compiled as C: what surrounds those
// functions here. dup_mmap() and handle_mm_fault() are the model's, with v6.1's semantics; so is
// everything below them that kapi/linux declares.
#pragma once

#include "model/kapi/fault.h"
#include "model/kapi/mm.hpp"
#include "model/world/kernel.hpp"
#include "model/world/world.hpp"

namespace model::imported {

// What the tree's text provides; null where that was not imported.
struct entry_points {
  // 0, or a negative error.
  int (*copy_page_range)(vm_area_struct* dst_vma, vm_area_struct* src_vma) = nullptr;
  vm_fault_t (*handle_pte_fault)(vm_fault* vmf) = nullptr;
  // `details` is null: a `struct zap_details *`, which the model has no use for.
  void (*unmap_page_range)(mmu_gather* tlb, vm_area_struct* vma, u64 address, u64 end,
                           void* details) = nullptr;
};

// `name` as users write it; it must outlive the exploration. From here on select_kernel() finds
// this kernel by that name, in place of one that was provided before.
void provide(const char* name, const entry_points& functions);

extern entry_points functions;

int fork(mm_struct* oldmm, mm_struct* mm);
bool page_fault(mm_struct* mm, u64 address, bool write);
void munmap(mm_struct* mm, u64 start, u64 end);
void mmput(mm_struct* mm);
void free_pages(page** pages, unsigned nr);

}  // namespace model::imported
