// SPDX-License-Identifier: GPL-2.0-only
// odf: On-Demand-Fork as of the paper, on v5.6.19 (branch paper-version-kernel-v5.6.19). Fork
// shares the tables of areas as they are, and write-protects the slots; of what they map nothing is
// counted. A fault copies. The count is a word of its own in the table's page, from 1 at
// construction; the mm that had the table first stays charged for it, and the last user is
// uncharged.
//
// A table is shared only if one private anonymous area covers all of it. Left out: how an mm asks
// for it (tfork, MMF_USE_ODF) and that it populates tables at mmap and brk; the heap, which is
// never shared; splitting of areas, mremap. A write fault decides by mapcount, as v4.14 does.
#include "model/cow_pte/cow_pte.hpp"
#include "model/invariants/ghost.hpp"
#include "model/patch.hpp"

namespace model {

namespace {

bool covers_table(const vm_area_struct* vma, u64 addr) {
  return table_start(addr) >= vma->vm_start && table_end(addr) <= vma->vm_end;
}

// zap_one_pte_table(): what the table maps goes, for its last user.
void zap_one_pte_table(mm_struct* mm, pte_table* table, u64 addr) {
  int rss = 0;
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i, addr += page_size) {
    const pte_t now = *table_entry(table, i);
    if (pte_none(now)) continue;
    if (!pte_present(now)) {
      checker_violation("bug-on", "BUG: a shared table is given up with a swap entry for page %u",
                        vpn_of(addr));
    }
    page* p = vm_normal_page(nullptr, addr, now);
    if (p == nullptr) continue;
    --rss;
    v4_14::page_remove_rmap(p);
    put_page(p);
  }
  if (rss != 0) add_mm_counter(mm, MM_ANONPAGES, rss);
}

// dereference_pte_table(): the last user takes the table apart, and frees it. The pages go without
// a flush, as does the table.
void dereference_pte_table(mm_struct* mm, pmd_t value, u64 addr, bool free_table) {
  pte_table* table = table_in_use(value);
  ghost::table_given_up(mm, table);
  if (atomic_sub_return(table->count, 1) != 0) return;
  zap_one_pte_table(mm, table, table_start(addr));
  ghost::entries_given_up(table);
  if (!free_table) return;
  pte_free(mm, table);
  atomic_add(mm->nr_ptes, ~u64{0});
}

// ---- Fork ---------------------------------------------------------------------------------------

// copy_pmd_range_tfork(), for one slot. No lock of a table or of the slots.
int copy_pmd(mm_struct*, mm_struct*, pmd_t* dst_pmd, pmd_t* src_pmd, vm_area_struct* vma, u64 addr,
             u64) {
  const pmd_t value = pmd_read(src_pmd);
  if (is_none(value)) return 1;
  if (!covers_table(vma, addr)) return 0;
  if ((vma->vm_flags & VM_WRITE) != 0) set_pmd_at(src_pmd, pmd_wrprotect(value));
  if (atomic_add_return(table_in_use(value)->count, 1) < 2) {
    checker_violation("bug-on", "BUG_ON: fork shares a table that nobody uses");
  }
  set_pmd_at(dst_pmd, pmd_read(src_pmd));
  return 1;
}

// ---- Breaking -----------------------------------------------------------------------------------

// copy_one_pte_tfork(): write-protects the copy only. It has no branch for entries that are not
// present: vm_normal_page() is asked for a page of them.
void copy_one_pte(vm_area_struct* vma, u64 addr, const pte_t* src, pte_t* dst, int* rss) {
  pte_t pte = *src;
  if (pte_none(pte)) return;
  if (!pte_present(pte)) {
    checker_violation("bad-page-map",
                      "BUG: Bad page map: a swap entry of page %u is taken for a page",
                      vpn_of(addr));
  }
  pte = pte_mkold(is_cow_mapping(vma->vm_flags) ? pte_wrprotect(pte) : pte);
  if (page* p = vm_normal_page(vma, addr, pte)) {
    get_page(p);
    v4_14::page_dup_rmap(p);
    ++*rss;
  }
  set_pte_at(vma->vm_mm, addr, dst, pte);
}

// copy_pte_range_tfork(): 0 or -enomem. The new table replaces the old one first, and is filled
// then; the old one's lock is not taken. REQUIRES: pmd_lock.
int copy_pte_range_tfork(vm_area_struct* vma, pmd_t* slot, pmd_t old, u64 addr) {
  mm_struct* mm = vma->vm_mm;
  if (!pmd_write(pmd_read(slot))) {  // __tfork_pte_alloc()
    pte_table* fresh = pte_alloc_one_locked(mm, addr);
    if (fresh == nullptr) return -enomem;
    smp_wmb();
    atomic_add(mm->nr_ptes, 1);
    set_pmd_at(slot, pmd_of(fresh));  // pmd_populate()
  }
  const pte_table* from = table_in_use(old);
  int rss = 0;
  spinlock_t* ptl = nullptr;
  pte_t* dst = pte_offset_map_lock(mm, slot, addr, &ptl);
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    copy_one_pte(vma, addr + i * page_size, table_entry(from, i), dst + i, &rss);
  }
  if (rss != 0) add_mm_counter(mm, MM_ANONPAGES, rss);
  pte_unmap_unlock(ptl);
  return 0;
}

// tfork_one_pte_table(): whether there was memory is not asked.
void tfork_one_pte_table(vm_area_struct* vma, pmd_t* slot, u64 address) {
  const pmd_t old = pmd_read(slot);
  if (!covers_table(vma, address)) {
    checker_violation("bug-on", "BUG_ON: an area does not cover the shared table it faults in");
  }
  if (patched(patch::odf_reuses_last_table) && cow_pte_count(table_in_use(old)) == 1) {
    set_pmd_at(slot, pmd_mkwrite(old));
    return;
  }
  copy_pte_range_tfork(vma, slot, old, table_start(address));
  dereference_pte_table(vma->vm_mm, old, address, true);
}

// __handle_mm_fault(); reads and writes alike.
int fault(vm_area_struct* vma, pmd_t* slot, u64 address, bool) {
  mm_struct* mm = vma->vm_mm;
  const bool early = patched(patch::odf_tests_before_lock);
  bool breaks = false;
  if (early) breaks = is_shared(pmd_read(slot)) && (vma->vm_flags & VM_WRITE) != 0;
  if (early && !breaks) return 0;
  spin_lock(&mm->page_table_lock);  // pmd_lock()
  if (!early) breaks = is_shared(pmd_read(slot)) && (vma->vm_flags & VM_WRITE) != 0;
  if (breaks) tfork_one_pte_table(vma, slot, address);
  spin_unlock(&mm->page_table_lock);
  return 0;
}

// ---- Zapping ------------------------------------------------------------------------------------

// zap_pte_range() in the mode for shared tables: queues what is present for the TLB flush.
void queue_entries(mmu_gather* tlb, pmd_t* slot, u64 addr, u64 end) {
  spinlock_t* ptl = nullptr;
  const pte_t* pte = pte_offset_map_lock(tlb->mm, slot, addr, &ptl);
  v4_14::flush_tlb_batched_pending(tlb->mm);
  for (; addr != end; ++pte, addr += page_size) {
    const pte_t now = *pte;
    if (pte_present(now)) tlb_remove_tlb_entry(tlb, addr);
  }
  pte_unmap_unlock(ptl);
}

// zap_pmd_range(). The table may be freed before the slot is cleared.
bool zap_pmd(mmu_gather* tlb, vm_area_struct* vma, pmd_t* slot, u64 addr, u64 end) {
  const pmd_t value = pmd_read(slot);
  if (!is_shared(value)) return false;
  if (!covers_table(vma, addr) || addr != table_start(addr) || end != table_end(addr)) {
    checker_violation("bug-on", "BUG_ON: a shared table is unmapped in part");
  }
  queue_entries(tlb, slot, addr, end);
  if (patched(patch::odf_free_pte_range_counts)) {
    dereference_pte_table(tlb->mm, value, addr, false);
    return true;
  }
  dereference_pte_table(tlb->mm, value, addr, true);
  pmd_clear(slot);
  return true;
}

// free_pmd_range() and, before a30d09b60, free_pte_range(), which looks at what the count is by
// then.
bool free_pmd(mmu_gather* tlb, pmd_t* slot, u64 addr) {
  const pmd_t value = pmd_read(slot);
  if (!patched(patch::odf_free_pte_range_counts) || !is_shared(value)) return false;
  pte_table* table = table_in_use(value);
  pmd_clear(slot);
  if (atomic_read(table->count) != 0) return true;
  pte_free_tlb(tlb, table, addr);
  atomic_add(tlb->mm->nr_ptes, ~u64{0});
  return true;
}

// madvise_dontneed_free(): returns 0 and does nothing.
int madvise_dontneed(mm_struct*, u64, u64) { return 0; }

const table_sharing sharing = [] {
  table_sharing value = {};
  value.counts = accounting::per_creator;
  value.reuses_by_mapcount = true;
  value.copy_pmd = copy_pmd;
  value.fault = fault;
  value.zap_pmd = zap_pmd;
  value.free_pmd = free_pmd;
  return value;
}();

}  // namespace

const kernel_functions odf = [] {
  kernel_functions functions = kernel_that_shares("odf", &sharing);
  functions.madvise_dontneed = madvise_dontneed;
  return functions;
}();

}  // namespace model
