// SPDX-License-Identifier: GPL-2.0-only
// PTE stores. Hold always: the kernel stores to an entry only while it holds that table's own lock
// (pte-store-without-ptl), and only in a table that is not freed (use-after-free). From here each
// store is handed to the invariants that count what entries hold.
#include "model/invariants/hooks.hpp"
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model::invariants {

static bool is_named_by_none(const pte_table* table) {
  checker_ghost_begin();
  unsigned sharers = 0;
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (names_table(mm, table)) ++sharers;
  }
  checker_ghost_end();
  return sharers == 0;
}

static void on_pte_store(pte_t* ptep) {
  const u64 index = static_cast<u64>(ptep - world.ptes);
  const unsigned table_number = static_cast<unsigned>(index / world.parameters.ptes_per_table);
  pte_change change = {};
  change.table = &world.tables[table_number];
  change.mm = table_mm(table_number);
  change.vpn = table_pmd(table_number) * world.parameters.ptes_per_table +
               static_cast<unsigned>(index % world.parameters.ptes_per_table);
  change.index = index;
  change.before = pte_t{world.shadows[index]};
  change.after = *ptep;
  // Unchanged, or the hardware walker's accessed and dirty bits, which it has recorded itself.
  if (pte_same(change.before, change.after)) return;
  if (pte_present(change.after) && pte_special(change.after) && pte_write(change.after)) {
    checker_violation("writable-in-two-mms",
                      "%s maps the zero page, which all share, writable at page %u",
                      mm_name(change.mm), change.vpn);
  }

  // A table that no mm names yet, or any more, is its thread's alone.
  if (checker_lock_held(&change.table->ptl) == 0 &&
      !(shares_tables() && is_named_by_none(change.table))) {
    checker_violation("pte-store-without-ptl", "store to %s pte[%u] without %s ptlock[%u]",
                      mm_name(change.mm), change.vpn, mm_name(change.mm), table_pmd(table_number));
  }
  if (change.table->live == 0) {
    checker_violation("use-after-free", "store to pte[%u] in a freed table of %s", change.vpn,
                      mm_name(change.mm));
  }
  checker_ghost_begin();
  world.shadows[index] = change.after.pte;
  if (shares_tables()) {
    shared_pte_change(change);
    checker_ghost_end();
    return;
  }
  pages_change(change);
  swap_change(change);
  tlb_change(change);
  bits_change(change);
  checker_ghost_end();
}

void on_watched_store(void* address) {
  auto* ptep = static_cast<pte_t*>(address);
  const unsigned nr_entries =
      world.parameters.mms * world.nr_pmds * world.nr_variants * world.parameters.ptes_per_table;
  if (ptep >= world.ptes && ptep < world.ptes + nr_entries) {
    on_pte_store(ptep);
    return;
  }
  const auto* slot = static_cast<const pmd_t*>(address);
  if (slot >= world.pmds && slot < world.pmds + world.parameters.mms * world.nr_pmds) {
    const auto at = static_cast<unsigned>(slot - world.pmds);
    pmd_change(at / world.nr_pmds, at % world.nr_pmds);
    return;
  }
  if (address == world.swap_map_bytes) {
    swap_map_stored();
    return;
  }
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    if (address == &world.mms[i].mmlist.next) mmlist_change(i);
  }
}

void on_lock_released(checker_lock* lock) {
  const auto address = reinterpret_cast<u64>(lock);
  const auto tables = reinterpret_cast<u64>(world.tables);
  const u64 nr_tables = u64{world.parameters.mms} * world.nr_pmds * world.nr_variants;
  if (address >= tables && address < tables + nr_tables * sizeof(pte_table)) {
    table_unlocked(static_cast<unsigned>((address - tables) / sizeof(pte_table)));
    return;
  }
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    if (lock == &world.mms[i].mmap_sem) mmap_sem_unlocked(i);
  }
}

void on_operation_end(int thread, int) { operation_ended(thread); }

}  // namespace model::invariants
