// SPDX-License-Identifier: GPL-2.0-only
// The end of address spaces, v6.1, around an imported unmap_page_range().
#include "model/imported/imported.hpp"
#include "model/invariants/ghost.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::imported {

// unmap_vmas(), mm/memory.c, v6.1.
static void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma) {
  for (; vma != nullptr; vma = vma->vm_next) {
    functions.unmap_page_range(tlb, vma, vma->vm_start, vma->vm_end, nullptr);
  }
}

// do_mas_align_munmap() and unmap_region(), mm/mmap.c, v6.1, for all areas of [start, end), which
// must be the whole mm. mmap_lock stays taken for writing, where the kernel may downgrade it once
// the areas are detached.
void munmap(mm_struct* mm, u64 start, u64 end) {
  down_write(&mm->mmap_sem);
  vm_area_struct* vma = find_vma(mm, start);
  if (vma != nullptr && vma->vm_start < end) {
    mm->mmap = nullptr;
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, start, end);
    unmap_vmas(&tlb, vma);
    v4_14::free_pgtables(&tlb, vma);
    tlb_finish_mmu(&tlb);
  }
  up_write(&mm->mmap_sem);
}

// exit_mmap(), mm/mmap.c, v6.1.
static void exit_mmap(mm_struct* mm) {
  down_read(&mm->mmap_sem);
  vm_area_struct* vma = mm->mmap;
  if (vma == nullptr) {  // dup_mmap() may have failed before the first area
    up_read(&mm->mmap_sem);
    return;
  }
  mmu_gather tlb;
  tlb_gather_mmu(&tlb, mm, 0, ~u64{0});
  unmap_vmas(&tlb, vma);
  up_read(&mm->mmap_sem);
  down_write(&mm->mmap_sem);
  v4_14::free_pgtables(&tlb, vma);
  tlb_finish_mmu(&tlb);
  up_write(&mm->mmap_sem);
}

// __oom_reap_task_mm(), mm/oom_kill.c, v6.1. mmap_lock is waited for, where the kernel tries ten
// times, a tenth of a second apart.
void oom_reap(mm_struct* mm) {
  down_read(&mm->mmap_sem);
  // Before anything is taken away: who finds nothing must know why.
  WRITE_ONCE(mm->flags, mm->flags | MMF_UNSTABLE);
  for (vm_area_struct* vma = mm->mmap; vma != nullptr; vma = vma->vm_next) {
    mmu_gather tlb;
    tlb_gather_mmu(&tlb, mm, vma->vm_start, vma->vm_end);
    functions.unmap_page_range(&tlb, vma, vma->vm_start, vma->vm_end, nullptr);
    tlb_finish_mmu(&tlb);
  }
  up_read(&mm->mmap_sem);
}

// mmput() and __mmput(), kernel/fork.c, v6.1, then the last mmdrop().
void mmput(mm_struct* mm) {
  if (atomic_sub_return(mm->mm_users, 1) != 0) return;
  exit_mmap(mm);
  if (!list_empty(&mm->mmlist)) {
    spin_lock(world.mmlist_lock);
    list_del_init(&mm->mmlist);
    spin_unlock(world.mmlist_lock);
  }
  ghost::check_mm(mm);
  ghost::mm_dies(mm);
}

// free_pages_and_swap_cache(), mm/swap_state.c, v6.1.
void free_pages(page** pages, unsigned nr) {
  for (unsigned i = 0; functions.swap.folio_free_swap != nullptr && i < nr; ++i) {
    page* p = pages[i];  // free_swap_cache()
    if (PageSwapCache(p) && !page_mapped(p) && trylock_page(p)) {
      functions.swap.folio_free_swap(p);
      unlock_page(p);
    }
  }
  for (unsigned i = 0; i < nr; ++i) put_page(pages[i]);
}

}  // namespace model::imported
