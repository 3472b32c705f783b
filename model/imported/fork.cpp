// SPDX-License-Identifier: GPL-2.0-only
// kernel/fork.c, v6.1, around an imported copy_page_range().
#include "model/imported/imported.hpp"
#include "model/invariants/ghost.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::imported {

entry_points functions;

static kernel_functions operations;

void provide(const char* name, const entry_points& found) {
  functions = found;
  operations = {};
  operations.name = name;
  if (functions.copy_page_range != nullptr) operations.fork = fork;
  if (functions.handle_pte_fault != nullptr) operations.page_fault = page_fault;
  if (functions.unmap_page_range != nullptr) {
    operations.munmap = munmap;
    operations.exit_mm = mmput;
    operations.oom_reap = oom_reap;
    operations.free_pages_and_swap_cache = free_pages;
  }
  if (functions.swap.try_to_unuse != nullptr) operations.swapoff = swapoff;
  if (functions.reclaim.try_to_unmap_one != nullptr) operations.reclaim = shrink_folio;
  operations.swap_map_in_bytes = true;
  imported_kernel = &operations;
}

// vm_area_dup(), kernel/fork.c: the child's area exists since setup with the parent's bounds, so
// only what can change is left.
static vm_area_struct* vm_area_dup(mm_struct* mm, const vm_area_struct* mpnt) {
  checker_might_sleep("kmem_cache_alloc");
  if (alloc_fails(alloc_site::vma)) return nullptr;
  vm_area_struct* tmp = &world.vmas[mm_index(mm)][mpnt - world.vmas[mm_index(mpnt->vm_mm)]];
  checker_atomic_begin("vm_area_dup");
  tmp->vm_next = nullptr;
  tmp->anon_vma = nullptr;
  checker_atomic_end();
  return tmp;
}

// dup_mmap(), kernel/fork.c, v6.1. Left out: file mappings, VM_DONTCOPY, accounting, uprobes,
// khugepaged and ksm registration; the maple tree is a list here.
static int dup_mmap(mm_struct* mm, mm_struct* oldmm) {
  int retval = 0;
  down_write(&oldmm->mmap_sem);  // mmap_write_lock()
  // Not linked anywhere yet, but lockdep sees two locks of one class.
  down_write_nested(&mm->mmap_sem, SINGLE_DEPTH_NESTING);

  vm_area_struct* prev = nullptr;
  for (vm_area_struct* mpnt = oldmm->mmap; mpnt != nullptr; mpnt = mpnt->vm_next) {
    vm_area_struct* tmp = vm_area_dup(mm, mpnt);
    if (tmp == nullptr) {
      retval = -enomem;
      break;
    }
    // Before any entry is copied: from here on an rmap walk of the parent's pages visits the child.
    if ((tmp->vm_flags & VM_WIPEONFORK) == 0 && v4_14::anon_vma_fork(tmp, mpnt) != 0) {
      retval = -enomem;
      break;
    }
    if (prev == nullptr) {
      mm->mmap = tmp;
    } else {
      prev->vm_next = tmp;
    }
    prev = tmp;
    if ((tmp->vm_flags & VM_WIPEONFORK) == 0) retval = functions.copy_page_range(tmp, mpnt);
    if (retval != 0) break;
  }

  up_write(&mm->mmap_sem);
  // Write-protection takes effect here: until now CPUs may have used writable TLB entries. Faults
  // wait for mmap_lock, so none of them can have replaced a page before.
  flush_tlb_mm(oldmm);
  up_write(&oldmm->mmap_sem);
  return retval;
}

// copy_mm() and dup_mm(), kernel/fork.c, v6.1: `mm` is what allocate_mm() returns.
int fork(mm_struct* oldmm, mm_struct* mm) {
  checker_might_sleep("allocate_mm");
  if (alloc_fails(alloc_site::mm)) return -enomem;
  checker_atomic_begin("mm_init");
  mm->mmap = nullptr;
  mm->mm_users = 1;
  mm->nr_ptes = 0;
  mm->tlb_flush_batched = 0;
  for (u64& counter : mm->rss_stat) counter = 0;
  INIT_LIST_HEAD(&mm->mmlist);
  checker_atomic_end();
  ghost::fork_begins(oldmm, mm);
  const int err = dup_mmap(mm, oldmm);
  if (err != 0) mmput(mm);
  return err;
}

}  // namespace model::imported
