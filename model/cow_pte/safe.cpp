// SPDX-License-Identifier: GPL-2.0-only
// cow-pte-safe: our own. The simplest protocol we found that shares private page tables and breaks
// in none of the scenarios: always copy, never reuse. docs/cow-pte/cow-pte-safe.md says why each
// lock, order and flush is there, and what goes wrong without it.
//
// Rules:
//   1. A table with a count above 1 is named by write-protected slots only, and nobody changes what
//      its entries say. It stays so until it is freed, even when one user is left.
//   2. The count changes under the table's lock. References, mapcounts and swap counts of what it
//      maps are the table's, once.
//   3. A slot that names a shared table changes under the mm's pmd_lock, or in fork, which holds
//      mmap_sem for writing: to the mm's own copy, or, where all of the mm's memory goes, to none.
//      Who has found it and then taken pmd_lock looks again.
//   4. An mm gives its share of the count up after its CPUs have forgotten the table: slot, flush,
//      count.
//   5. Who walks by rmap holds pmd_lock until he has the table's lock, and leaves a shared table
//      alone but for accessed bits.
#include "model/cow_pte/cow_pte.hpp"
#include "model/patch.hpp"

namespace model {

namespace {

spinlock_t* pmd_lockptr(mm_struct* mm) { return &mm->page_table_lock; }

// ---- What a table maps --------------------------------------------------------------------------

// Counts the entries, once for all who will share the table. REQUIRES: its lock.
void count_entries(pte_table* table) {
  u64 anon = 0;
  u64 swapped = 0;
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    const pte_t pte = *table_entry(table, i);
    if (pte_none(pte) || pte_special(pte)) continue;
    ++(pte_present(pte) ? anon : swapped);
  }
  table->nr_anon = anon;
  table->nr_swap = swapped;
}

// What the table maps is no longer mapped by it. REQUIRES: nobody else can reach the table, and no
// CPU has anything of it in its TLB.
void release_entries(mm_struct* mm, pte_table* table, u64 start) {
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    pte_t* pte = table_entry(table, i);
    const pte_t was = *pte;
    if (pte_none(was)) continue;
    pte_clear(mm, start + i * page_size, pte);
    if (!pte_present(was)) {
      v4_14::free_swap_and_cache(pte_to_swp_entry(was));
    } else if (page* p = vm_normal_page(nullptr, 0, was)) {
      v4_14::page_remove_rmap(p);
      kernel->free_pages_and_swap_cache(&p, 1);
    }
  }
}

// Copies the entries to `copy`, read-only, with a reference each. False if the count of a swap slot
// cannot be continued now; `*entry` says which. REQUIRES: the lock of `table`.
bool copy_entries(mm_struct* mm, pte_table* copy, const pte_table* table, u64 start,
                  swp_entry_t* entry) {
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    pte_t pte = *table_entry(table, i);
    if (pte_none(pte)) continue;
    if (!pte_present(pte)) {
      const swp_entry_t of_pte = pte_to_swp_entry(pte);
      *entry = of_pte;
      if (v4_14::swap_duplicate(of_pte) < 0) return false;
    } else {
      if (page* p = vm_normal_page(nullptr, 0, pte)) {
        get_page(p);
        v4_14::page_dup_rmap(p);
      }
      if (!patched(patch::safe_copy_left_writable)) pte = pte_wrprotect(pte);
    }
    set_pte_at(mm, start + i * page_size, table_entry(copy, i), pte);
  }
  return true;
}

// ---- Breaking -----------------------------------------------------------------------------------

// The mm's share of the count goes. Whether it was the last. REQUIRES: the table's lock.
bool put_share(pte_table* table) {
  table->count = table->count - 1;
  return table->count == 0;
}

void free_table(mm_struct* mm, pte_table* table, u64 start) {
  release_entries(mm, table, start);
  pte_free(mm, table);
}

enum class outcome { done, again, no_memory };

// One attempt to give the mm a copy in place of what `slot` was found to name.
outcome try_to_break(mm_struct* mm, pmd_t* slot, pmd_t found, u64 start) {
  pte_table* copy = pte_alloc_one(mm, start);
  if (copy == nullptr) return outcome::no_memory;
  const bool locks = !patched(patch::safe_break_without_pmd_lock);
  if (locks) spin_lock(pmd_lockptr(mm));
  // Another thread of the mm has been here.
  if (!patched(patch::safe_break_without_recheck) && pmd_read(slot).pmd != found.pmd) {
    if (locks) spin_unlock(pmd_lockptr(mm));
    pte_free(mm, copy);
    return outcome::done;
  }
  pte_table* table = table_in_use(found);
  const bool locks_table = !patched(patch::safe_break_without_ptl);
  // Nested: where pmd_lock is a split lock of the PMD's page, it is of the same class.
  if (locks_table) spin_lock_nested(&table->ptl, SINGLE_DEPTH_NESTING);
  swp_entry_t entry = {0};
  if (!copy_entries(mm, copy, table, start, &entry)) {
    if (locks_table) spin_unlock(&table->ptl);
    if (locks) spin_unlock(pmd_lockptr(mm));
    free_table(mm, copy, start);
    const int err = v4_14::add_swap_count_continuation(entry, GFP_KERNEL);
    return err < 0 ? outcome::no_memory : outcome::again;
  }
  // The copy must be visible before the slot is; pairs with the data dependency of those who walk.
  if (!patched(patch::safe_break_without_barrier)) smp_wmb();
  set_pmd_at(slot, pmd_of(copy));
  const u64 end = table_end(start);
  const bool early = !patched(patch::safe_break_without_flush);
  if (early && !patched(patch::safe_break_flushes_late)) flush_tlb_mm_range(mm, start, end);
  const bool last = put_share(table);
  if (locks_table) spin_unlock(&table->ptl);
  if (locks) spin_unlock(pmd_lockptr(mm));
  if (last) free_table(mm, table, start);
  if (patched(patch::safe_break_flushes_late)) flush_tlb_mm_range(mm, start, end);
  return outcome::done;
}

// The mm gets tables of its own at `address`. 0 or -enomem. May sleep. REQUIRES: mmap_sem.
int break_table(mm_struct* mm, pmd_t* slot, u64 address) {
  for (;;) {
    const pmd_t found = pmd_read(slot);
    if (!is_shared(found)) return 0;
    const outcome result = try_to_break(mm, slot, found, table_start(address));
    if (result != outcome::again) return result == outcome::done ? 0 : -enomem;
  }
}

// ---- Where it is called from --------------------------------------------------------------------

// An area of the table whose entries the child must not have (VM_WIPEONFORK): all others are copied
// one by one then, even from a table that is shared already.
bool has_area_that_fork_skips(vm_area_struct* vma, u64 addr) {
  if (patched(patch::safe_fork_shares_wiped_areas)) return false;
  while (vma_before(vma) != nullptr && vma_before(vma)->vm_end > table_start(addr)) {
    vma = vma_before(vma);
  }
  for (; vma != nullptr && vma->vm_start < table_end(addr); vma = vma_after(vma)) {
    if ((vma->vm_flags & VM_WIPEONFORK) != 0) return true;
  }
  return false;
}

int copy_pmd(mm_struct* dst_mm, mm_struct* src_mm, pmd_t* dst_pmd, pmd_t* src_pmd,
             vm_area_struct* vma, u64 addr, u64) {
  if (patched(patch::safe_fork_copies_other_areas) && vma_before(vma) != nullptr) return 0;
  if (pmd_none(src_pmd)) return 1;
  if (has_area_that_fork_skips(vma, addr)) return 0;
  if (!pmd_none(dst_pmd)) return 1;  // the table went with an area before
  pte_table* table = table_in_use(pmd_read(src_pmd));
  const bool locks = !patched(patch::safe_fork_without_ptl);
  if (locks) spin_lock(&table->ptl);
  if (table->count == 1) count_entries(table);
  table->count = table->count + 1;
  const long anon = static_cast<long>(table->nr_anon);
  const long swapped = static_cast<long>(table->nr_swap);
  if (locks) spin_unlock(&table->ptl);
  if (swapped != 0 && !patched(patch::safe_fork_without_mmlist)) {
    v4_14::put_child_on_mmlist(dst_mm, src_mm);
  }
  if (!patched(patch::safe_fork_leaves_parent_writable)) pmdp_set_wrprotect(src_pmd);
  const bool child_writable = patched(patch::safe_fork_leaves_child_writable);
  set_pmd_at(dst_pmd, child_writable ? pmd_of(table) : pmd_wrprotect(pmd_of(table)));
  atomic_add(dst_mm->nr_ptes, 1);
  if (anon != 0) add_mm_counter(dst_mm, MM_ANONPAGES, anon);
  if (swapped != 0) add_mm_counter(dst_mm, MM_SWAPENTS, swapped);
  return 1;
}

int fault(vm_area_struct* vma, pmd_t* slot, u64 address, bool) {
  return break_table(vma->vm_mm, slot, address);
}

int unuse(vm_area_struct* vma, pmd_t* slot, u64 address) {
  return patched(patch::safe_unuse_without_break) ? 0 : break_table(vma->vm_mm, slot, address);
}

// Of a part of the mm's memory: its table becomes the mm's own first, which can fail before
// anything was done.
int before_unmap(vm_area_struct* vma, u64 addr, u64 end) {
  if (patched(patch::safe_dontneed_without_break)) return 0;
  while (addr != end) {
    if (break_table(vma->vm_mm, pmd_offset(vma->vm_mm, addr), addr) != 0) return -enomem;
    addr = pmd_addr_end(addr, end);
  }
  return 0;
}

// Of all of the mm's memory (exit, munmap of all, the OOM reaper): it does without a shared table,
// and needs no memory for that.
bool zap_pmd(mmu_gather* tlb, vm_area_struct*, pmd_t* slot, u64 addr, u64) {
  mm_struct* mm = tlb->mm;
  if (!is_shared(pmd_read(slot))) return false;
  const u64 start = table_start(addr);
  const bool locks = !patched(patch::safe_zap_without_pmd_lock);
  if (locks) spin_lock(pmd_lockptr(mm));
  // The OOM reaper holds mmap_sem for reading: another thread may have broken the table.
  if (!is_shared(pmd_read(slot)) && !patched(patch::safe_zap_without_recheck)) {
    if (locks) spin_unlock(pmd_lockptr(mm));
    return false;
  }
  pte_table* table = table_in_use(pmd_read(slot));
  pmd_clear(slot);
  if (locks) spin_unlock(pmd_lockptr(mm));
  if (!patched(patch::safe_zap_without_flush)) flush_tlb_mm_range(mm, start, table_end(addr));
  const bool locks_table = !patched(patch::safe_zap_without_ptl);
  if (locks_table) spin_lock(&table->ptl);
  const long anon = static_cast<long>(table->nr_anon);
  const long swapped = static_cast<long>(table->nr_swap);
  const bool last = put_share(table);
  if (locks_table) spin_unlock(&table->ptl);
  if (anon != 0) add_mm_counter(mm, MM_ANONPAGES, -anon);
  if (swapped != 0) add_mm_counter(mm, MM_SWAPENTS, -swapped);
  atomic_add(mm->nr_ptes, ~u64{0});
  if (last) free_table(mm, table, start);
  return true;
}

// map_pte() of page_vma_mapped_walk(): the entry, with its lock held; null to leave it alone.
pte_t* map_pte(mm_struct* mm, pmd_t* slot, u64 address, bool changes, spinlock_t** ptlp) {
  const bool locks = !patched(patch::safe_rmap_without_pmd_lock);
  if (locks) spin_lock(pmd_lockptr(mm));
  const pmd_t found = pmd_read(slot);
  const bool leave_alone = is_shared(found) && changes && !patched(patch::safe_rmap_changes_shared);
  if (is_none(found) || leave_alone) {
    if (locks) spin_unlock(pmd_lockptr(mm));
    return nullptr;
  }
  pte_table* table = table_in_use(found);
  *ptlp = &table->ptl;
  spin_lock_nested(*ptlp, SINGLE_DEPTH_NESTING);
  check_in_use(table);
  if (locks) spin_unlock(pmd_lockptr(mm));
  // fork may have shared it before the lock was there.
  if (changes && table->count != 1 && !patched(patch::safe_rmap_changes_shared) &&
      !patched(patch::safe_rmap_without_recheck)) {
    spin_unlock(*ptlp);
    return nullptr;
  }
  return table_entry(table, vpn_of(address) % world.parameters.ptes_per_table);
}

const table_sharing sharing = [] {
  table_sharing value = {};
  value.counts = accounting::per_table;
  value.copy_pmd = copy_pmd;
  value.fault = fault;
  value.zap_pmd = zap_pmd;
  value.before_unmap = before_unmap;
  value.map_pte = map_pte;
  value.unuse = unuse;
  return value;
}();

}  // namespace

const kernel_functions cow_pte_safe = kernel_that_shares("cow-pte-safe", &sharing);

}  // namespace model
