// SPDX-License-Identifier: GPL-2.0-only
// mm/mmap.c, v4.14: taking areas and whole address spaces away.
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// do_munmap() under vm_munmap()'s mmap_sem, mm/mmap.c, v4.14, for all areas of [start, end), which
// must be the whole mm: areas are not split in the model.
void munmap(mm_struct* mm, u64 start, u64 end) {
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, start);
  if (vma != nullptr && vma->vm_start < end) {
    mm->mmap = nullptr;  // detach_vmas_to_be_unmapped()
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, start, end);
    unmap_vmas(&tlb, vma);
    free_pgtables(&tlb, vma);
    tlb_finish_mmu(&tlb);
  }
  up_write(&mm->mmap_sem);
}

// exit_mmap(), mm/mmap.c, v4.14. No mmap_sem: the last user has gone, and rmap walks and swapoff
// are kept out by the page-table locks, by unlink_anon_vmas() and by mmget_not_zero().
void exit_mmap(mm_struct* mm) {
  vm_area_struct* vma = mm->mmap;
  if (vma == nullptr) return;  // dup_mmap() may have failed before the first area
  mmu_gather tlb;
  tlb_gather_mmu(&tlb, mm, 0, ~u64{0});
  unmap_vmas(&tlb, vma);
  free_pgtables(&tlb, vma);
  tlb_finish_mmu(&tlb);
}

}  // namespace model::v4_14
