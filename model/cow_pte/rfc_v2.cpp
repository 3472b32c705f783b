// SPDX-License-Identifier: GPL-2.0-only
// cow-pte-rfc-v2: "Introduce Copy-On-Write to Page Table", RFC v2 of 2022-09-28, 9 patches. Fork
// shares tables as they are and write-protects the slots. The count is _refcount of the table's
// page, the owner the address of the slot whose mm has the table in its rss and nr_ptes.
//
// All of it is for an mm with MMF_COW_PTE. Left out: the mmu_notifier calls, huge and swap PMDs,
// GUP and with it COW_PTE_OWNER_EXCLUSIVE, splitting of areas, mremap.
#include "model/cow_pte/cow_pte.hpp"
#include "model/patch.hpp"

namespace model {

namespace {

// ---- The owner ----------------------------------------------------------------------------------

// set_cow_pte_owner(): a release. The slot says which table.
void set_cow_pte_owner(const pmd_t* slot, u64 owner) {
  __atomic_store_n(&table_in_use(pmd_read(slot))->owner, owner, __ATOMIC_RELEASE);
}

// cow_pte_owner_is_same(): an acquire.
bool cow_pte_owner_is_same(const pmd_t* slot, u64 owner) {
  return __atomic_load_n(&table_in_use(pmd_read(slot))->owner, __ATOMIC_ACQUIRE) == owner;
}

u64 as_owner(const pmd_t* slot) { return reinterpret_cast<u64>(slot); }

// is_pte_table_cowing().
bool is_pte_table_cowing(const pmd_t* slot) {
  const pmd_t value = pmd_read(slot);
  if (is_none(value) || pmd_write(value)) return false;
  return !cow_pte_owner_is_same(slot, owner_exclusive);
}

// ---- Who is charged -----------------------------------------------------------------------------

// cow_pte_rss(): adds what [addr, end) of the table has to the mm's rss, or takes it off.
void cow_pte_rss(mm_struct* mm, vm_area_struct* vma, const pmd_t* slot, u64 addr, u64 end,
                 bool inc) {
  int rss = 0;
  spinlock_t* ptl = nullptr;
  const pte_t* pte = pte_offset_map_lock(mm, slot, addr, &ptl);
  for (; addr != end; addr += page_size, ++pte) {
    const pte_t now = *pte;
    if (pte_none(now)) continue;
    // No branch for entries that are not present: vm_normal_page() is asked for a page of them.
    if (!pte_present(now)) {
      checker_violation("bad-page-map",
                        "BUG: Bad page map: a swap entry of page %u is taken for a page",
                        vpn_of(addr));
    }
    if (vm_normal_page(vma, addr, now) != nullptr) ++rss;
  }
  pte_unmap_unlock(ptl);
  if (rss != 0) add_mm_counter(mm, MM_ANONPAGES, inc ? rss : -rss);
}

// An area's part of a table.
struct part {
  vm_area_struct* vma;
  u64 addr, end;
};

part part_of(vm_area_struct* vma, u64 addr) {
  const u64 start = table_start(addr);
  const u64 end = table_end(addr);
  return {vma, vma->vm_start > start ? vma->vm_start : start,
          vma->vm_end < end ? vma->vm_end : end};
}

// The parts that the series goes over: those of the areas before and after `vma`, and its own, in
// this order. How many.
unsigned parts_of(vm_area_struct* vma, u64 addr, part* parts) {
  const u64 start = table_start(addr);
  const u64 end = table_end(addr);
  unsigned nr = 0;
  if (patched(patch::rfc_v2_all_areas)) {
    while (vma_before(vma) != nullptr && vma_before(vma)->vm_end > start) vma = vma_before(vma);
    for (; vma != nullptr && vma->vm_start < end; vma = vma_after(vma)) {
      parts[nr++] = part_of(vma, addr);
    }
    return nr;
  }
  vm_area_struct* prev = vma_before(vma);
  vm_area_struct* next = vma_after(vma);
  if (prev != nullptr && prev->vm_end > start) parts[nr++] = part_of(prev, addr);
  if (next != nullptr && next->vm_start < end) parts[nr++] = part_of(next, addr);
  parts[nr++] = part_of(vma, addr);
  return nr;
}

void count_parts(vm_area_struct* vma, const pmd_t* slot, u64 addr, bool inc) {
  part parts[max_vmas];
  const unsigned nr = parts_of(vma, addr, parts);
  for (unsigned i = 0; i < nr; ++i) {
    cow_pte_rss(vma->vm_mm, parts[i].vma, slot, parts[i].addr, parts[i].end, inc);
  }
}

// cow_pte_fallback(): the last user takes the table for itself.
void cow_pte_fallback(vm_area_struct* vma, pmd_t* slot, u64 addr) {
  if (!cow_pte_owner_is_same(slot, as_owner(slot))) {
    count_parts(vma, slot, addr, true);
    atomic_add(vma->vm_mm->nr_ptes, 1);
    smp_wmb();
    set_pmd_at(slot, pmd_mkwrite(pmd_read(slot)));  // pmd_populate()
  }
  set_cow_pte_owner(slot, 0);
  set_pmd_at(slot, pmd_mkwrite(pmd_read(slot)));
}

// pmd_put_pte(). True: nothing was subtracted, and the table is the mm's own now.
bool pmd_put_pte(vm_area_struct* vma, pmd_t* slot, pmd_t table, u64 addr, bool reuse) {
  if (pmd_put_pte_unless_last(table_in_use(table)) || !reuse) return false;
  cow_pte_fallback(vma, slot, addr);
  return true;
}

// ---- Breaking -----------------------------------------------------------------------------------

// copy_cow_pte_range(): copies [addr, end) of the table `old` to the one the slot names, which is
// allocated if there is none. 0 or -enomem.
int copy_cow_pte_range(vm_area_struct* vma, pmd_t* slot, const pmd_t* old, u64 addr, u64 end) {
  mm_struct* mm = vma->vm_mm;
  // mmap_assert_write_locked(), which is compiled in with CONFIG_DEBUG_VM and lockdep.
  if (world.parameters.debug_vm && checker_lock_held_for_writing(&mm->mmap_sem) == 0) {
    checker_violation("bug-on", "mmap_assert_write_locked(): %s mmap_sem is not held for writing",
                      mm_name(mm_index(mm)));
  }
  write_protect_seq_increment(mm);
  const int err = v4_14::copy_pte_range(mm, mm, slot, old, vma, addr, end);
  // With the fix the areas are one loop, and an error leaves it here.
  if (err == 0 || !patched(patch::rfc_v2_all_areas)) write_protect_seq_increment(mm);
  return err;
}

// break_cow_pte(): the mm gets a copy of the table. 0 or -enomem.
int break_cow_pte(vm_area_struct* vma, pmd_t* slot, u64 addr) {
  const pmd_t old = pmd_read(slot);
  if (cow_pte_count(table_in_use(old)) == 1) {
    cow_pte_fallback(vma, slot, addr);
    return 0;
  }
  pmd_clear(slot);
  part parts[max_vmas];
  const unsigned nr = parts_of(vma, addr, parts);
  int err = 0;
  for (unsigned i = 0; i < nr; ++i) {
    // What comes of the areas beside `vma` is not looked at.
    err = copy_cow_pte_range(parts[i].vma, slot, &old, parts[i].addr, parts[i].end);
    if (err != 0 && patched(patch::rfc_v2_all_areas)) break;
  }
  if (patched(patch::rfc_v2_flush_after_copy)) {
    flush_tlb_mm_range(vma->vm_mm, table_start(addr), table_end(addr));
  }
  if (err != 0) return err;
  if (cow_pte_owner_is_same(&old, as_owner(slot))) {
    set_cow_pte_owner(&old, 0);
    count_parts(vma, slot, addr, false);  // by the copy
    atomic_add(vma->vm_mm->nr_ptes, ~u64{0});
  }
  pmd_put_pte(vma, slot, old, addr, false);
  return 0;
}

// zap_cow_pte(): the mm does without the table, or takes it for itself if it is the last user.
void zap_cow_pte(vm_area_struct* vma, pmd_t* slot, u64 addr) {
  if (pmd_put_pte(vma, slot, pmd_read(slot), addr, true)) return;
  if (cow_pte_owner_is_same(slot, as_owner(slot))) {
    if (!patched(patch::rfc_v2_zap_keeps_owner)) set_cow_pte_owner(slot, 0);
    if (patched(patch::rfc_v2_all_areas)) {
      count_parts(vma, slot, addr, false);
    } else {
      cow_pte_rss(vma->vm_mm, vma, slot, table_start(addr), table_end(addr), false);
    }
    atomic_add(vma->vm_mm->nr_ptes, ~u64{0});
  }
  pmd_clear(slot);
}

// handle_cow_pte(). 0 or -enomem.
int handle_cow_pte(vm_area_struct* vma, pmd_t* slot, u64 addr, bool alloc) {
  if (!is_pte_table_cowing(slot)) return 0;
  if (alloc) return break_cow_pte(vma, slot, addr);
  zap_cow_pte(vma, slot, addr);
  return 0;
}

// ---- Where it is called from --------------------------------------------------------------------

// copy_pmd_range(), for one slot.
int copy_pmd(mm_struct*, mm_struct* src_mm, pmd_t* dst_pmd, pmd_t* src_pmd, vm_area_struct* vma,
             u64 addr, u64 end) {
  if (pmd_none(src_pmd)) return 1;
  const pmd_t child = pmd_read(dst_pmd);
  if (!is_none(child) && !pmd_write(child)) return 1;  // by an area before
  if (cow_pte_owner_is_same(src_pmd, 0)) {
    set_cow_pte_owner(src_pmd, as_owner(src_pmd));
    // The mm that was charged has left.
    if (!pmd_write(pmd_read(src_pmd))) {
      if (patched(patch::rfc_v2_all_areas)) {
        count_parts(vma, src_pmd, addr, true);
      } else {
        cow_pte_rss(src_mm, vma, src_pmd, addr, end, true);
      }
      atomic_add(src_mm->nr_ptes, 1);
      smp_wmb();
      set_pmd_at(src_pmd, pmd_mkwrite(pmd_read(src_pmd)));  // pmd_populate()
    }
  }
  pmdp_set_wrprotect(src_pmd);
  pmd_get_pte(table_in_use(pmd_read(src_pmd)));
  set_pmd_at(dst_pmd, pmd_read(src_pmd));
  return 1;
}

// __handle_mm_fault(); reads and writes alike.
int fault(vm_area_struct* vma, pmd_t* slot, u64 address, bool) {
  const pmd_t orig = pmd_read(slot);
  if (is_none(orig)) return 0;
  return handle_cow_pte(vma, slot, address, cow_pte_count(table_in_use(orig)) > 1);
}

// zap_pmd_range().
bool zap_pmd(mmu_gather*, vm_area_struct* vma, pmd_t* slot, u64 addr, u64) {
  handle_cow_pte(vma, slot, addr, false);
  return false;
}

// free_pmd_range(): what it asserts before free_pte_range().
bool free_pmd(mmu_gather*, pmd_t* slot, u64) {
  const pmd_t value = pmd_read(slot);
  if (is_none(value)) return true;
  // pmd_none_or_clear_bad(): a write-protected entry is a bad one on x86.
  if (!pmd_write(value)) {
    checker_violation("bug-on", "bad pmd: free_pgtables() meets a write-protected PMD entry");
  }
  const pte_table* table = table_in_use(value);
  if (cow_pte_count(table) != 1 || !cow_pte_owner_is_same(slot, 0)) {
    checker_violation("bug-on", "VM_BUG_ON: free_pgtables() meets a table that is shared or owned");
  }
  return false;
}

// page_vma_mapped_walk() with PVMW_COW_PTE.
bool rmap_walk(vm_area_struct* vma, pmd_t* slot, u64 address) {
  handle_cow_pte(vma, slot, address, patched(patch::rfc_v2_rmap_copies));
  return true;
}

// unuse_pmd_range().
int unuse(vm_area_struct* vma, pmd_t* slot, u64 address) {
  handle_cow_pte(vma, slot, address, false);
  return 0;
}

const table_sharing sharing = [] {
  table_sharing value = {};
  value.counts = accounting::per_owner;
  value.copy_pmd = copy_pmd;
  value.fault = fault;
  value.zap_pmd = zap_pmd;
  value.free_pmd = free_pmd;
  value.rmap_walk = rmap_walk;
  value.unuse = unuse;
  return value;
}();

}  // namespace

const kernel_functions cow_pte_rfc_v2 = kernel_that_shares("cow-pte-rfc-v2", &sharing);

}  // namespace model
