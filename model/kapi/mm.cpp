// SPDX-License-Identifier: GPL-2.0-only
// Counters, areas, mmu_gather.
#include "model/kapi/mm.hpp"

#include "model/invariants/ghost.hpp"
#include "model/patch.hpp"
#include "model/world/kernel.hpp"

namespace model {

void add_mm_counter(mm_struct* mm, int member, long value) {
  atomic_add(mm->rss_stat[member], static_cast<u64>(value));
  ghost::rss(mm, member, value);
}

vm_area_struct* find_vma(mm_struct* mm, u64 address) {
  vm_area_struct* vma = mm->mmap;
  while (vma != nullptr && vma->vm_end <= address) vma = vma->vm_next;
  return vma;
}

bool need_resched_or_needbreak() {
  ghost::resched_looked_at();
  if (!world.parameters.need_resched || ghost::no_more_breaks()) return false;
  if (checker_choose(2, need_resched_name) == 0) return false;
  ghost::break_taken();
  return true;
}

void tlb_gather_mmu(mmu_gather* tlb, mm_struct* mm, u64 start, u64 end) {
  tlb->mm = mm;
  tlb->start = ~u64{0};
  tlb->end = 0;
  tlb->fullmm = start == 0 && end == ~u64{0};
  tlb->nr = 0;
  tlb->nr_tables = 0;
}

static void __tlb_adjust_range(mmu_gather* tlb, u64 address) {
  if (address < tlb->start) tlb->start = address;
  if (address + page_size > tlb->end) tlb->end = address + page_size;
}

void tlb_remove_tlb_entry(mmu_gather* tlb, u64 address) { __tlb_adjust_range(tlb, address); }

void tlb_remove_page(mmu_gather* tlb, page* p) { tlb->pages[tlb->nr++] = p; }

void pte_free_tlb(mmu_gather* tlb, pte_table* table, u64 address) {
  __tlb_adjust_range(tlb, address);
  tlb->tables[tlb->nr_tables++] = table;
}

static void tlb_flush_mmu_free(mmu_gather* tlb) {
  kernel->free_pages_and_swap_cache(tlb->pages, tlb->nr);
  tlb->nr = 0;
}

void tlb_flush_mmu(mmu_gather* tlb) {
  if (patched(patch::munmap_frees_before_flush)) tlb_flush_mmu_free(tlb);
  if (tlb->fullmm) {
    flush_tlb_mm(tlb->mm);
  } else if (tlb->start < tlb->end) {
    flush_tlb_mm_range(tlb->mm, tlb->start, tlb->end);
  }
  tlb->start = ~u64{0};
  tlb->end = 0;
  tlb_flush_mmu_free(tlb);
  for (unsigned i = 0; i < tlb->nr_tables; ++i) pte_free(tlb->mm, tlb->tables[i]);
  tlb->nr_tables = 0;
}

void tlb_finish_mmu(mmu_gather* tlb) { tlb_flush_mmu(tlb); }

}  // namespace model
