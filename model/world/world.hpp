// SPDX-License-Identifier: GPL-2.0-only
// The modelled machine: frames, PTE tables, mms, CPUs with TLBs, one swap device.
//
// What changes while threads run lives in the arena; this structure only says where it stands, and
// is constant during an exploration. Ghost state (suffix _ghost) is bookkeeping for the invariants
// that no machine has; it is written between checker_ghost_begin() and checker_ghost_end() only.
//
// Allocation is deterministic and per CPU, so that two threads that allocate do not conflict: each
// CPU has its own range of frames and takes the lowest one never used, then, when all were used,
// the lowest free one. A frame is therefore reused only in worlds made small on purpose
// (frames_per_cpu): a freed page keeps its poison, which is what finds a use after free.
#pragma once

#include "model/kapi/mm.hpp"

namespace model {

inline constexpr unsigned max_vmas = 3;  // per mm
inline constexpr u64 user_base = 0x10000000;
inline constexpr u64 page_poison = 0xdead'dead'dead'dead;         // content of a free page
inline constexpr u64 page_uninitialized = 0x5a5a'5a5a'5a5a'5a5a;  // of one just allocated

// What a CPU may have to hold at once: its own copy of every page beside one that a child still
// shares, and what a fault that has to start over has in hand; never less than 6.
MODEL_INLINE constexpr unsigned enough_frames(unsigned pages) {
  return pages > 2 ? 2 * pages + 2 : 6;
}
// In the largest world, rounded up to a multiple of 8; frame 0 is the zero page.
inline constexpr unsigned max_frames =
    (1 + max_user_pages + max_cpus * enough_frames(max_user_pages) + 7) / 8 * 8;

// Sizes and switches of a world; set by a scenario before build_world().
struct world_parameters {
  unsigned pages = 2;           // pages of user space, in every mm
  unsigned ptes_per_table = 4;  // entries of a PTE table
  unsigned vmas = 1;            // areas the pages are divided into
  unsigned wiped_areas = 0;     // a bit for each area that is VM_WIPEONFORK
  unsigned gap = 0;             // pages at the end of each area but the last that are not mapped
  unsigned mms = 2;             // address spaces, those to be forked included
  unsigned threads = 2;
  int cpu_mm[max_cpus] = {-1, -1, -1, -1, -1, -1, -1, -1};  // mm that CPU (= thread) runs; -1: none
  unsigned slots = 0;          // swap slots that can hold a page: 1 to slots; 0: no swap device
  unsigned swap_map_max = 2;   // SWAP_MAP_MAX, 0x3e in the kernel
  unsigned swap_cont_max = 2;  // SWAP_CONT_MAX, 0x7f in the kernel
  unsigned progress_limit =
      32;  // progress at which copy_pte_range() looks at need_resched; 8 a PTE
  unsigned lock_hold_limit = 0;   // progress after which it must have looked; 0: progress_limit
  unsigned frames_per_cpu = 0;    // that a CPU can allocate; 0: enough for all it may write to
  bool need_resched = false;      // need_resched() is a choice; else always false
  unsigned max_breaks = 0;        // how often it may be true for a thread; 0: any number of times
  unsigned failing_sites = 0;     // bit per alloc_site that may fail
  bool free_swap_map = false;     // swapoff goes on to free swap_map
  bool synchronous_io = false;    // the swap device is SWP_SYNCHRONOUS_IO, for kernels that ask
  bool keeps_soft_dirty = false;  // v4.14, too, is held to pte-bits
  bool oom_reaps = false;         // there is an oom_reap(), which sets mm_struct::flags
  bool debug_vm = false;          // assertions of CONFIG_DEBUG_VM and lockdep in kernels that share
                                  // tables
  bool pmd_cache = false;         // CPUs have a paging-structure cache, of PMD entries
};

// Per thread: what it has changed on one side and not yet on the other. All zero when it holds no
// PTL.
struct thread_ghost {
  u64 rss[max_mms];  // 16 bits a counter: counter changes less PTE changes
  // 8 bits a frame each:
  u64 maps[max_frames / 8];  // mapcount changes less PTE changes
  u64 refs[max_frames / 8];  // references the thread itself owns; 0 between operations
  u64 swaps;                 // 8 bits a slot: swap count changes less swap PTE changes
  u64 zapping;               // 1 + index of the mm a swap entry of which is being zapped; 0: none
  u64 forking;               // 1 + index of the mm this thread is filling by fork; 0: none
  u64 pte_work;              // progress made under a PTL since need_resched was looked at
  u64 breaks;                // how often need_resched() was true, where that is limited
  u64 next_frame;            // allocator: frames of the own range used so far
  u64 table_wanted;          // 1 + number of the pmd a PTE table is about to be allocated for
};

enum class mm_state : u64 { unused, forking, live, dead };

struct mm_ghost {
  u64 state;        // mm_state
  u64 fork_done;    // 1: fork() has returned success, 3: failure; 0: not yet
  u64 parent;       // index of the mm it was forked from
  u64 copied;       // bit per page: fork has stored an entry
  u64 not_copied;   // bit per page: it had none when fork dropped the parent's mmap_sem
  u64 swap_ptes;    // entries that hold a swap entry
  u64 next_shadow;  // mmlist.next as last seen
  u64 given_up;     // bit per page: see ghost::entry_given_up()
  u64 expected[max_user_pages];  // what user space must read
};

// in_mm: PTEs of an mm that map the frame, plus writable ones << 32.
struct frame_ghost {
  u64 in_mm[max_mms];
};

struct world_layout {
  world_parameters parameters;
  unsigned nr_frames = 0;
  unsigned nr_pmds = 0;  // per mm
  unsigned nr_variants =
      0;  // tables per pmd: setup's, and one or two for each thread that may allocate it
  page* frames = nullptr;       // frame 0 is the zero page
  pte_table* tables = nullptr;  // [mm][pmd][variant]
  pte_t* ptes = nullptr;        // [table][entry]
  u64* shadows = nullptr;       // [table][entry]
  pmd_t* pmds = nullptr;        // [mm][pmd]
  mm_struct* mms = nullptr;
  mm_struct* init_mm = nullptr;  // only its mmlist is used: the list's head
  spinlock_t* mmlist_lock = nullptr;
  spinlock_t* swap_lock = nullptr;
  anon_vma* anon_vmas = nullptr;   // [mm][area]
  u64* tlb = nullptr;              // [cpu][page]
  swap_info_struct* si = nullptr;  // null: no swap device
  swap_slot* slots = nullptr;      // [0] unused
  u64* swap_map = nullptr;         // si->swap_map as long as it is not freed
  // Of kernels that share tables.
  u64* pmd_shadows = nullptr;   // [mm][pmd]: what each entry held at the last store seen
  u64* orphan_swaps = nullptr;  // ghost: swap entries in tables that no mm names (now, or yet)
  u64* pmd_cache = nullptr;     // [cpu][pmd]: the paging-structure caches; null: there are none
  // Of imported kernels: si->swap_map_bytes; the pages that the higher digits of counts are in, the
  // head of their list first, then each thread's; and the array of devices by type.
  unsigned char* swap_map_bytes = nullptr;
  page* continuations = nullptr;
  swap_info_struct** swap_infos = nullptr;
  // What code asks of a slot without the lock, a word per slot each, so that a count that goes from
  // 2 to 1 does not concern those who only ask whether there is one.
  u64* slot_in_use = nullptr;     // swap_map is not 0
  u64* slot_has_users = nullptr;  // swap_count(swap_map) is not 0
  u64* swapped_off_ghost = nullptr;
  task_struct* tasks = nullptr;  // [thread], of imported kernels
  thread_ghost* thread_ghosts = nullptr;
  mm_ghost* mm_ghosts = nullptr;
  frame_ghost* frame_ghosts = nullptr;
  vm_area_struct (*vmas)[max_vmas] = nullptr;  // [mm][area]
};

extern world_layout world;

// ---- Setup: call in this order, from program::setup() -------------------------------------------

// Empties the arena and lays the world out: mm 0 alive and empty, the others unused.
void build_world(const world_parameters& parameters);
// A fresh frame with `value`, mapped in mm 0 at page `vpn`, written to and dirty.
void setup_page(unsigned vpn, u64 value);
// The entry of page `vpn` of mm 0 is not accessed and not dirty, as migration leaves it: what it
// knew of the page being dirty is PG_dirty's now.
void setup_old_clean(unsigned vpn);
// The entry of page `vpn` of mm 0 is read-only, as a child that is gone has left it.
void setup_write_protected(unsigned vpn);
// As setup_page(), but reclaim has put it in swap: slot `slot`; its entry is soft-dirty. With
// `cached`, the page is still in the swap cache, clean.
void setup_swapped_page(unsigned vpn, u64 value, unsigned slot, bool cached);
// Reclaim has put off a flush of mm 0's TLBs, and has flushed since: v4.14 leaves the flag set.
void setup_flush_put_off();
// Nobody has written to mm `index`: its areas have no anon_vma yet. REQUIRES: it maps no page.
void setup_without_anon_vma(unsigned index);
// mm `child` becomes what fork(mm `parent`) would have made it: it shares the tables where the
// kernel shares them.
void setup_fork(unsigned parent, unsigned child);
// Page `vpn` of mm `index` was written to (or read) by that CPU lately: its TLB holds the entry.
void setup_tlb(unsigned cpu, unsigned vpn);
// That CPU has the PMD entry for page `vpn` in its paging-structure cache, if it has one.
void setup_cached_pmd(unsigned cpu, unsigned vpn);
// Last: registers the watched words.
void finish_world();

// ---- Where things stand -------------------------------------------------------------------------

MODEL_INLINE unsigned mm_index(const mm_struct* mm) {
  return static_cast<unsigned>(mm - world.mms);
}
MODEL_INLINE unsigned vpn_of(u64 address) {
  return static_cast<unsigned>((address - user_base) >> page_shift);
}
MODEL_INLINE u64 address_of(unsigned vpn) { return user_base + (u64{vpn} << page_shift); }
MODEL_INLINE unsigned table_index(const pte_table* table) {
  return static_cast<unsigned>(table - world.tables);
}
MODEL_INLINE unsigned table_mm(unsigned table) {
  return table / (world.nr_pmds * world.nr_variants);
}
MODEL_INLINE unsigned table_pmd(unsigned table) {
  return table / world.nr_variants % world.nr_pmds;
}
MODEL_INLINE pmd_t* pmd_entry(unsigned mm, unsigned pmd) {
  return &world.pmds[mm * world.nr_pmds + pmd];
}
// Whether the mm's PMD entry names the table; a table is never named at another place than its own.
MODEL_INLINE bool names_table(unsigned mm, const pte_table* table) {
  return pmd_table(*pmd_entry(mm, table_pmd(table_index(table)))) == table;
}
// Where setup, ghost code and the hardware find an entry; null if the mm has no table there.
MODEL_INLINE pte_t* find_pte(unsigned mm, unsigned vpn) {
  const unsigned span = world.parameters.ptes_per_table;
  const pte_table* table = pmd_table(*pmd_entry(mm, vpn / span));
  return table == nullptr ? nullptr : &world.ptes[table_index(table) * span + vpn % span];
}
MODEL_INLINE pte_t* table_entry(const pte_table* table, unsigned index) {
  return &world.ptes[table_index(table) * world.parameters.ptes_per_table + index];
}
MODEL_INLINE u64* tlb_entry(unsigned cpu, unsigned vpn) {
  return &world.tlb[cpu * world.parameters.pages + vpn];
}
// REQUIRES: world.pmd_cache.
MODEL_INLINE u64* pmd_cache_entry(unsigned cpu, unsigned vpn) {
  return &world.pmd_cache[cpu * world.nr_pmds + vpn / world.parameters.ptes_per_table];
}
const char* mm_name(unsigned index);
// What the choice is called that lets an allocation at `site` fail.
const char* failure_name(alloc_site site);
// And the one of need_resched_or_needbreak().
inline constexpr const char* need_resched_name = "need_resched";

// A TLB entry: pfn << 12 and these.
enum : u64 { tlb_valid = 1, tlb_write = 2, tlb_dirty = 4 };

}  // namespace model
