// SPDX-License-Identifier: GPL-2.0-only
// kernel/fork.c, v4.14: dup_mm(), dup_mmap(), mmput() and what they call.
#include "model/invariants/ghost.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

const kernel_functions functions = {.name = "v4.14",
                                    .fork = fork,
                                    .page_fault = do_page_fault,
                                    .swapoff = swapoff,
                                    .reclaim = shrink_page,
                                    .munmap = munmap,
                                    .free_pages_and_swap_cache = free_pages_and_swap_cache,
                                    .exit_mm = mmput,
                                    .oom_reap = oom_reap,
                                    .swap_map_in_bytes = false,
                                    .madvise_dontneed = madvise_dontneed,
                                    .page_referenced = page_referenced};

// vm_area_dup in dup_mmap(): the child's area exists since setup with the parent's bounds, so only
// the allocation and what can change are left.
static vm_area_struct* dup_vma(mm_struct* mm, const vm_area_struct* mpnt) {
  checker_might_sleep("kmem_cache_alloc");
  if (alloc_fails(alloc_site::vma)) return nullptr;
  const long area = mpnt - world.vmas[mm_index(mpnt->vm_mm)];
  vm_area_struct* tmp = &world.vmas[mm_index(mm)][area];
  checker_atomic_begin("vm_area_dup");
  tmp->vm_next = nullptr;
  tmp->anon_vma = nullptr;
  checker_atomic_end();
  return tmp;
}

// dup_mmap(), kernel/fork.c, v4.14. Copies the areas and page tables of oldmm to mm. Left out: file
// mappings, VM_DONTCOPY, accounting, uprobes, khugepaged and ksm registration, the rb-tree.
int dup_mmap(mm_struct* mm, mm_struct* oldmm) {
  int retval = 0;

  down_write(&oldmm->mmap_sem);
  // Not linked anywhere yet, but lockdep sees two locks of one class.
  down_write_nested(&mm->mmap_sem, SINGLE_DEPTH_NESTING);

  vm_area_struct* prev = nullptr;
  for (vm_area_struct* mpnt = oldmm->mmap; mpnt != nullptr; mpnt = mpnt->vm_next) {
    vm_area_struct* tmp = dup_vma(mm, mpnt);
    if (tmp == nullptr) {
      retval = -enomem;
      break;
    }
    // Before any entry is copied: from here on an rmap walk of the parent's pages visits the child.
    if ((tmp->vm_flags & VM_WIPEONFORK) != 0) {
      if (anon_vma_prepare(tmp) != 0) retval = -enomem;
    } else if (anon_vma_fork(tmp, mpnt) != 0) {
      retval = -enomem;
    }
    if (retval != 0) break;

    if (prev == nullptr) {
      mm->mmap = tmp;
    } else {
      prev->vm_next = tmp;
    }
    prev = tmp;

    if ((tmp->vm_flags & VM_WIPEONFORK) == 0) retval = copy_page_range(mm, oldmm, tmp, mpnt);
    if (retval != 0) break;
  }

  up_write(&mm->mmap_sem);
  if (patched(patch::fork_unlock_missing_on_error) && retval != 0) return retval;
  // Write-protection takes effect here: until now CPUs may have used writable TLB entries. Faults
  // wait for mmap_sem, so none of them can have replaced a page before.
  const bool flushes_late =
      patched(patch::fork_flush_after_mmap_sem) || patched(patch::safe_fork_flushes_late);
  if (!flushes_late) flush_tlb_mm(oldmm);
  up_write(&oldmm->mmap_sem);
  if (flushes_late) flush_tlb_mm(oldmm);
  return retval;
}

// allocate_mm() and mm_init(), kernel/fork.c: `mm` is what the allocator returns.
static bool mm_init(mm_struct* mm) {
  checker_might_sleep("allocate_mm");
  if (alloc_fails(alloc_site::mm)) return false;
  checker_atomic_begin("mm_init");
  mm->mmap = nullptr;
  mm->mm_users = 1;
  mm->nr_ptes = 0;
  for (u64& counter : mm->rss_stat) counter = 0;
  INIT_LIST_HEAD(&mm->mmlist);
  checker_atomic_end();
  return true;
}

// copy_mm() and dup_mm(), kernel/fork.c, v4.14.
int fork(mm_struct* oldmm, mm_struct* mm) {
  if (!mm_init(mm)) return -enomem;
  ghost::fork_begins(oldmm, mm);
  const int err = dup_mmap(mm, oldmm);
  if (err != 0) mmput(mm);
  return err;
}

// mmput() and __mmput(), kernel/fork.c, then the last mmdrop(). The address space goes first, then
// the mm leaves mmlist: swapoff passes an mm by that has no users.
void mmput(mm_struct* mm) {
  if (atomic_sub_return(mm->mm_users, 1) != 0) return;
  if (!patched(patch::exit_leaves_mmlist_first)) exit_mmap(mm);
  if (!list_empty(&mm->mmlist)) {
    spin_lock(world.mmlist_lock);
    list_del_init(&mm->mmlist);
    spin_unlock(world.mmlist_lock);
  }
  if (patched(patch::exit_leaves_mmlist_first)) exit_mmap(mm);
  ghost::check_mm(mm);
  ghost::mm_dies(mm);
}

}  // namespace model::v4_14
