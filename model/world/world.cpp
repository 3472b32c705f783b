// SPDX-License-Identifier: GPL-2.0-only
#include "model/world/world.hpp"

#include <cstdio>

#include "checker/intercept/arena.hpp"
#include "model/kapi/sharing.hpp"
#include "model/world/kernel.hpp"

// checker/run/scenario.hpp, which brings the standard library's templates along.
namespace checker {
void watch(const void* address, std::size_t size);
}

namespace model {

world_layout world;

namespace {

bool runs_imported() { return kernel != nullptr && kernel->swap_map_in_bytes; }

void* allocate(std::size_t size) { return checker::arena_allocate(size); }

void init_lock(checker_lock* lock, checker_lock_kind kind, const char* class_name,
               const char* owner, const char* what, int index) {
  char name[64];
  if (index >= 0) {
    std::snprintf(name, sizeof name, "%s%s%s[%d]", owner, *owner != 0 ? " " : "", what, index);
  } else {
    std::snprintf(name, sizeof name, "%s%s%s", owner, *owner != 0 ? " " : "", what);
  }
  checker_lock_init(lock, kind, class_name, name);
}

void build_frames() {
  const world_parameters& p = world.parameters;
  const unsigned initial = 1 + p.pages;
  world.nr_frames = initial + p.threads * p.frames_per_cpu;
  world.frames = static_cast<page*>(allocate(world.nr_frames * sizeof(page)));
  world.frame_ghosts = static_cast<frame_ghost*>(allocate(world.nr_frames * sizeof(frame_ghost)));
  for (unsigned i = 0; i < world.nr_frames; ++i) {
    init_lock(&world.frames[i].lock, checker_lock_bit, "page_lock", "", "page lock",
              static_cast<int>(i));
    world.frames[i].content = i == 0 ? 0 : page_poison;
  }
  world.frames[0].refcount = 1;
}

void build_tables() {
  const world_parameters& p = world.parameters;
  world.nr_pmds = (p.pages + p.ptes_per_table - 1) / p.ptes_per_table;
  world.nr_variants = 1 + p.threads * (shares_tables() ? 2 : 1);
  const unsigned nr_tables = p.mms * world.nr_pmds * world.nr_variants;
  world.tables = static_cast<pte_table*>(allocate(nr_tables * sizeof(pte_table)));
  world.ptes = static_cast<pte_t*>(allocate(nr_tables * p.ptes_per_table * sizeof(pte_t)));
  world.shadows = static_cast<u64*>(allocate(nr_tables * p.ptes_per_table * sizeof(u64)));
  world.pmds = static_cast<pmd_t*>(allocate(p.mms * world.nr_pmds * sizeof(pmd_t)));
  for (unsigned i = 0; i < nr_tables; ++i) {
    pte_table& table = world.tables[i];
    table.pte = &world.ptes[i * p.ptes_per_table];
    table.shadow = &world.shadows[i * p.ptes_per_table];
    init_lock(&table.ptl, checker_lock_spin, "ptlock", mm_name(table_mm(i)), "ptlock",
              static_cast<int>(table_pmd(i)));
  }
  if (!shares_tables()) return;
  world.orphan_swaps = static_cast<u64*>(allocate(sizeof(u64)));
  world.pmd_shadows = static_cast<u64*>(allocate(p.mms * world.nr_pmds * sizeof(u64)));
  if (p.pmd_cache) {
    world.pmd_cache = static_cast<u64*>(allocate(p.threads * world.nr_pmds * sizeof(u64)));
  }
}

void build_vmas(unsigned mm) {
  const world_parameters& p = world.parameters;
  for (unsigned i = 0; i < p.vmas; ++i) {
    vm_area_struct& vma = world.vmas[mm][i];
    vma.vm_mm = &world.mms[mm];
    vma.vm_start = address_of(i * p.pages / p.vmas);
    vma.vm_end = address_of((i + 1) * p.pages / p.vmas - (i + 1 < p.vmas ? p.gap : 0));
    vma.vm_flags = VM_READ | VM_WRITE | VM_MAYWRITE;
    if ((p.wiped_areas >> i & 1) != 0) vma.vm_flags |= VM_WIPEONFORK;
    vma.vm_page_prot.pgprot = page_copy;
    vma.vm_pgoff = vpn_of(vma.vm_start);
    checker::mark_constant(&vma, offsetof(vm_area_struct, vm_next));
    init_lock(&world.anon_vmas[mm * p.vmas + i].rwsem, checker_lock_rwsem, "anon_vma->rwsem",
              mm_name(mm), "anon_vma->rwsem", p.vmas > 1 ? static_cast<int>(i) : -1);
  }
}

void build_mms() {
  const world_parameters& p = world.parameters;
  world.mms = static_cast<mm_struct*>(allocate(p.mms * sizeof(mm_struct)));
  world.init_mm = static_cast<mm_struct*>(allocate(sizeof(mm_struct)));
  world.mm_ghosts = static_cast<mm_ghost*>(allocate(p.mms * sizeof(mm_ghost)));
  world.vmas = static_cast<vm_area_struct(*)[max_vmas]>(allocate(p.mms * sizeof *world.vmas));
  world.anon_vmas = static_cast<anon_vma*>(allocate(p.mms * p.vmas * sizeof(anon_vma)));
  world.mmlist_lock = static_cast<spinlock_t*>(allocate(sizeof(spinlock_t)));
  init_lock(world.mmlist_lock, checker_lock_spin, "mmlist_lock", "", "mmlist_lock", -1);
  INIT_LIST_HEAD(&world.init_mm->mmlist);
  world.init_mm->mm_users = 2;
  for (unsigned i = 0; i < p.mms; ++i) {
    mm_struct& mm = world.mms[i];
    init_lock(&mm.mmap_sem, checker_lock_rwsem, "mmap_sem", mm_name(i), "mmap_sem", -1);
    init_lock(&mm.page_table_lock, checker_lock_spin, "page_table_lock", mm_name(i),
              "page_table_lock", -1);
    INIT_LIST_HEAD(&mm.mmlist);
    if (!p.oom_reaps) checker::mark_constant(&mm.flags, sizeof mm.flags);
    build_vmas(i);
  }
}

void build_tasks() {
  const unsigned threads = world.parameters.threads;
  world.tasks = static_cast<task_struct*>(allocate(threads * sizeof(task_struct)));
  for (unsigned i = 0; i < threads; ++i) {
    checker::mark_constant(&world.tasks[i].mm, sizeof(mm_struct*));
  }
}

// What of it imported kernels have besides.
void build_swap_in_bytes() {
  const world_parameters& p = world.parameters;
  swap_info_struct* si = world.si;
  static_assert(max_slots <= 8, "one word of bytes, and a continuation's content, hold all slots");
  world.swap_map_bytes = static_cast<unsigned char*>(allocate(8));
  si->swap_map_bytes = world.swap_map_bytes;
  const unsigned nr_continuations = 1 + p.threads * max_continuations;
  world.continuations = static_cast<page*>(allocate(nr_continuations * sizeof(page)));
  world.swap_infos = static_cast<swap_info_struct**>(allocate(sizeof(swap_info_struct*)));
  world.swap_infos[0] = si;
  checker::mark_constant(world.swap_infos, sizeof(swap_info_struct*));
  si->users.live = 1;
  init_lock(&si->cont_lock, checker_lock_spin, "swap_info->cont_lock", "", "swap_info->cont_lock",
            -1);
  checker::mark_constant(&si->type, sizeof si->type + sizeof(void*));
  if (!p.free_swap_map) {
    checker::mark_constant(&si->max, sizeof si->max);
    checker::mark_constant(&si->swap_map_bytes, sizeof si->swap_map_bytes);
  }
}

void build_swap() {
  const world_parameters& p = world.parameters;
  world.si = nullptr;
  world.slots = nullptr;
  world.swapped_off_ghost = static_cast<u64*>(allocate(8));
  if (p.slots == 0) return;
  world.si = static_cast<swap_info_struct*>(allocate(sizeof(swap_info_struct)));
  world.slots = static_cast<swap_slot*>(allocate((p.slots + 1) * sizeof(swap_slot)));
  world.swap_map = static_cast<u64*>(allocate((p.slots + 1) * sizeof(u64)));
  world.si->swap_map = world.swap_map;
  world.slot_in_use = static_cast<u64*>(allocate((p.slots + 1) * sizeof(u64)));
  world.slot_has_users = static_cast<u64*>(allocate((p.slots + 1) * sizeof(u64)));
  world.si->swap_map[0] = SWAP_MAP_BAD;
  world.si->max = p.slots + 1;
  world.si->flags = SWP_USED | SWP_WRITEOK;
  world.swap_lock = static_cast<spinlock_t*>(allocate(sizeof(spinlock_t)));
  init_lock(world.swap_lock, checker_lock_spin, "swap_lock", "", "swap_lock", -1);
  init_lock(&world.si->lock, checker_lock_spin, "swap_info->lock", "", "swap_info->lock", -1);
  if (p.synchronous_io) world.si->flags |= SWP_SYNCHRONOUS_IO;
  if (runs_imported()) build_swap_in_bytes();
}

// mm `index` becomes alive, with its areas linked and, for a root, anon_vmas of its own.
void bring_up_mm(unsigned index) {
  const world_parameters& p = world.parameters;
  mm_struct& mm = world.mms[index];
  mm.mm_users = 1;
  mm.mmap = &world.vmas[index][0];
  for (unsigned i = 0; i < p.vmas; ++i) {
    vm_area_struct& vma = world.vmas[index][i];
    vma.vm_next = i + 1 < p.vmas ? &world.vmas[index][i + 1] : nullptr;
    anon_vma& av = world.anon_vmas[index * p.vmas + i];
    av.root = &av;
    av.nr_vmas = 1;
    av.vmas[0] = &vma;
    vma.anon_vma = &av;
    vma.nr_chain = 1;
    vma.anon_vma_chain[0] = &av;
  }
  world.mm_ghosts[index].state = static_cast<u64>(mm_state::live);
  world.mm_ghosts[index].fork_done = 1;
}

pte_t* setup_pte(unsigned mm_number, unsigned vpn) {
  mm_struct& mm = world.mms[mm_number];
  const unsigned pmd = vpn / world.parameters.ptes_per_table;
  pmd_t& entry = *pmd_entry(mm_number, pmd);
  if (entry.pmd == 0) {
    pte_table* table = &world.tables[(mm_number * world.nr_pmds + pmd) * world.nr_variants];
    entry = pmd_of(table);
    table->live = 1;
    if (shares_tables()) table->count = 1;
    ++mm.nr_ptes;
  }
  return find_pte(mm_number, vpn);
}

page* setup_frame(unsigned vpn, u64 value) {
  page* p = &world.frames[1 + vpn];
  p->content = value;
  p->PG_uptodate = 1;
  p->mapping = world.vmas[0][vpn * world.parameters.vmas / world.parameters.pages].anon_vma;
  p->index = vpn;
  return p;
}

void count_mapped(unsigned mm, const page* p, bool writable) {
  const u64 pfn = page_to_pfn(p);
  world.frame_ghosts[pfn].in_mm[mm] += 1 + (writable ? u64{1} << 32 : 0);
}

}  // namespace

const char* mm_name(unsigned index) {
  static const char* const names[max_mms] = {"parent", "child", "child2", "child3"};
  return names[index];
}

const char* failure_name(alloc_site site) {
  static const char* const names[] = {
      "allocation of an mm fails",
      "allocation of a vma fails",
      "allocation of an anon_vma fails",
      "allocation of a page table fails",
      "allocation of a continuation fails",
      "atomic allocation of a continuation fails",
      "allocation of a faulted page fails",
      "allocation of a page to swap in fails",
      "a read from swap fails",
  };
  static_assert(sizeof names / sizeof *names == static_cast<unsigned>(alloc_site::count));
  return names[static_cast<unsigned>(site)];
}

void build_world(const world_parameters& parameters) {
  checker::arena_reset();
  world = world_layout{};
  world.parameters = parameters;
  if (parameters.frames_per_cpu == 0)
    world.parameters.frames_per_cpu = enough_frames(parameters.pages);
  if (parameters.lock_hold_limit == 0) world.parameters.lock_hold_limit = parameters.progress_limit;
  build_frames();
  build_tables();
  build_mms();
  build_swap();
  world.tlb = static_cast<u64*>(allocate(parameters.threads * parameters.pages * sizeof(u64)));
  world.thread_ghosts =
      static_cast<thread_ghost*>(allocate(parameters.threads * sizeof(thread_ghost)));
  if (runs_imported()) build_tasks();
  bring_up_mm(0);
}

void setup_page(unsigned vpn, u64 value) {
  page* p = setup_frame(vpn, value);
  p->refcount = 1;
  p->mapcount = 1;
  p->PG_anon_exclusive = 1;
  const pte_t pte = pte_mkwrite(pte_mkdirty(mk_pte(p)));
  setup_pte(0, vpn)->pte = pte.pte;
  ++world.mms[0].rss_stat[MM_ANONPAGES];
  world.mm_ghosts[0].expected[vpn] = value;
  count_mapped(0, p, true);
}

void setup_old_clean(unsigned vpn) {
  pte_t* pte = setup_pte(0, vpn);
  pte->pte = pte_mkold(pte_mkclean(*pte)).pte;
  pfn_to_page(pte_pfn(*pte))->PG_dirty = 1;
}

void setup_write_protected(unsigned vpn) {
  pte_t* pte = setup_pte(0, vpn);
  world.frame_ghosts[pte_pfn(*pte)].in_mm[0] -= u64{1} << 32;
  pfn_to_page(pte_pfn(*pte))->PG_anon_exclusive = 0;
  pte->pte = pte_wrprotect(*pte).pte;
}

void setup_swapped_page(unsigned vpn, u64 value, unsigned slot, bool cached) {
  const pte_t pte = pte_swp_mksoft_dirty(swp_entry_to_pte(swp_entry(0, slot)));
  setup_pte(0, vpn)->pte = (runs_imported() ? pte_swp_mkexclusive(pte) : pte).pte;
  ++world.mms[0].rss_stat[MM_SWAPENTS];
  ++world.mm_ghosts[0].swap_ptes;
  world.mm_ghosts[0].expected[vpn] = value;
  world.slots[slot].content = value;
  world.si->swap_map[slot] = 1;
  world.slot_in_use[slot] = 1;
  world.slot_has_users[slot] = 1;
  ++world.si->inuse_pages;
  if (list_empty(&world.mms[0].mmlist)) {
    list_add(&world.mms[0].mmlist, &world.init_mm->mmlist);
  }
  if (!cached) return;
  page* p = setup_frame(vpn, value);
  p->PG_swapcache = 1;
  p->refcount = 1;
  p->private_ = swp_entry(0, slot).val;
  world.si->swap_map[slot] |= SWAP_HAS_CACHE;
  world.slots[slot].cached = p;
}

void setup_flush_put_off() { world.mms[0].tlb_flush_batched = 1; }

void setup_without_anon_vma(unsigned index) {
  for (unsigned i = 0; i < world.parameters.vmas; ++i) {
    vm_area_struct& vma = world.vmas[index][i];
    vma.anon_vma->nr_vmas = 0;
    vma.anon_vma->vmas[0] = nullptr;
    vma.anon_vma = nullptr;
    vma.nr_chain = 0;
    vma.anon_vma_chain[0] = nullptr;
  }
}

namespace {

void link_anon_vmas(unsigned parent, unsigned child) {
  for (unsigned i = 0; i < world.parameters.vmas; ++i) {
    vm_area_struct& to_vma = world.vmas[child][i];
    const vm_area_struct& from_vma = world.vmas[parent][i];
    to_vma.anon_vma->root = from_vma.anon_vma->root;
    for (unsigned link = 0; link < from_vma.nr_chain; ++link) {
      struct anon_vma* av = from_vma.anon_vma_chain[link];
      av->vmas[av->nr_vmas++] = &world.vmas[child][i];
      to_vma.anon_vma_chain[to_vma.nr_chain++] = av;
    }
  }
}

// As fork copies the entry of page `vpn`, if there is one.
void copy_entry(unsigned parent, unsigned child, unsigned vpn) {
  mm_struct& from = world.mms[parent];
  mm_struct& to = world.mms[child];
  pte_t* src = setup_pte(parent, vpn);
  if (pte_none(*src)) return;
  if (pte_present(*src)) {
    page* p = pfn_to_page(pte_pfn(*src));
    if (pte_write(*src)) world.frame_ghosts[pte_pfn(*src)].in_mm[parent] -= u64{1} << 32;
    src->pte = pte_wrprotect(*src).pte;
    p->PG_anon_exclusive = 0;
    ++p->refcount;
    ++p->mapcount;
    count_mapped(child, p, false);
    ++to.rss_stat[MM_ANONPAGES];
  } else {
    src->pte = pte_swp_clear_exclusive(*src).pte;
    ++world.si->swap_map[swp_offset(pte_to_swp_entry(*src))];
    ++to.rss_stat[MM_SWAPENTS];
    ++world.mm_ghosts[child].swap_ptes;
    if (list_empty(&to.mmlist)) list_add(&to.mmlist, &from.mmlist);
  }
  setup_pte(child, vpn)->pte = pte_present(*src) ? pte_mkold(*src).pte : src->pte;
}

// Whether the kernel would share the table rather than copy it.
bool is_shareable(unsigned mm, unsigned pmd) {
  if (kernel->sharing->counts != accounting::per_creator) return true;
  const u64 start = address_of(pmd * world.parameters.ptes_per_table);
  for (unsigned i = 0; i < world.parameters.vmas; ++i) {
    const vm_area_struct& vma = world.vmas[mm][i];
    if (vma.vm_start <= start && table_end(start) <= vma.vm_end) return true;
  }
  return false;
}

// What fork of a kernel that shares tables leaves of one: for all mms that had it and `child`.
void share_table(unsigned parent, unsigned child, unsigned pmd) {
  pmd_t* src = pmd_entry(parent, pmd);
  if (src->pmd == 0) return;
  if (!is_shareable(parent, pmd)) {
    const unsigned span = world.parameters.ptes_per_table;
    for (unsigned vpn = pmd * span; vpn < (pmd + 1) * span && vpn < world.parameters.pages; ++vpn) {
      copy_entry(parent, child, vpn);
    }
    return;
  }
  const accounting counts = kernel->sharing->counts;
  pte_table* table = pmd_table(*src);
  const bool first = table->count == 1;
  *src = pmd_wrprotect(*src);
  *pmd_entry(child, pmd) = *src;
  ++table->count;
  mm_struct& to = world.mms[child];
  if (counts == accounting::per_owner && first) table->owner = reinterpret_cast<u64>(src);
  if (counts == accounting::per_table || counts == accounting::per_sharer) ++to.nr_ptes;
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    pte_t* pte = &world.ptes[table_index(table) * world.parameters.ptes_per_table + i];
    if (pte_none(*pte)) continue;
    const bool present = pte_present(*pte);
    if (first && counts == accounting::per_table) ++(present ? table->nr_anon : table->nr_swap);
    if (counts == accounting::per_table || counts == accounting::per_sharer) {
      ++to.rss_stat[present ? MM_ANONPAGES : MM_SWAPENTS];
    }
    if (counts != accounting::per_sharer) continue;
    if (present) {
      page* p = pfn_to_page(pte_pfn(*pte));
      ++p->refcount;
      ++p->mapcount;
      *pte = pte_mkold(pte_wrprotect(*pte));
    } else {
      ++world.si->swap_map[swp_offset(pte_to_swp_entry(*pte))];
    }
  }
}

}  // namespace

void setup_fork(unsigned parent, unsigned child) {
  mm_struct& from = world.mms[parent];
  mm_struct& to = world.mms[child];
  bring_up_mm(child);
  link_anon_vmas(parent, child);
  if (shares_tables()) {
    for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
      world.mm_ghosts[child].expected[vpn] = world.mm_ghosts[parent].expected[vpn];
    }
    for (unsigned pmd = 0; pmd < world.nr_pmds; ++pmd) share_table(parent, child, pmd);
    const accounting counts = kernel->sharing->counts;
    const bool listed = counts == accounting::per_table || counts == accounting::per_sharer;
    if (listed && !list_empty(&from.mmlist)) list_add(&to.mmlist, &from.mmlist);
    return;
  }
  for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
    world.mm_ghosts[child].expected[vpn] = world.mm_ghosts[parent].expected[vpn];
    copy_entry(parent, child, vpn);
  }
}

void setup_cached_pmd(unsigned cpu, unsigned vpn) {
  if (world.pmd_cache == nullptr) return;
  const auto mm = static_cast<unsigned>(world.parameters.cpu_mm[cpu]);
  *pmd_cache_entry(cpu, vpn) = pmd_entry(mm, vpn / world.parameters.ptes_per_table)->pmd;
}

void setup_tlb(unsigned cpu, unsigned vpn) {
  const pte_t pte = *setup_pte(static_cast<unsigned>(world.parameters.cpu_mm[cpu]), vpn);
  if (!pte_present(pte)) return;
  const auto mm = static_cast<unsigned>(world.parameters.cpu_mm[cpu]);
  const pmd_t pmd = *pmd_entry(mm, vpn / world.parameters.ptes_per_table);
  const bool writable = pte_write(pte) && pte_dirty(pte) && pmd_write(pmd);
  *tlb_entry(cpu, vpn) =
      pte_pfn(pte) << page_shift | tlb_valid | (writable ? tlb_write | tlb_dirty : 0);
  setup_cached_pmd(cpu, vpn);
}

// What setup has counted was of mms that have tables of their own.
static void count_shared_frames() {
  for (unsigned i = 0; i < world.nr_frames; ++i) world.frame_ghosts[i] = frame_ghost{};
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
      const pte_t* pte = find_pte(mm, vpn);
      if (pte == nullptr || !pte_present(*pte) || pte_special(*pte)) continue;
      const bool writable = pmd_write(*pmd_entry(mm, vpn / world.parameters.ptes_per_table));
      count_mapped(mm, pfn_to_page(pte_pfn(*pte)), writable && pte_write(*pte));
    }
  }
}

void finish_world() {
  const world_parameters& p = world.parameters;
  const unsigned nr_entries = p.mms * world.nr_pmds * world.nr_variants * p.ptes_per_table;
  for (unsigned i = 0; i < nr_entries; ++i) world.shadows[i] = world.ptes[i].pte;
  checker::watch(world.ptes, nr_entries * sizeof(pte_t));
  if (shares_tables()) {
    for (unsigned i = 0; i < p.mms * world.nr_pmds; ++i) world.pmd_shadows[i] = world.pmds[i].pmd;
    checker::watch(world.pmds, p.mms * world.nr_pmds * sizeof(pmd_t));
    count_shared_frames();
  }
  for (unsigned i = 0; i < p.mms; ++i) {
    world.mm_ghosts[i].next_shadow = reinterpret_cast<u64>(world.mms[i].mmlist.next);
    checker::watch(&world.mms[i].mmlist.next, sizeof(u64));
  }
  if (world.swap_map_bytes != nullptr) {
    for (unsigned slot = 0; slot <= p.slots; ++slot) {
      world.swap_map_bytes[slot] = static_cast<unsigned char>(world.swap_map[slot]);
    }
    checker::watch(world.swap_map_bytes, sizeof(u64));
  }
}

}  // namespace model
