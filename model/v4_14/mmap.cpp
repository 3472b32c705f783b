// SPDX-License-Identifier: GPL-2.0-only
// mm/mmap.c, v4.14: taking areas and whole address spaces away.
#include "model/kapi/sharing.hpp"
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

// What kernels that share tables do first, for all areas of the range. 0 or -enomem.
static int prepare_to_unmap(mm_struct* mm, u64 start, u64 end) {
  if (kernel->sharing == nullptr || kernel->sharing->before_unmap == nullptr) return 0;
  for (vm_area_struct* vma = find_vma(mm, start); vma != nullptr && vma->vm_start < end;
       vma = vma->vm_next) {
    const u64 first = start > vma->vm_start ? start : vma->vm_start;
    const int error =
        kernel->sharing->before_unmap(vma, first, end < vma->vm_end ? end : vma->vm_end);
    if (error != 0) return error;
  }
  return 0;
}

// madvise_dontneed(), mm/madvise.c, and zap_page_range(), mm/memory.c, v4.14: [start, end) reads as
// zeroes afterwards.
int madvise_dontneed(mm_struct* mm, u64 start, u64 end) {
  down_read(&mm->mmap_sem);
  const int error = prepare_to_unmap(mm, start, end);
  for (vm_area_struct* vma = find_vma(mm, start);
       error == 0 && vma != nullptr && vma->vm_start < end; vma = vma->vm_next) {
    const u64 first = start > vma->vm_start ? start : vma->vm_start;
    const u64 last = end < vma->vm_end ? end : vma->vm_end;
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, first, last);
    unmap_page_range(&tlb, vma, first, last);
    tlb_finish_mmu(&tlb);
  }
  up_read(&mm->mmap_sem);
  return error;
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
