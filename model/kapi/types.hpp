// SPDX-License-Identifier: GPL-2.0-only
// The kernel's objects as the model has them. Those that live in the arena consist of 8-byte words,
// and what different threads touch independently stands in words of its own, because conflicts
// between steps are tracked per word.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "checker/intercept/api.h"

namespace model {

using u64 = uint64_t;
using spinlock_t = checker_lock;

inline constexpr unsigned page_shift = 12;
inline constexpr u64 page_size = u64{1} << page_shift;

inline constexpr unsigned max_mms = 4;
inline constexpr unsigned max_cpus = 8;
inline constexpr unsigned max_user_pages = 16;
inline constexpr unsigned max_slots = 8;  // swap slots, slot 0 (the swap header) included
inline constexpr unsigned max_continuations = 4;

enum { einval = 22, enoent = 2, eexist = 17, enomem = 12, eintr = 4 };

// x86's layout of a present PTE; bits 12 and up hold the pfn. See pgtable.hpp.
struct pte_t {
  u64 pte;
};
// 0, or the address of the pte_table it points to.
struct pmd_t {
  u64 pmd;
};
// type << 8 | offset.
struct swp_entry_t {
  u64 val;
};

struct list_head {
  list_head* next;
  list_head* prev;
};

struct mm_struct;
struct vm_area_struct;

// In the arena. `vmas` are the areas whose pages an rmap walk visits, in the order the kernel's
// interval tree of one page offset gives: parent before child. Only the root's rwsem is used.
struct anon_vma {
  anon_vma* root;
  checker_lock rwsem;
  u64 nr_vmas;
  vm_area_struct* vmas[max_mms];
};

// What of a vm_area_struct can change while threads run. In the arena.
struct vma_links {
  vm_area_struct* vm_next;
  anon_vma* av;
  u64 nr_chain;
  anon_vma* chain[max_mms];  // the anon_vmas this area is linked into: its own and its ancestors'
};

// Outside of the arena: the bounds and flags of an area never change in the model (a munmap takes
// the whole area), so reading them is no step.
struct vm_area_struct {
  mm_struct* vm_mm;
  u64 vm_start, vm_end;
  u64 vm_flags;
  vma_links* links;
};

enum : u64 {
  VM_READ = 1,
  VM_WRITE = 2,
  VM_SHARED = 8,
  VM_MAYWRITE = 0x20,
  VM_WIPEONFORK = 0x02000000
};

// A page frame and its struct page. In the arena.
struct page {
  u64 content;   // what user space has written: one word stands for the page
  u64 refcount;  // _refcount; 0: free
  u64 mapcount;  // number of PTEs that map it; the kernel stores one less
  // page->flags. The kernel's bit operations on different bits commute, so each bit is a word.
  u64 PG_uptodate;
  u64 PG_dirty;
  u64 PG_swapcache;
  u64 PG_writeback;
  u64 private_;       // swp_entry_t::val while PG_swapcache
  anon_vma* mapping;  // set: PageAnon
  u64 index;          // page number in the address space
  checker_lock lock;  // PG_locked
};

// A page used as a PTE table, with its split lock. In the arena.
struct pte_table {
  spinlock_t ptl;
  u64 live;  // ghost: 1 from pte_alloc_one() to pte_free()
  // Ghost: what each entry held at the last store the invariants saw; follows the entries.
  u64* shadow;
  pte_t* pte;
};

enum mm_counter { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };

// In the arena.
struct mm_struct {
  checker_lock mmap_sem;
  spinlock_t page_table_lock;
  vm_area_struct* mmap;
  u64 mm_users;
  u64 rss_stat[NR_MM_COUNTERS];
  u64 nr_ptes;            // PTE tables, as v4.14 counts them; later kernels count bytes
  u64 tlb_flush_batched;  // reclaim has cleared entries and not flushed yet
  list_head mmlist;
};

// The swap device. v4.14 without cluster_info, that is on a rotating disk: every swap_map access is
// under si->lock. swap_map has a word per slot here, so that slots are independent.
struct swap_info_struct {
  spinlock_t lock;
  u64 flags;
  u64 max;
  u64 inuse_pages;
  u64* swap_map;  // null once swapoff has freed it
};

enum : u64 { SWP_USED = 1, SWP_WRITEOK = 2, SWP_CONTINUED = 0x20 };
enum : u64 { SWAP_HAS_CACHE = 0x40, COUNT_CONTINUED = 0x80, SWAP_MAP_BAD = 0x3f };

struct swap_slot {
  u64 content;     // what is on the disk
  page* cached;    // the swap cache: swapper_space's entry for this slot
  u64 in_transit;  // ghost: SWAP_HAS_CACHE is set but the page is not (yet, or any more) in the
                   // cache
  u64 nr_cont;     // continuation pages linked for this slot
  u64 cont[max_continuations];  // their counts, lowest digit first
};

enum gfp_t : unsigned { GFP_ATOMIC = 0, GFP_KERNEL = 1 };

// Where an allocation stands, so that a scenario can let one of them fail.
enum class alloc_site : unsigned {
  mm,                   // allocate_mm() in dup_mm()
  vma,                  // vm_area dup in dup_mmap()
  anon_vma,             // anon_vma_fork()
  pte_table,            // pte_alloc_one()
  continuation,         // add_swap_count_continuation(GFP_KERNEL)
  continuation_atomic,  // add_swap_count_continuation(GFP_ATOMIC)
  fault_page,           // the new page of a fault
  swap_page,            // the page a swap-in reads into
  count,
};

}  // namespace model
