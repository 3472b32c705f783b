// SPDX-License-Identifier: GPL-2.0-only
// The end of an execution: no thread runs, so everything is exact and is counted afresh. And
// check_mm(), the kernel's own last look at an mm that is freed.
//
//   rss, mapcount, refcount, swap-map, mmlist, pgtables-bytes, isolation, lost-write, mm-leak
//
//   table-leak  a PTE table that was allocated and not freed is linked in no PMD
#include "model/invariants/hooks.hpp"
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model {

namespace ghost {

// check_mm(), kernel/fork.c, v4.14. Holds when the last reference to an mm is dropped.
void check_mm(const mm_struct* mm) {
  checker_ghost_begin();
  for (int i = 0; i < NR_MM_COUNTERS; ++i) {
    const u64 value = mm->rss_stat[i];
    if (value != 0) {
      checker_violation("rss", "BUG: Bad rss-counter state mm:%s idx:%d val:%ld",
                        mm_name(mm_index(mm)), i, static_cast<long>(value));
    }
  }
  const u64 tables = mm->nr_ptes;
  if (tables != 0) {
    checker_violation("pgtables-bytes", "BUG: non-zero nr_ptes on freeing mm: %ld",
                      static_cast<long>(tables));
  }
  checker_ghost_end();
}

}  // namespace ghost

namespace invariants {

namespace {

void count_table(unsigned mm, const pte_table* table, counted& found) {
  const unsigned span = world.parameters.ptes_per_table;
  ++found.tables[mm];
  if (table->live == 0) {
    checker_violation("use-after-free", "%s points to a freed PTE table", mm_name(mm));
  }
  for (unsigned i = 0; i < span; ++i) {
    const pte_t pte = world.ptes[table_index(table) * span + i];
    if (maps_page(pte)) {
      ++found.maps[pte_pfn(pte)];
      ++found.anon[mm];
    } else if (holds_swap_entry(pte)) {
      ++found.swaps[swp_offset(pte_to_swp_entry(pte))];
      ++found.swapped[mm];
    }
  }
}

// REQUIRES: all tables that PMDs point to are counted in `found`.
void check_tables(const counted& found) {
  u64 live[max_mms] = {};
  const unsigned per_mm = world.nr_pmds * world.nr_variants;
  for (unsigned table = 0; table < world.parameters.mms * per_mm; ++table) {
    live[table / per_mm] += world.tables[table].live;
  }
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (live[mm] == found.tables[mm]) continue;
    checker_violation("table-leak",
                      "%s: %lu PTE tables were allocated and not freed, %lu are linked",
                      mm_name(mm), live[mm], found.tables[mm]);
  }
}

void check_mm_counts(unsigned index, const counted& found) {
  const mm_struct& mm = world.mms[index];
  if (mm.rss_stat[MM_ANONPAGES] != found.anon[index]) {
    checker_violation("rss", "%s: MM_ANONPAGES is %ld, entries that map a page are %lu",
                      mm_name(index), static_cast<long>(mm.rss_stat[MM_ANONPAGES]),
                      found.anon[index]);
  }
  if (mm.rss_stat[MM_SWAPENTS] != found.swapped[index]) {
    checker_violation("rss", "%s: MM_SWAPENTS is %ld, swap entries are %lu", mm_name(index),
                      static_cast<long>(mm.rss_stat[MM_SWAPENTS]), found.swapped[index]);
  }
  if (mm.nr_ptes != found.tables[index]) {
    checker_violation("pgtables-bytes", "%s: nr_ptes is %lu, PTE tables are %lu", mm_name(index),
                      mm.nr_ptes, found.tables[index]);
  }
  if (found.swapped[index] != 0 && list_empty(&mm.mmlist)) {
    checker_violation("mmlist", "%s has swap entries but is not on mmlist", mm_name(index));
  }
}

void check_frames(const counted& found) {
  for (unsigned pfn = 1; pfn < world.nr_frames; ++pfn) {
    const page& p = world.frames[pfn];
    u64 owners = found.maps[pfn];
    for (unsigned slot = 1; slot <= world.parameters.slots; ++slot) {
      if (world.slots[slot].cached == &p) ++owners;
    }
    if (p.mapcount != found.maps[pfn]) {
      checker_violation("mapcount", "page frame %u: mapcount is %lu, entries that map it are %lu",
                        pfn, p.mapcount, found.maps[pfn]);
    }
    if (p.refcount != owners) {
      checker_violation("refcount", "page frame %u: refcount is %lu, references are %lu", pfn,
                        p.refcount, owners);
    }
  }
}

// The number a slot's swap_map and continuation stand for.
u64 users_of(unsigned slot) {
  const u64 count = world.si->swap_map[slot] & ~u64{SWAP_HAS_CACHE};
  u64 total = count & ~u64{COUNT_CONTINUED};
  u64 weight = world.parameters.swap_map_max + 1;
  bool more = (count & COUNT_CONTINUED) != 0;
  for (u64 i = 0; more && i < world.slots[slot].nr_cont; ++i) {
    const u64 digit = world.slots[slot].cont[i];
    total += (digit & ~u64{COUNT_CONTINUED}) * weight;
    weight *= world.parameters.swap_cont_max + 1;
    more = (digit & COUNT_CONTINUED) != 0;
  }
  return total;
}

void check_slots(const counted& found) {
  if (world.si == nullptr || world.si->swap_map == nullptr) return;
  for (unsigned slot = 1; slot <= world.parameters.slots; ++slot) {
    if (users_of(slot) != found.swaps[slot]) {
      checker_violation("swap-map", "slot %u: swap_map counts %lu users, swap entries are %lu",
                        slot, users_of(slot), found.swaps[slot]);
    }
    const bool has_cache = (world.si->swap_map[slot] & SWAP_HAS_CACHE) != 0;
    if (has_cache != (world.slots[slot].cached != nullptr)) {
      checker_violation("swap-map", "slot %u: SWAP_HAS_CACHE is %s, but the swap cache has %s page",
                        slot, has_cache ? "set" : "clear", has_cache ? "no" : "a");
    }
  }
}

// Of kernels that do not share tables.
void count_tables(counted& found) {
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    for (unsigned pmd = 0; pmd < world.nr_pmds; ++pmd) {
      const pte_table* table = pmd_table(*pmd_entry(mm, pmd));
      if (table != nullptr) count_table(mm, table, found);
    }
  }
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (world.mm_ghosts[mm].state == static_cast<u64>(mm_state::unused)) continue;
    check_mm_counts(mm, found);
  }
  check_tables(found);
}

void check_mm_memory(unsigned index) {
  for (const vm_area_struct* vma = world.mms[index].mmap; vma != nullptr; vma = vma->vm_next) {
    for (u64 address = vma->vm_start; address != vma->vm_end; address += page_size) {
      u64 content = 0;
      user_content(index, vpn_of(address), &content);
      check_user_value(index, vpn_of(address), content, "has");
    }
  }
}

void check_mm_at_end(unsigned mm) {
  const u64 state = world.mm_ghosts[mm].state;
  if (state == static_cast<u64>(mm_state::unused)) return;
  if (state == static_cast<u64>(mm_state::live)) {
    // What the OOM reaper took is gone; nobody may see that.
    if ((world.mms[mm].flags & MMF_UNSTABLE) == 0) check_mm_memory(mm);
    return;
  }
  unsigned tables = 0;
  for (unsigned pmd = 0; pmd < world.nr_pmds; ++pmd) {
    if (pmd_table(*pmd_entry(mm, pmd)) != nullptr) ++tables;
  }
  if (tables == 0 && state != static_cast<u64>(mm_state::forking)) return;
  checker_violation("mm-leak", "%s has gone, but %u PTE tables of it are left", mm_name(mm),
                    tables);
}

}  // namespace

void at_end() {
  static counted found;  // too large for a fiber's stack
  found = counted{};
  if (shares_tables()) {
    check_shared_counts(found);
  } else {
    count_tables(found);
  }
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) check_mm_at_end(mm);
  check_frames(found);
  check_slots(found);
}

}  // namespace invariants
}  // namespace model
