// SPDX-License-Identifier: GPL-2.0-only
// cow-pte-v5: "Introduce Copy-On-Write to Page Table", v5 of 2023-04-14, 17 patches on v6.3-rc6.
// Fork shares tables, but does all the accounting: each sharer has every page of a shared table in
// its rss, with a reference, a mapcount and a swap count, and each entry is write-protected. So to
// break is to clone the table. The count is _refcount of the table's page; there is no owner.
//
// All of it is for an mm with MMF_COW_PTE. Left out: the mmu_notifier calls, huge and swap PMDs,
// GUP; VM_DONTCOPY and pages that may be pinned, and with them -EAGAIN and recover_pte_range();
// splitting of areas, mremap; the warning after a fault that a table is shared and writable; the
// page table check of patch 17.
#include "model/cow_pte/cow_pte.hpp"
#include "model/invariants/ghost.hpp"
#include "model/patch.hpp"

namespace model {

namespace {

// ---- The count ----------------------------------------------------------------------------------

// The series' helpers take a slot and look up the table in it.
u64 count_of(const pmd_t* slot) { return cow_pte_count(table_in_use(pmd_read(slot))); }

bool pmd_put_pte(const pmd_t* slot) {
  return pmd_put_pte_unless_last(table_in_use(pmd_read(slot)));
}

// pte_lockptr() and spin_lock_nested(): nothing keeps the slot from changing in between.
spinlock_t* lock_table_of(const pmd_t* slot, unsigned subclass) {
  pte_table* table = table_in_use(pmd_read(slot));
  spin_lock_nested(&table->ptl, subclass);
  check_in_use(table);
  return &table->ptl;
}

void make_writable(pmd_t* slot) { set_pmd_at(slot, pmd_mkwrite(pmd_read(slot))); }

// ---- Fork ---------------------------------------------------------------------------------------

// copy_nonpresent_pte() with the parent's entry as source and destination: 0, or the swap entry for
// which a count continuation must be allocated.
u64 share_swap_entry(mm_struct* dst_mm, mm_struct* src_mm, pte_t pte, int* rss) {
  const swp_entry_t entry = pte_to_swp_entry(pte);
  if (v4_14::swap_duplicate(entry) < 0) return entry.val;
  v4_14::put_child_on_mmlist(dst_mm, src_mm);
  ++rss[MM_SWAPENTS];
  return 0;
}

// copy_present_pte(), v6.3, with the parent's entry as source and destination: the value that it
// stores was read before the entry was write-protected.
void share_present_pte(vm_area_struct* vma, u64 addr, pte_t* ptep, int* rss) {
  pte_t pte = *ptep;
  if (page* p = vm_normal_page(vma, addr, pte)) {
    get_page(p);
    v4_14::page_dup_rmap(p);  // page_try_dup_anon_rmap()
    ++rss[MM_ANONPAGES];
  }
  if (is_cow_mapping(vma->vm_flags) && pte_write(pte)) {
    ptep_set_wrprotect(vma->vm_mm, addr, ptep);
    pte = pte_wrprotect(pte);
  }
  if ((vma->vm_flags & VM_SHARED) != 0) pte = pte_mkclean(pte);
  set_pte_at(vma->vm_mm, addr, ptep, pte_mkold(pte));
}

// pmd_install().
void pmd_install(mm_struct* mm, pmd_t* slot, pmd_t table) {
  spin_lock(&mm->page_table_lock);  // pmd_lock()
  if (pmd_none(slot)) {
    atomic_add(mm->nr_ptes, 1);
    smp_wmb();
    set_pmd_at(slot, table);  // pmd_populate()
  }
  spin_unlock(&mm->page_table_lock);
}

// One area in the loop of copy_cow_pte_range(), from `addr` to `end`: 0 or -enomem.
int share_entries(mm_struct* dst_mm, vm_area_struct* vma, pmd_t* src_pmd, u64 addr, u64 end) {
  while (addr != end) {
    int rss[NR_MM_COUNTERS] = {0, 0, 0, 0};
    swp_entry_t entry = {0};
    spinlock_t* ptl = nullptr;
    pte_t* pte = pte_offset_map_lock(vma->vm_mm, src_pmd, addr, &ptl);
    for (; addr != end; addr += page_size, ++pte) {
      const pte_t now = *pte;
      if (pte_none(now)) continue;
      if (pte_present(now)) {
        share_present_pte(vma, addr, pte, rss);
        continue;
      }
      entry.val = share_swap_entry(dst_mm, vma->vm_mm, now, rss);
      if (entry.val != 0) break;
    }
    for (int i = 0; i < NR_MM_COUNTERS; ++i) {  // add_mm_rss_vec()
      if (rss[i] != 0) add_mm_counter(dst_mm, i, rss[i]);
    }
    pte_unmap_unlock(ptl);
    cond_resched();
    if (entry.val != 0 && v4_14::add_swap_count_continuation(entry, GFP_KERNEL) < 0) {
      return -enomem;
    }
  }
  return 0;
}

// copy_cow_pte_range(): 0 or -enomem, with the table shared in either case.
int copy_cow_pte_range(mm_struct* dst_mm, mm_struct* src_mm, pmd_t* dst_pmd, pmd_t* src_pmd,
                       u64 addr) {
  const u64 start = table_start(addr);
  const u64 end = table_end(addr);
  spinlock_t* ptl = lock_table_of(src_pmd, 0);
  const pmd_t table = pmd_of(table_in_use(pmd_read(src_pmd)));
  pmd_get_pte(pmd_table(table));
  pmd_install(dst_mm, dst_pmd, table);
  spin_unlock(ptl);
  int err = 0;
  // The areas of the table that fork would not copy, too.
  for (vm_area_struct* vma = src_mm->mmap; err == 0 && vma != nullptr; vma = vma->vm_next) {
    const u64 from = vma->vm_start > start ? vma->vm_start : start;
    const u64 to = vma->vm_end < end ? vma->vm_end : end;
    if (from < to) err = share_entries(dst_mm, vma, src_pmd, from, to);
  }
  if (!patched(patch::v5_fork_leaves_slot_writable)) pmdp_set_wrprotect(src_pmd);
  set_pmd_at(dst_pmd, pmd_wrprotect(pmd_read(src_pmd)));
  return err;
}

// copy_pmd_range(), for one slot.
int copy_pmd(mm_struct* dst_mm, mm_struct* src_mm, pmd_t* dst_pmd, pmd_t* src_pmd, vm_area_struct*,
             u64 addr, u64) {
  if (pmd_none(src_pmd)) return 1;
  const pmd_t child = pmd_read(dst_pmd);
  if (!is_none(child) && !pmd_write(child)) return 1;  // by an area before
  return copy_cow_pte_range(dst_mm, src_mm, dst_pmd, src_pmd, addr) == 0 ? 1 : -enomem;
}

// ---- Breaking -----------------------------------------------------------------------------------

// "We can just clone": the entries of `from` that are not none. REQUIRES: its lock.
void clone_entries(mm_struct* mm, const pte_table* from, const pte_table* to, u64 addr) {
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i, addr += page_size) {
    const pte_t pte = *table_entry(from, i);
    if (!pte_none(pte)) set_pte_at(mm, addr, table_entry(to, i), pte);
  }
}

// The slow path of handle_cow_pte_fault(), from the allocation on. In `fresh` is left what is not
// needed. 0 or -enomem.
int clone_table(vm_area_struct* vma, pmd_t* slot, u64 address, pte_table** fresh) {
  mm_struct* mm = vma->vm_mm;
  bool last = patched(patch::v5_break_counts_without_lock) && count_of(slot) == 1;
  *fresh = pte_alloc_one(mm, address);
  if (*fresh == nullptr) return -enomem;
  spinlock_t* ptl = lock_table_of(slot, SINGLE_DEPTH_NESTING);
  const pmd_t cowed = pmd_read(slot);
  pte_table* table = table_in_use(cowed);
  if (!patched(patch::v5_break_counts_without_lock)) last = cow_pte_count(table) == 1;
  if (last) {
    make_writable(slot);
    spin_unlock(ptl);
    return 0;
  }
  // The slot names the old table all the while, and nobody else can reach the new one.
  clone_entries(mm, table, *fresh, table_start(address));
  const bool late = patched(patch::v5_break_puts_after_unlock);
  if (!late) pmd_put_pte_unless_last(table);  // in the condition of a VM_WARN_ON
  set_pmd_at(slot, pmd_of(*fresh));
  *fresh = nullptr;
  spin_unlock(ptl);
  if (late) pmd_put_pte_unless_last(table);
  return 0;
}

// The same in v4: the slot is none while the table is copied. What becomes of nr_ptes when there is
// no memory we do not know: taken back here.
int clone_table_of_v4(vm_area_struct* vma, pmd_t* slot, u64 address) {
  mm_struct* mm = vma->vm_mm;
  const pmd_t cowed = pmd_read(slot);
  pte_table* table = table_in_use(cowed);
  atomic_add(mm->nr_ptes, ~u64{0});
  pmd_clear(slot);
  if (pmd_none(slot) && v4_14::__pte_alloc(mm, slot, address) != 0) {
    set_pmd_at(slot, cowed);  // nr_ptes stays as it is
    return -enomem;
  }
  spinlock_t* dst_ptl = nullptr;
  pte_offset_map_lock(mm, slot, address, &dst_ptl);
  pte_table* fresh = table_in_use(pmd_read(slot));
  spin_lock_nested(&table->ptl, SINGLE_DEPTH_NESTING);
  clone_entries(mm, table, fresh, table_start(address));
  spin_unlock(dst_ptl);
  if (!pmd_put_pte_unless_last(table)) {
    pmd_clear(slot);
    ghost::entries_given_up(fresh);
    pte_free(mm, fresh);
    set_pmd_at(slot, pmd_mkwrite(cowed));
  }
  spin_unlock(&table->ptl);
  return 0;
}

// handle_cow_pte_fault(): 0 or -enomem.
int handle_cow_pte_fault(vm_area_struct* vma, pmd_t* slot, u64 address) {
  mm_struct* mm = vma->vm_mm;
  const pmd_t seen = pmd_read(slot);
  if (is_none(seen) || pmd_write(seen)) return 0;
  if (!patched(patch::v5_break_without_seqcount)) write_protect_seq_increment(mm);
  spinlock_t* ptl = lock_table_of(slot, SINGLE_DEPTH_NESTING);
  const bool last = count_of(slot) == 1;
  if (last) make_writable(slot);
  spin_unlock(ptl);
  pte_table* fresh = nullptr;
  int err = 0;
  if (!last) {
    err = patched(patch::v5_v4_slot_cleared_before_copy) ? clone_table_of_v4(vma, slot, address)
                                                         : clone_table(vma, slot, address, &fresh);
  }
  if (err == 0) flush_tlb_mm_range(mm, table_start(address), table_end(address));
  if (!patched(patch::v5_break_without_seqcount)) write_protect_seq_increment(mm);
  if (fresh != nullptr) pte_free(mm, fresh);
  return err;
}

// break_cow_pte(), for walkers: waits a minute and tries again before it calls the OOM killer.
int break_cow_pte(vm_area_struct* vma, pmd_t* slot, u64 address) {
  if (handle_cow_pte_fault(vma, slot, address) == 0) return 0;
  checker_might_sleep("schedule_timeout");
  return handle_cow_pte_fault(vma, slot, address);
}

// ---- Zapping ------------------------------------------------------------------------------------

// zap_pte_range() where ZAP_PTE_IS_SHARED: what the entries stand for goes, and they stay.
void zap_shared_entries(mmu_gather* tlb, vm_area_struct* vma, pmd_t* slot, u64 addr, u64 end) {
  mm_struct* mm = tlb->mm;
  int rss_anon = 0;
  int rss_swap = 0;
  spinlock_t* ptl = nullptr;
  const pte_t* pte = pte_offset_map_lock(mm, slot, addr, &ptl);
  v4_14::flush_tlb_batched_pending(mm);
  for (; addr != end; ++pte, addr += page_size) {
    const pte_t now = *pte;
    if (pte_none(now)) continue;
    if (pte_present(now)) {
      page* p = vm_normal_page(vma, addr, now);
      tlb_remove_tlb_entry(tlb, addr);
      if (p != nullptr) {
        --rss_anon;
        v4_14::page_remove_rmap(p);
        tlb_remove_page(tlb, p);
      }
    } else {
      --rss_swap;
      ghost::swap_entry_zapped(mm);
      v4_14::free_swap_and_cache(pte_to_swp_entry(now));
    }
    ghost::entry_given_up(mm, vpn_of(addr), pte);
  }
  if (rss_anon != 0) add_mm_counter(mm, MM_ANONPAGES, rss_anon);
  if (rss_swap != 0) add_mm_counter(mm, MM_SWAPENTS, rss_swap);
  pte_unmap_unlock(ptl);
}

// flush_tlb_range() of the table after the one that was zapped: the end of zap_pte_range() computes
// it from where its loop has stopped. What is beyond user memory has no entries here.
void flush_next_table(mm_struct* mm, u64 addr) {
  const u64 last = address_of(world.parameters.pages);
  const u64 end = table_end(addr);
  flush_tlb_mm_range(mm, addr < last ? addr : last, end < last ? end : last);
}

// The end of zap_pte_range() where ZAP_PTE_IS_SHARED, and, of v4, free_pmd_range().
void put_zapped_table(mmu_gather* tlb, pmd_t* slot, u64 addr) {
  spinlock_t* ptl = lock_table_of(slot, 0);
  if (!pmd_put_pte(slot)) {
    make_writable(slot);
    spin_unlock(ptl);
    if (!patched(patch::v5_v4_zap_keeps_slot)) tlb_flush_mmu(tlb);
    v4_14::free_pte_range(tlb, slot, addr);
    return;
  }
  const bool late = patched(patch::v5_v4_zap_keeps_slot);
  if (!late) pmd_clear(slot);
  spin_unlock(ptl);
  if (late) pmd_clear(slot);
  atomic_add(tlb->mm->nr_ptes, ~u64{0});
  if (late) {
    tlb_remove_tlb_entry(tlb, addr);  // tlb_flush_pmd_range()
  } else {
    flush_next_table(tlb->mm, table_end(addr));
  }
}

// zap_pte_range(). Whether the area covers the table is asked, not whether it is zapped as a whole:
// what MADV_DONTNEED names is widened to the table. zap_pmd_range(), which goes on behind the
// table, then passes its own end; left out, it finds nothing there in the model.
bool zap_pmd(mmu_gather* tlb, vm_area_struct* vma, pmd_t* slot, u64 addr, u64) {
  const pmd_t value = pmd_read(slot);
  if (is_none(value) || pmd_write(value)) return false;
  const u64 start = table_start(addr);
  const u64 end = table_end(addr);
  if (start < vma->vm_start || end > vma->vm_end) {
    break_cow_pte(vma, slot, addr);
    return false;
  }
  if (!patched(patch::v5_v4_zap_keeps_slot)) tlb_flush_mmu(tlb);
  spinlock_t* ptl = nullptr;
  pte_offset_map_lock(tlb->mm, slot, start, &ptl);
  const bool shared = count_of(slot) != 1;
  if (!shared) make_writable(slot);
  pte_unmap_unlock(ptl);
  if (!shared) {
    v4_14::zap_pte_range(tlb, vma, slot, start, end);
    return true;
  }
  zap_shared_entries(tlb, vma, slot, start, end);
  if (!patched(patch::v5_v4_zap_keeps_slot)) put_zapped_table(tlb, slot, start);
  return true;
}

// free_pmd_range().
bool free_pmd(mmu_gather* tlb, pmd_t* slot, u64 addr) {
  const pmd_t value = pmd_read(slot);
  if (is_none(value)) return true;
  if (pmd_write(value)) return false;
  if (patched(patch::v5_v4_zap_keeps_slot)) {
    put_zapped_table(tlb, slot, addr);
    return true;
  }
  // A VM_WARN_ON if it is shared; in any case pmd_none_or_clear_bad() finds it bad and clears it.
  checker_violation("bug-on",
                    "bad pmd: free_pgtables() meets a write-protected PMD entry, count %lu",
                    cow_pte_count(table_in_use(value)));
}

// ---- Where breaking is called from --------------------------------------------------------------

// __handle_mm_fault().
int fault(vm_area_struct* vma, pmd_t* slot, u64 address, bool write) {
  if (!write && vma->vm_ops == nullptr) return 0;
  return handle_cow_pte_fault(vma, slot, address);
}

// handle_pte_fault(), before do_swap_page(): the result is not used.
bool swap_fault(vm_area_struct* vma, pmd_t* slot, u64 address) {
  if (!patched(patch::v5_v3_swap_in_without_break)) handle_cow_pte_fault(vma, slot, address);
  return true;
}

// page_vma_mapped_walk() with PVMW_BREAK_COW_PTE.
bool rmap_walk(vm_area_struct* vma, pmd_t* slot, u64 address) {
  if (patched(patch::v5_rmap_without_break)) return true;
  if (patched(patch::v5_v3_rmap_ignores_failure)) {
    break_cow_pte(vma, slot, address);
    return true;
  }
  return break_cow_pte(vma, slot, address) == 0;
}

// unuse_pmd_range().
int unuse(vm_area_struct* vma, pmd_t* slot, u64 address) {
  if (patched(patch::v5_swapoff_without_break)) return 0;
  return break_cow_pte(vma, slot, address);
}

const table_sharing sharing = [] {
  table_sharing value = {};
  value.counts = accounting::per_sharer;
  value.copy_pmd = copy_pmd;
  value.fault = fault;
  value.swap_fault = swap_fault;
  value.zap_pmd = zap_pmd;
  value.free_pmd = free_pmd;
  value.rmap_walk = rmap_walk;
  value.unuse = unuse;
  return value;
}();

}  // namespace

const kernel_functions cow_pte_v5 = kernel_that_shares("cow-pte-v5", &sharing);

}  // namespace model
