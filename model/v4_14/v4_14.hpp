// SPDX-License-Identifier: GPL-2.0-only
// Linux v4.14, CONFIG_SWAP, no THP, no KSM, no memory cgroups, no NUMA balancing, no userfaultfd:
// the functions under test, by the kernel's file. Each follows the kernel's order of locks,
// rechecks and updates; what a function leaves out is said above it.
#pragma once

#include "model/kapi/mm.hpp"
#include "model/world/kernel.hpp"
#include "model/world/world.hpp"

namespace model::v4_14 {

extern const kernel_functions functions;

// ---- kernel/fork.c ------------------------------------------------------------------------------

int fork(mm_struct* oldmm, mm_struct* mm);
int dup_mmap(mm_struct* mm, mm_struct* oldmm);
void mmput(mm_struct* mm);

// ---- mm/memory.c --------------------------------------------------------------------------------

enum : unsigned { FAULT_FLAG_WRITE = 1, FAULT_FLAG_ALLOW_RETRY = 4 };

struct vm_fault {
  vm_area_struct* vma;
  unsigned flags;  // FAULT_FLAG_*
  u64 address;
  pmd_t* pmd;
  pte_t orig_pte;
  pte_t* pte;
  spinlock_t* ptl;
  page* old_page;  // vmf->page
};

enum : int {
  VM_FAULT_OOM = 1,
  VM_FAULT_SIGBUS = 2,
  VM_FAULT_MAJOR = 4,
  VM_FAULT_WRITE = 8,
  VM_FAULT_RETRY = 0x400
};
inline constexpr int VM_FAULT_ERROR = VM_FAULT_OOM | VM_FAULT_SIGBUS;

// 0, or -enomem.
int __pte_alloc(mm_struct* mm, pmd_t* pmd, u64 address);
// 0, or -enomem.
int copy_pte_range(mm_struct* dst_mm, mm_struct* src_mm, pmd_t* dst_pmd, const pmd_t* src_pmd,
                   vm_area_struct* vma, u64 addr, u64 end);
// REQUIRES: the child has a reference on a slot, or is about to have one.
void put_child_on_mmlist(mm_struct* dst_mm, mm_struct* src_mm);
int copy_page_range(mm_struct* dst_mm, mm_struct* src_mm, vm_area_struct* dst_vma,
                    vm_area_struct* vma);
// From `vma` to the end of the mm's list.
void unmap_vmas(mmu_gather* tlb, vm_area_struct* vma);
// Within one area.
void unmap_page_range(mmu_gather* tlb, vm_area_struct* vma, u64 addr, u64 end);
// Within one table of one area.
void zap_pte_range(mmu_gather* tlb, vm_area_struct* vma, pmd_t* pmd, u64 addr, u64 end);
// Clears the entry of a table whose entries are gone, and leaves the table to the mmu_gather.
void free_pte_range(mmu_gather* tlb, pmd_t* pmd, u64 addr);
void free_pgtables(mmu_gather* tlb, vm_area_struct* vma);
void flush_tlb_batched_pending(mm_struct* mm);
int handle_mm_fault(vm_area_struct* vma, u64 address, unsigned flags);
int do_anonymous_page(vm_fault* vmf);
int do_wp_page(vm_fault* vmf);
int do_swap_page(vm_fault* vmf);

// ---- arch/x86/mm/fault.c ------------------------------------------------------------------------

bool do_page_fault(mm_struct* mm, u64 address, bool write);

// ---- mm/mmap.c ----------------------------------------------------------------------------------

void munmap(mm_struct* mm, u64 start, u64 end);
// 0, or -enomem of kernels that share tables.
int madvise_dontneed(mm_struct* mm, u64 start, u64 end);
void exit_mmap(mm_struct* mm);

// ---- mm/oom_kill.c ------------------------------------------------------------------------------

void oom_reap(mm_struct* mm);
// 0, or VM_FAULT_SIGBUS: the OOM reaper may have taken what was here.
int check_stable_address_space(const mm_struct* mm);

// ---- mm/rmap.c ----------------------------------------------------------------------------------

// 0, or -enomem.
int anon_vma_prepare(vm_area_struct* vma);
int anon_vma_fork(vm_area_struct* vma, vm_area_struct* pvma);
// mapping and index, if they are not set yet. REQUIRES: page lock, or that nobody else sees it.
void page_set_anon_rmap(page* p, vm_area_struct* vma, u64 address, bool exclusive);
void page_dup_rmap(page* p);
void page_add_anon_rmap(page* p, vm_area_struct* vma, u64 address, bool exclusive);
void page_add_new_anon_rmap(page* p, vm_area_struct* vma, u64 address);
void page_move_anon_rmap(page* p, vm_area_struct* vma);
void page_remove_rmap(page* p);
// mms whose TLB entries reclaim still has to flush, a bit each: the task's tlb_ubc. On the stack.
struct tlbflush_unmap_batch {
  unsigned mms;
  bool writable;  // one of the entries was dirty, so that its page may be written to through a TLB
};
// True if nothing maps the page any more. Flushes that it defers are left in `batch`.
bool try_to_unmap(page* p, tlbflush_unmap_batch* batch);
bool try_to_unmap_one(page* p, vm_area_struct* vma, u64 address, tlbflush_unmap_batch* batch);
void try_to_unmap_flush(tlbflush_unmap_batch* batch);
// Only if a page may still be written to.
void try_to_unmap_flush_dirty(tlbflush_unmap_batch* batch);
void unlink_anon_vmas(vm_area_struct* vma);
// The accessed bits of all entries that map the page are cleared.
void page_referenced(page* p);

// ---- mm/swap_state.c, mm/page_io.c --------------------------------------------------------------

// The page in the swap cache, referenced, or null.
page* lookup_swap_cache(swp_entry_t entry);
// The end of pages that are unmapped: drops a reference of each, and takes those out of the swap
// cache that nobody else needs there.
void free_pages_and_swap_cache(page** pages, unsigned nr);
bool add_to_swap(page* p);
void delete_from_swap_cache(page* p);
void __delete_from_swap_cache(page* p);
// The page, referenced; it may still be under read, with its page lock held. Null: no memory, or
// the entry is no longer in use.
page* read_swap_cache_async(swp_entry_t entry);
void swap_writepage(page* p);

// ---- mm/swapfile.c ------------------------------------------------------------------------------

MODEL_INLINE u64 swap_count(u64 entry) { return entry & ~u64{SWAP_HAS_CACHE}; }
swp_entry_t get_swap_page();
// 0, or -enomem if a continuation is needed and could not be allocated atomically.
int swap_duplicate(swp_entry_t entry);
int swapcache_prepare(swp_entry_t entry);
int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp);
void swap_free(swp_entry_t entry);
void swapcache_free(swp_entry_t entry);
void free_swap_and_cache(swp_entry_t entry);
int page_swapcount(page* p);
bool reuse_swap_page(page* p, int* total_mapcount);
bool try_to_free_swap(page* p);
int swapoff();

// ---- mm/vmscan.c --------------------------------------------------------------------------------

// One page of shrink_page_list(). The caller has isolated it: one reference.
void shrink_page(page* p);

}  // namespace model::v4_14
