// SPDX-License-Identifier: GPL-2.0-only
// mm/oom_kill.c, v4.14: the OOM reaper.
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// check_stable_address_space(), include/linux/oom.h, v4.14. REQUIRES: the page-table lock of the
// entry that is missing, which is what orders it against the reaper.
int check_stable_address_space(const mm_struct* mm) {
  return (READ_ONCE(mm->flags) & MMF_UNSTABLE) != 0 ? VM_FAULT_SIGBUS : 0;
}

// __oom_reap_task_mm(), mm/oom_kill.c, v4.14.177 (which gathers each area by itself). mmap_sem is
// waited for, where the kernel tries ten times, a tenth of a second apart.
void oom_reap(mm_struct* mm) {
  down_read(&mm->mmap_sem);
  // Before anything is taken away: who finds nothing must know why.
  WRITE_ONCE(mm->flags, mm->flags | MMF_UNSTABLE);
  for (vm_area_struct* vma = mm->mmap; vma != nullptr; vma = vma->vm_next) {
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, vma->vm_start, vma->vm_end);
    unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end);
    tlb_finish_mmu(&tlb);
  }
  up_read(&mm->mmap_sem);
}

}  // namespace model::v4_14
