// SPDX-License-Identifier: GPL-2.0-only
// How kernels share PTE tables between mms (model/cow_pte): the places they change in v4.14's
// functions, and what those changes stand on.
//
// Words, here and in docs/cow-pte: a *slot* is a PMD entry; the *count* of a table is how many mms
// use it, as the kernel keeps it (pte_table::count); to *break* is to stop using a shared table; a
// *sharer* is an mm whose slot names the table.
#pragma once

#include "model/kapi/mm.hpp"
#include "model/world/kernel.hpp"
#include "model/world/world.hpp"

namespace model {

// What stands for a page that a shared table maps, in the kernel's own accounting.
enum class accounting {
  // Its references, mapcount and swap_map are the table's, once. One mm at most has the table in
  // its rss and nr_ptes: the owner, or who uses an unshared table.
  per_owner,
  // As per_owner, but there is no owner: the mm that had the table first is charged for it, and it
  // is taken off the mm that leaves it last, whichever these are.
  per_creator,
  // Its references, mapcount and swap_map are the table's; each sharer has it in rss and nr_ptes.
  per_table,
  // Each sharer has all of them, as if it had a table of its own.
  per_sharer,
};

struct table_sharing {
  accounting counts;
  // A write fault keeps a page by reuse_swap_page(), as before v5.9, not by its references.
  bool reuses_by_mapcount;
  // One step of copy_pmd_range(): 1 if the entry is dealt with, 0 to go on with copy_pte_range(),
  // -enomem.
  int (*copy_pmd)(mm_struct* dst_mm, mm_struct* src_mm, pmd_t* dst_pmd, pmd_t* src_pmd,
                  vm_area_struct* vma, u64 addr, u64 end);
  // __handle_mm_fault(), before handle_pte_fault(): 0 or -enomem.
  int (*fault)(vm_area_struct* vma, pmd_t* pmd, u64 address, bool write);
  // handle_pte_fault(), before do_swap_page(); null: nothing. False: give the fault up.
  bool (*swap_fault)(vm_area_struct* vma, pmd_t* pmd, u64 address);
  // One step of zap_pmd_range(): true if nothing is left for zap_pte_range().
  bool (*zap_pmd)(mmu_gather* tlb, vm_area_struct* vma, pmd_t* pmd, u64 addr, u64 end);
  // Before memory of `vma` from `addr` to `end` is unmapped in part; null: nothing. 0 or -enomem.
  int (*before_unmap)(vm_area_struct* vma, u64 addr, u64 end);
  // free_pmd_range(): true if free_pte_range() is not to be called for this entry. Null: it is.
  bool (*free_pmd)(mmu_gather* tlb, pmd_t* pmd, u64 addr);
  // page_vma_mapped_walk(), before map_pte(), for callers that will change the entry: false to give
  // up on this mm. Null: nothing.
  bool (*rmap_walk)(vm_area_struct* vma, pmd_t* pmd, u64 address);
  // page_vma_mapped_walk(), in place of map_pte() and the look at the slot before it: the entry for
  // `address` with its lock held, or null to leave the mm alone. With `changes`, the caller will
  // change what the entry says. Null: the kernel's own.
  pte_t* (*map_pte)(mm_struct* mm, pmd_t* slot, u64 address, bool changes, spinlock_t** ptlp);
  // unuse_pmd_range(), before unuse_pte_range(): 0 or -enomem. Null: nothing.
  int (*unuse)(vm_area_struct* vma, pmd_t* pmd, u64 address);
};

MODEL_INLINE pmd_t pmd_read(const pmd_t* slot) { return pmd_t{READ_ONCE(slot->pmd)}; }
MODEL_INLINE void set_pmd_at(pmd_t* slot, pmd_t value) { WRITE_ONCE(slot->pmd, value.pmd); }
MODEL_INLINE void pmd_clear(pmd_t* slot) { WRITE_ONCE(slot->pmd, 0); }
MODEL_INLINE pmd_t pmd_of(const pte_table* table) { return pmd_t{reinterpret_cast<u64>(table)}; }
MODEL_INLINE pmd_t pmd_wrprotect(pmd_t value) { return pmd_t{value.pmd | pmd_bit_wrprotect}; }
MODEL_INLINE pmd_t pmd_mkwrite(pmd_t value) { return pmd_t{value.pmd & ~u64{pmd_bit_wrprotect}}; }
// A plain test of a value that was read before.
MODEL_INLINE bool is_none(pmd_t value) { return value.pmd == 0; }

// Names a table that others may use, too.
MODEL_INLINE bool is_shared(pmd_t value) { return !is_none(value) && !pmd_write(value); }

// Atomic against the hardware walker, which sets the accessed bit: pmdp_set_wrprotect().
void pmdp_set_wrprotect(pmd_t* slot);

// After the table's lock was taken: violation use-after-free if the table was freed meanwhile.
void check_in_use(const pte_table* table);
// Violation use-after-free unless the table that a slot was found to name is in use, crash if it
// names none. Returns it.
pte_table* table_in_use(pmd_t value);

// ---- The count, an atomic counter of the table's page -------------------------------------------

// atomic_inc(), a full barrier as pmd_get_pte() is on x86.
void pmd_get_pte(pte_table* table);
// "Subtract 1 unless it is 1"; whether it did.
bool pmd_put_pte_unless_last(pte_table* table);
MODEL_INLINE u64 cow_pte_count(const pte_table* table) { return READ_ONCE(table->count); }

// ---- The other side of write_protect_seq --------------------------------------------------------

// raw_write_seqcount_begin() and _end() of mm->write_protect_seq: an increment each, not atomic.
void write_protect_seq_increment(mm_struct* mm);

// ---- Areas --------------------------------------------------------------------------------------

// vma->vm_prev and vma->vm_next; null: there is none.
vm_area_struct* vma_before(vm_area_struct* vma);
vm_area_struct* vma_after(vm_area_struct* vma);

// ---- Addresses ----------------------------------------------------------------------------------

// Where the table that covers `address` begins, and ends.
MODEL_INLINE u64 table_start(u64 address) {
  const u64 span = u64{world.parameters.ptes_per_table} << page_shift;
  return user_base + (address - user_base) / span * span;
}
MODEL_INLINE u64 table_end(u64 address) {
  return table_start(address) + (u64{world.parameters.ptes_per_table} << page_shift);
}

// ---- Owners, of the kernels that have them ------------------------------------------------------

// COW_PTE_OWNER_EXCLUSIVE: not to be shared. Greater values are addresses of slots, 0 is none.
inline constexpr u64 owner_exclusive = 2;

}  // namespace model
