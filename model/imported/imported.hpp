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

  // Swap, in trees that have all of it. A `struct folio *` is that of its page here. What these are
  // called with and give back is kapi/linux/swap.h's matter.
  struct swap_functions {
    int (*swapcache_prepare)(swp_entry_t entry) = nullptr;
    void (*put_swap_folio)(page* p, swp_entry_t entry) = nullptr;
    bool (*folio_free_swap)(page* p) = nullptr;
    swap_info_struct* (*get_swap_device)(swp_entry_t entry) = nullptr;
    int (*try_to_unuse)(unsigned type) = nullptr;
    void (*drain_mmlist)() = nullptr;
  } swap;
  // Reclaim. `flags` are of enum ttu_flags.
  struct reclaim_functions {
    bool (*try_to_unmap_one)(page* p, vm_area_struct* vma, u64 address, void* flags) = nullptr;
    void (*try_to_unmap_flush)() = nullptr;
    void (*try_to_unmap_flush_dirty)() = nullptr;
  } reclaim;
};

// `name` as users write it; it must outlive the exploration. From here on select_kernel() finds
// this kernel by that name, in place of one that was provided before.
void provide(const char* name, const entry_points& functions);

extern entry_points functions;

int fork(mm_struct* oldmm, mm_struct* mm);
bool page_fault(mm_struct* mm, u64 address, bool write);
void munmap(mm_struct* mm, u64 start, u64 end);
void mmput(mm_struct* mm);
void oom_reap(mm_struct* mm);
void free_pages(page** pages, unsigned nr);
int swapoff();
// One page of shrink_folio_list(). The caller has isolated it: one reference.
void shrink_folio(page* p);

// ---- mm/swap_state.c, mm/page_io.c, mm/swapfile.c -----------------------------------------------

// False if there is no slot to have.
bool add_to_swap(page* p);
void __delete_from_swap_cache(page* p);
// REQUIRES: the page lock, which it drops.
void swap_writepage(page* p);

}  // namespace model::imported
