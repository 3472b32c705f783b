// SPDX-License-Identifier: GPL-2.0-only
// mm/memory.c, v4.14: page faults on anonymous memory that is present or missing.
#include "model/kapi/sharing.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// do_anonymous_page(), mm/memory.c, v4.14. Left out: userfaultfd.
int do_anonymous_page(vm_fault* vmf) {
  vm_area_struct* vma = vmf->vma;
  if (pmd_none(vmf->pmd) && __pte_alloc(vma->vm_mm, vmf->pmd, vmf->address) != 0)
    return VM_FAULT_OOM;

  if ((vmf->flags & FAULT_FLAG_WRITE) == 0) {
    // A read maps the zero page; the first write will copy it.
    vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
    int ret = 0;
    if (pte_none(*vmf->pte)) {
      ret = check_stable_address_space(vma->vm_mm);
      if (ret == 0) {
        set_pte_at(vma->vm_mm, vmf->address, vmf->pte, pte_mkspecial(pfn_pte(0)));
      }
    }
    pte_unmap_unlock(vmf->ptl);
    return ret;
  }

  if (anon_vma_prepare(vma) != 0) return VM_FAULT_OOM;
  page* p = alloc_page(GFP_KERNEL, alloc_site::fault_page);
  if (p == nullptr) return VM_FAULT_OOM;
  clear_user_highpage(p);
  // The contents must be visible before the entry is; pairs with the data dependency of the CPU
  // that walks to the page.
  smp_wmb();
  SetPageUptodate(p);
  const pte_t entry = maybe_mkwrite(pte_mkdirty(mk_pte(p)), vma);

  vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
  if (!patched(patch::anon_fault_without_recheck) && !pte_none(*vmf->pte)) {
    put_page(p);
    pte_unmap_unlock(vmf->ptl);
    return 0;
  }
  const int ret = check_stable_address_space(vma->vm_mm);
  if (ret != 0) {
    put_page(p);
    pte_unmap_unlock(vmf->ptl);
    return ret;
  }
  inc_mm_counter_fast(vma->vm_mm, MM_ANONPAGES);
  page_add_new_anon_rmap(p, vma, vmf->address);
  set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
  pte_unmap_unlock(vmf->ptl);
  return 0;
}

// wp_page_reuse(), mm/memory.c, v4.14. Drops the page-table lock.
static int wp_page_reuse(vm_fault* vmf) {
  pte_t entry = pte_mkyoung(vmf->orig_pte);
  entry = maybe_mkwrite(pte_mkdirty(entry), vmf->vma);
  ptep_set_access_flags(vmf->vma, vmf->address, vmf->pte, entry, true);
  pte_unmap_unlock(vmf->ptl);
  return VM_FAULT_WRITE;
}

// The new page for wp_page_copy(), filled; null without memory.
static page* copy_for_write(page* old_page) {
  page* p = alloc_page(GFP_KERNEL, alloc_site::fault_page);
  if (p == nullptr) return nullptr;
  if (old_page == nullptr) {
    clear_user_highpage(p);
  } else {
    copy_user_highpage(p, old_page);  // cow_user_page()
  }
  smp_wmb();  // contents before the entry, as in do_anonymous_page()
  SetPageUptodate(p);
  return p;
}

// wp_page_copy(), mm/memory.c, v4.14. Called without the page-table lock, with a reference on the
// old page (null for the zero page). The old page's mapcount drops last: as long as it counts,
// nobody else takes the page for his alone, and until the flush other CPUs still read it through
// this entry.
static int wp_page_copy(vm_fault* vmf) {
  vm_area_struct* vma = vmf->vma;
  mm_struct* mm = vma->vm_mm;
  page* old_page = vmf->old_page;
  page* new_page = anon_vma_prepare(vma) == 0 ? copy_for_write(old_page) : nullptr;
  if (new_page == nullptr) {
    if (old_page != nullptr) put_page(old_page);
    return VM_FAULT_OOM;
  }
  bool page_copied = false;

  vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
  if (patched(patch::cow_without_pte_same) || pte_same(*vmf->pte, vmf->orig_pte)) {
    if (old_page == nullptr) inc_mm_counter_fast(mm, MM_ANONPAGES);
    const pte_t entry = maybe_mkwrite(pte_mkdirty(mk_pte(new_page)), vma);
    if (patched(patch::cow_remove_rmap_before_switch) && old_page != nullptr) {
      page_remove_rmap(old_page);
    }
    // Clear, flush, then set: at no time do two CPUs of this mm use different pages here.
    if (patched(patch::cow_without_flush)) {
      ptep_get_and_clear(mm, vmf->address, vmf->pte);
    } else {
      ptep_clear_flush(vma, vmf->address, vmf->pte);
    }
    page_add_new_anon_rmap(new_page, vma, vmf->address);
    set_pte_at(mm, vmf->address, vmf->pte, entry);
    if (!patched(patch::cow_remove_rmap_before_switch) && old_page != nullptr) {
      page_remove_rmap(old_page);
    }
    new_page = old_page;  // the entry's reference on it is ours to drop
    page_copied = true;
  }
  if (new_page != nullptr && !(page_copied && patched(patch::cow_leaks_old_page)))
    put_page(new_page);
  pte_unmap_unlock(vmf->ptl);
  if (old_page != nullptr) put_page(old_page);
  return page_copied ? VM_FAULT_WRITE : 0;
}

// The part of do_wp_page() for anonymous pages, mm/memory.c, v6.0, without PageAnonExclusive and
// lru_add_drain(): the page is kept only by who holds the only reference.
static bool can_reuse_by_references(vm_fault* vmf, page* p) {
  const u64 of_cache = PageSwapCache(p) ? 1 : 0;
  if (atomic_read(p->refcount) > 1 + of_cache) return false;
  if (!trylock_page(p)) return false;
  if (PageSwapCache(p)) try_to_free_swap(p);
  const bool only = atomic_read(p->refcount) == 1;
  if (only) page_move_anon_rmap(p, vmf->vma);
  unlock_page(p);
  return only;
}

// do_wp_page(), mm/memory.c, v4.14. Called with the page-table lock, which it drops. Left out:
// shared and pfn mappings, ksm.
int do_wp_page(vm_fault* vmf) {
  vm_area_struct* vma = vmf->vma;
  page* p = vm_normal_page(vma, vmf->address, vmf->orig_pte);
  vmf->old_page = p;
  if (p == nullptr) {
    pte_unmap_unlock(vmf->ptl);
    return wp_page_copy(vmf);
  }
  if (kernel->sharing != nullptr && !kernel->sharing->reuses_by_mapcount) {
    if (can_reuse_by_references(vmf, p)) return wp_page_reuse(vmf);
  } else if (PageAnon(p)) {
    if (!trylock_page(p)) {
      // Sleeping needs the spinlock dropped: keep the page, look again afterwards.
      get_page(p);
      pte_unmap_unlock(vmf->ptl);
      lock_page(p);
      vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
      if (!patched(patch::cow_without_recheck_after_lock) && !pte_same(*vmf->pte, vmf->orig_pte)) {
        unlock_page(p);
        pte_unmap_unlock(vmf->ptl);
        put_page(p);
        return 0;
      }
      put_page(p);
    }
    int total_map_swapcount = 0;
    if (reuse_swap_page(p, &total_map_swapcount)) {
      if (total_map_swapcount == 1) page_move_anon_rmap(p, vma);
      unlock_page(p);
      return wp_page_reuse(vmf);
    }
    unlock_page(p);
  }
  get_page(p);
  pte_unmap_unlock(vmf->ptl);
  return wp_page_copy(vmf);
}

// handle_pte_fault(), mm/memory.c, v4.14. The entry is read without its lock; everything decided
// from that is rechecked under the lock.
static int handle_pte_fault(vm_fault* vmf) {
  vmf->pte = nullptr;
  if (!pmd_none(vmf->pmd)) {
    vmf->pte = pte_offset_map_ptl(vmf->pmd, vmf->address, &vmf->ptl);
    vmf->orig_pte = *vmf->pte;
    barrier();
    if (pte_none(vmf->orig_pte)) vmf->pte = nullptr;
  }
  if (vmf->pte == nullptr) return do_anonymous_page(vmf);
  if (!pte_present(vmf->orig_pte)) {
    const bool breaks = kernel->sharing != nullptr && kernel->sharing->swap_fault != nullptr;
    if (breaks && !kernel->sharing->swap_fault(vmf->vma, vmf->pmd, vmf->address)) {
      return VM_FAULT_OOM;
    }
    return do_swap_page(vmf);
  }

  spin_lock(vmf->ptl);
  pte_t entry = vmf->orig_pte;
  if (!pte_same(*vmf->pte, entry)) {
    pte_unmap_unlock(vmf->ptl);
    return 0;
  }
  if ((vmf->flags & FAULT_FLAG_WRITE) != 0) {
    if (!pte_write(entry)) return do_wp_page(vmf);
    entry = pte_mkdirty(entry);
  }
  entry = pte_mkyoung(entry);
  ptep_set_access_flags(vmf->vma, vmf->address, vmf->pte, entry,
                        (vmf->flags & FAULT_FLAG_WRITE) != 0);
  pte_unmap_unlock(vmf->ptl);
  return 0;
}

// __handle_mm_fault(), mm/memory.c, v4.14. The upper levels are always there.
int handle_mm_fault(vm_area_struct* vma, u64 address, unsigned flags) {
  vm_fault vmf = {};
  vmf.vma = vma;
  vmf.flags = flags;
  vmf.address = address;
  vmf.pmd = pmd_offset(vma->vm_mm, address);
  const bool write = (flags & FAULT_FLAG_WRITE) != 0;
  if (kernel->sharing != nullptr && kernel->sharing->fault(vma, vmf.pmd, address, write) != 0) {
    return VM_FAULT_OOM;
  }
  return handle_pte_fault(&vmf);
}

// __do_page_fault(), arch/x86/mm/fault.c, v4.14, for user space. Left out: signals, killing on OOM
// (the access is given up), expanding stacks.
bool do_page_fault(mm_struct* mm, u64 address, bool write) {
  unsigned flags = FAULT_FLAG_ALLOW_RETRY | (write ? u64{FAULT_FLAG_WRITE} : 0);
  for (;;) {
    down_read(&mm->mmap_sem);
    vm_area_struct* vma = find_vma(mm, address);
    if (vma == nullptr || vma->vm_start > address) {
      up_read(&mm->mmap_sem);
      return false;
    }
    const int fault = handle_mm_fault(vma, address, flags);
    if ((fault & VM_FAULT_RETRY) != 0) {  // mmap_sem was dropped; wait no second time
      flags &= ~unsigned{FAULT_FLAG_ALLOW_RETRY};
      continue;
    }
    up_read(&mm->mmap_sem);
    return (fault & VM_FAULT_ERROR) == 0;
  }
}

}  // namespace model::v4_14
