// SPDX-License-Identifier: GPL-2.0-only
// mm/memory.c, v4.14: allocating page tables and copying them at fork.
#include "model/invariants/ghost.hpp"
#include "model/kapi/sharing.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// __pte_alloc(), mm/memory.c, v4.14. The loser of a race frees its table.
int __pte_alloc(mm_struct* mm, pmd_t* pmd, u64 address) {
  pte_table* table = pte_alloc_one(mm, address);
  if (table == nullptr) return -enomem;
  // The zeroed table and its lock must be visible before the table is; pairs with the data
  // dependency of those who load *pmd without a lock.
  smp_wmb();
  spin_lock(&mm->page_table_lock);  // pmd_lock()
  if (patched(patch::pte_alloc_without_recheck) || pmd_none(pmd)) {
    atomic_add(mm->nr_ptes, 1);
    WRITE_ONCE(pmd->pmd, reinterpret_cast<u64>(table));  // pmd_populate()
    table = nullptr;
  }
  spin_unlock(&mm->page_table_lock);
  if (table != nullptr) pte_free(mm, table);
  return 0;
}

// The child may have to be found by swapoff from now on: it goes on mmlist right after its parent,
// so that a walk that has passed the parent meets the child later.
void put_child_on_mmlist(mm_struct* dst_mm, mm_struct* src_mm) {
  if (patched(patch::fork_child_not_on_mmlist) || !list_empty(&dst_mm->mmlist)) return;
  spin_lock(world.mmlist_lock);
  if (list_empty(&dst_mm->mmlist)) {
    if (patched(patch::fork_mmlist_before_parent)) {
      list_add_tail(&dst_mm->mmlist, &src_mm->mmlist);
    } else {
      list_add(&dst_mm->mmlist, &src_mm->mmlist);
    }
  }
  spin_unlock(world.mmlist_lock);
}

// copy_one_pte(), mm/memory.c, v4.14. Both page-table locks are held. Returns 0, or the swap entry
// for which the caller must allocate a count continuation. Left out: migration and device entries.
static u64 copy_one_pte(mm_struct* dst_mm, mm_struct* src_mm, pte_t* dst_pte, pte_t* src_pte,
                        vm_area_struct* vma, u64 addr, int* rss) {
  pte_t pte = *src_pte;

  if (!pte_present(pte)) {
    const swp_entry_t entry = pte_to_swp_entry(pte);
    if (patched(patch::fork_mmlist_before_swap_duplicate)) put_child_on_mmlist(dst_mm, src_mm);
    if (swap_duplicate(entry) < 0) return entry.val;
    put_child_on_mmlist(dst_mm, src_mm);
    ++rss[MM_SWAPENTS];
    set_pte_at(dst_mm, addr, dst_pte, pte);
    return 0;
  }

  if (is_cow_mapping(vma->vm_flags)) {
    if (!patched(patch::fork_without_write_protecting_parent)) {
      ptep_set_wrprotect(src_mm, addr, src_pte);
    }
    if (!patched(patch::fork_without_write_protecting_child)) pte = pte_wrprotect(pte);
  }
  if ((vma->vm_flags & VM_SHARED) != 0) pte = pte_mkclean(pte);
  pte = pte_mkold(pte);

  page* p = vm_normal_page(vma, addr, pte);
  if (p != nullptr) {
    get_page(p);
    page_dup_rmap(p);
    ++rss[MM_ANONPAGES];
  }
  set_pte_at(dst_mm, addr, dst_pte, pte);
  return 0;
}

struct pte_locks {
  spinlock_t* dst_ptl;
  spinlock_t* src_ptl;
};

// The child's table first, the parent's nested in it.
MODEL_INLINE void lock_both(const pte_locks& locks) {
  const unsigned subclass =
      patched(patch::fork_without_single_depth_nesting) ? 0 : SINGLE_DEPTH_NESTING;
  if (patched(patch::fork_ptls_in_other_order)) {
    spin_lock(locks.src_ptl);
    spin_lock_nested(locks.dst_ptl, subclass);
    return;
  }
  spin_lock(locks.dst_ptl);
  if (!patched(patch::fork_without_src_ptl)) spin_lock_nested(locks.src_ptl, subclass);
}

// sync_mm_rss() and add_mm_rss_vec(), mm/memory.c, v4.14.
static void add_mm_rss_vec(mm_struct* mm, const int* rss) {
  for (int i = 0; i < NR_MM_COUNTERS; ++i) {
    if (rss[i] != 0) add_mm_counter(mm, i, rss[i]);
  }
}

// copy_pte_range(), mm/memory.c, v4.14. `progress` counts 8 for a copied entry and 1 for an empty
// one; at the limit (32; a parameter of the world) the loop looks whether it should give the locks
// up.
//
// `entry` is set up once, outside the loop, and keeps its value after a continuation was added. An
// entry that vanished in between would leave it stale; nobody can change the parent's entries then,
// since fork holds its mmap_sem for writing.
int copy_pte_range(mm_struct* dst_mm, mm_struct* src_mm, pmd_t* dst_pmd, const pmd_t* src_pmd,
                   vm_area_struct* vma, u64 addr, u64 end) {
  swp_entry_t entry = {0};
  for (;;) {
    int rss[NR_MM_COUNTERS] = {0, 0, 0, 0};
    unsigned progress = 0;
    bool gave_way = false;

    // pte_alloc_map_lock(): may sleep, so before any lock.
    if (pmd_none(dst_pmd) && __pte_alloc(dst_mm, dst_pmd, addr) != 0) return -enomem;
    pte_locks locks = {};
    pte_t* dst_pte = pte_offset_map_ptl(dst_pmd, addr, &locks.dst_ptl);
    pte_t* src_pte = pte_offset_map_ptl(src_pmd, addr, &locks.src_ptl);
    lock_both(locks);

    do {
      if (progress >= world.parameters.progress_limit &&
          !patched(patch::fork_never_checks_progress)) {
        progress = 0;
        if (need_resched_or_needbreak()) {
          gave_way = true;
          break;
        }
      }
      if (pte_none(*src_pte)) {
        ++progress;
        continue;
      }
      entry.val = copy_one_pte(dst_mm, src_mm, dst_pte, src_pte, vma, addr, rss);
      if (entry.val != 0) break;
      progress += 8;
    } while (++dst_pte, ++src_pte, addr += page_size, addr != end);

    if (patched(patch::fork_continuation_under_ptls) && entry.val != 0) {
      if (add_swap_count_continuation(entry, GFP_KERNEL) < 0) return -enomem;
    }
    if (!patched(patch::fork_without_src_ptl)) spin_unlock(locks.src_ptl);
    if (!(patched(patch::fork_drops_rss_on_break) && gave_way)) add_mm_rss_vec(dst_mm, rss);
    spin_unlock(locks.dst_ptl);
    cond_resched();

    if (entry.val != 0) {
      if (add_swap_count_continuation(entry, GFP_KERNEL) < 0) return -enomem;
    }
    if (addr == end) return 0;
    if (gave_way && patched(patch::fork_resume_skips_pte)) addr += page_size;
    if (gave_way && patched(patch::fork_resume_copies_twice)) addr -= page_size;
    if (addr == end) return 0;
  }
}

// One step of copy_pmd_range(), mm/memory.c, v4.14.
static int copy_pmd(mm_struct* dst_mm, mm_struct* src_mm, vm_area_struct* vma, u64 addr, u64 end) {
  pmd_t* dst_pmd = pmd_offset(dst_mm, addr);
  pmd_t* src_pmd = pmd_offset(src_mm, addr);
  if (kernel->sharing != nullptr) {
    const int done = kernel->sharing->copy_pmd(dst_mm, src_mm, dst_pmd, src_pmd, vma, addr, end);
    if (done != 0) return done < 0 ? done : 0;
  }
  return pmd_none(src_pmd) ? 0 : copy_pte_range(dst_mm, src_mm, dst_pmd, src_pmd, vma, addr, end);
}

// copy_page_range() down to copy_pmd_range(), mm/memory.c, v4.14: one pmd level. Left out: the
// mmu_notifier calls around the walk.
int copy_page_range(mm_struct* dst_mm, mm_struct* src_mm, vm_area_struct*, vm_area_struct* vma) {
  // An area that never had a page of its own needs no copying: faults fill it in.
  if (vma->anon_vma == nullptr) return 0;
  u64 addr = vma->vm_start;
  while (addr != vma->vm_end) {
    const u64 next = pmd_addr_end(addr, vma->vm_end);
    if (copy_pmd(dst_mm, src_mm, vma, addr, next) != 0) return -enomem;
    addr = next;
  }
  return 0;
}

}  // namespace model::v4_14
