// SPDX-License-Identifier: GPL-2.0-only
// mm/memory.c and mm/filemap.c, v4.14: a fault on a swap entry.
#include "model/kapi/sharing.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"
#include "model/world/kernel.hpp"

namespace model::v4_14 {

// __lock_page_or_retry(), mm/filemap.c, v4.14. False: the page is not locked and mmap_sem was
// dropped.
static bool lock_page_or_retry(page* p, mm_struct* mm, unsigned flags) {
  if (trylock_page(p)) return true;
  if ((flags & FAULT_FLAG_ALLOW_RETRY) != 0) {
    up_read(&mm->mmap_sem);
    wait_on_page_locked(p);
    return false;
  }
  lock_page(p);
  return true;
}

// The page for a swap entry: from the swap cache, or read in. Null without memory, or if the entry
// is not in use any more.
static page* swap_in(swp_entry_t entry) {
  page* p = lookup_swap_cache(entry);
  return p != nullptr ? p : read_swap_cache_async(entry);  // swapin_readahead(), without the ahead
}

// The part of do_swap_page() under the page-table lock, once the entry has been found unchanged.
// Unlocks the page. True if the fault was a write and the page must still be copied.
static bool map_swapped_page(vm_fault* vmf, swp_entry_t entry, page* p) {
  vm_area_struct* vma = vmf->vma;
  inc_mm_counter_fast(vma->vm_mm, MM_ANONPAGES);
  dec_mm_counter_fast(vma->vm_mm, MM_SWAPENTS);
  pte_t pte = mk_pte(p);
  bool write = (vmf->flags & FAULT_FLAG_WRITE) != 0;
  bool exclusive = false;
  // Before the rmap and swap_free(), so that this entry is counted once.
  // Kernels that share tables decide by references, below in do_wp_page().
  const bool by_mapcount = kernel->sharing == nullptr || kernel->sharing->reuses_by_mapcount;
  if (write && by_mapcount && reuse_swap_page(p, nullptr)) {
    pte = maybe_mkwrite(pte_mkdirty(pte), vma);
    write = false;
    exclusive = true;
  }
  if (pte_swp_soft_dirty(vmf->orig_pte)) pte = pte_mksoft_dirty(pte);
  set_pte_at(vma->vm_mm, vmf->address, vmf->pte, pte);
  vmf->orig_pte = pte;
  page_add_anon_rmap(p, vma, vmf->address, exclusive);
  swap_free(entry);
  unlock_page(p);
  return write;
}

// do_swap_page(), mm/memory.c, v4.14. Left out: migration and device entries, ksm,
// try_to_free_swap() for a full device.
int do_swap_page(vm_fault* vmf) {
  mm_struct* mm = vmf->vma->vm_mm;
  const swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);

  page* p = swap_in(entry);
  if (p == nullptr) {
    // Someone may have swapped it in meanwhile, and freed the entry.
    vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
    const bool same = pte_same(*vmf->pte, vmf->orig_pte);
    pte_unmap_unlock(vmf->ptl);
    return same ? VM_FAULT_OOM : 0;
  }
  if (!lock_page_or_retry(p, mm, vmf->flags)) {
    put_page(p);
    return VM_FAULT_RETRY;
  }
  // The page lock keeps it in the swap cache from here on; it may have left before.
  if (!PageSwapCache(p) || page_private(p) != entry.val) {
    unlock_page(p);
    put_page(p);
    return 0;
  }

  vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
  if ((!patched(patch::swap_in_without_pte_same) && !pte_same(*vmf->pte, vmf->orig_pte)) ||
      !PageUptodate(p)) {
    const bool bad = !PageUptodate(p);
    pte_unmap_unlock(vmf->ptl);
    unlock_page(p);
    put_page(p);
    return bad ? VM_FAULT_SIGBUS : 0;
  }
  if (map_swapped_page(vmf, entry, p)) return do_wp_page(vmf) & VM_FAULT_ERROR;
  pte_unmap_unlock(vmf->ptl);
  return 0;
}

}  // namespace model::v4_14
