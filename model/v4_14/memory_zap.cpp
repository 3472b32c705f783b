// SPDX-License-Identifier: GPL-2.0-only
// mm/memory.c, v4.14: taking page tables apart.
#include "model/invariants/ghost.hpp"
#include "model/kapi/sharing.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// zap_pte_range(), mm/memory.c, v4.14, called without details (munmap, exit,
// MADV_DONTNEED, the OOM reaper). Left out: file pages,
// and so force_flush; batches that overflow.
void zap_pte_range(mmu_gather* tlb, vm_area_struct* vma, pmd_t* pmd, u64 addr, u64 end) {
  mm_struct* mm = tlb->mm;
  int rss_anon = 0;
  int rss_swap = 0;
  spinlock_t* ptl = nullptr;
  pte_t* pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
  // Reclaim may have cleared entries here without flushing yet; who finds them empty must not think
  // that nobody uses the pages any more.
  if (!patched(patch::zap_without_batched_flush)) flush_tlb_batched_pending(mm);
  do {
    pte_t ptent = *pte;
    if (pte_none(ptent)) continue;
    if (pte_present(ptent)) {
      page* p = vm_normal_page(vma, addr, ptent);
      ptent = ptep_get_and_clear(mm, addr, pte);
      tlb_remove_tlb_entry(tlb, addr);
      if (p == nullptr) continue;
      --rss_anon;
      page_remove_rmap(p);
      tlb_remove_page(tlb, p);
      continue;
    }
    --rss_swap;
    ghost::swap_entry_zapped(mm);
    free_swap_and_cache(pte_to_swp_entry(ptent));
    pte_clear(mm, addr, pte);
  } while (++pte, addr += page_size, addr != end);
  if (rss_anon != 0) add_mm_counter(mm, MM_ANONPAGES, rss_anon);
  if (rss_swap != 0) add_mm_counter(mm, MM_SWAPENTS, rss_swap);
  pte_unmap_unlock(ptl);
}

// unmap_page_range(), mm/memory.c, v4.14: one pmd level.
void unmap_page_range(mmu_gather* tlb, vm_area_struct* vma, u64 addr, u64 end) {
  while (addr != end) {
    const u64 next = pmd_addr_end(addr, end);
    pmd_t* pmd = pmd_offset(tlb->mm, addr);
    const bool left =
        kernel->sharing == nullptr || !kernel->sharing->zap_pmd(tlb, vma, pmd, addr, next);
    if (left && !pmd_none(pmd)) zap_pte_range(tlb, vma, pmd, addr, next);
    cond_resched();
    addr = next;
  }
}

// unmap_vmas(), mm/memory.c, v4.14.
void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma) {
  for (; vma != nullptr; vma = vma->vm_next) unmap_page_range(tlb, vma, vma->vm_start, vma->vm_end);
}

// free_pte_range(), mm/memory.c, v4.14. The table itself is freed after the TLB flush.
void free_pte_range(mmu_gather* tlb, pmd_t* pmd, u64 addr) {
  pte_table* table = pmd_page(pmd);
  WRITE_ONCE(pmd->pmd, 0);  // pmd_clear()
  pte_free_tlb(tlb, table, addr);
  if (!patched(patch::exit_keeps_nr_ptes)) atomic_add(tlb->mm->nr_ptes, ~u64{0});
}

// free_pgtables(), mm/memory.c, v4.14, for all areas of an mm. The areas leave their anon_vmas
// before the tables go, so no rmap walk comes this way any more.
void free_pgtables(mmu_gather* tlb, vm_area_struct* vma) {
  for (; vma != nullptr; vma = vma->vm_next) {
    unlink_anon_vmas(vma);
    const vm_area_struct* next = vma->vm_next;
    u64 addr = vma->vm_start;
    while (addr != vma->vm_end) {
      const u64 table_end = pmd_addr_end(addr, vma->vm_end);
      // A table that the next area uses as well is freed with that one.
      const bool shared = next != nullptr && table_end == vma->vm_end &&
                          pmd_offset(tlb->mm, addr) == pmd_offset(tlb->mm, next->vm_start);
      pmd_t* pmd = pmd_offset(tlb->mm, addr);
      const bool dealt_with = !shared && kernel->sharing != nullptr &&
                              kernel->sharing->free_pmd != nullptr &&
                              kernel->sharing->free_pmd(tlb, pmd, addr);
      if (!shared && !dealt_with && !pmd_none(pmd)) free_pte_range(tlb, pmd, addr);
      addr = table_end;
    }
  }
}

}  // namespace model::v4_14
