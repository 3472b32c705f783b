// SPDX-License-Identifier: GPL-2.0-only
// PTE tables that several mms use (kernels of model/cow_pte).
//
//   shared-pte-store  Holds always: the kernel does not change what an entry maps, or let it do
//                     more, in a table that is named by more than one mm. To write-protect an entry
//                     or to make it old or clean is allowed. A child that fork fills counts once
//                     its PMD entry is write-protected.
//   table-refcount    Holds at the end: the count of a table is the number of mms that name it.
//   table-owner       Holds at the end, where tables have owners: there is none, or it is one of
//                     the mms that name the table.
//   table-leak        Holds at the end: a table that is in use is named by an mm.
//   rss, pgtables-bytes   Hold at the end, by the kernel's own rules (enum accounting), and when an
//                     mm is freed (check_mm() in final.cpp).
//   seqcount          Holds at the end: write_protect_seq of an mm that lives is even.
//   mmlist            Holds at the end: of the mms that name a table with a swap entry, one at
//                     least is on mmlist, so that swapoff finds the table.
//
// Counters are not checked at each unlock here: what a thread adds to one mm another may take from
// it by right.
#include "model/invariants/internal.hpp"
#include "model/kapi/sharing.hpp"

namespace model::invariants {

namespace {

pte_t* entries_of(const pte_table* table) { return table_entry(table, 0); }

pte_t as_mapped(pmd_t pmd, pte_t pte) { return pmd_write(pmd) ? pte : pte_wrprotect(pte); }

// Whether the entry maps the same page and allows nothing it did not.
bool only_narrows(const pte_change& change) {
  return pte_present(change.before) && pte_present(change.after) &&
         pte_pfn(change.before) == pte_pfn(change.after) &&
         (!pte_write(change.after) || pte_write(change.before));
}

void check_not_shared(const pte_change& change) {
  unsigned first = max_mms;
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (!names_table(mm, change.table)) continue;
    // Fork has not got to the point where it is shared.
    const pmd_t slot = *pmd_entry(mm, table_pmd(table_index(change.table)));
    const bool forking = world.mm_ghosts[mm].state == static_cast<u64>(mm_state::forking);
    if (forking && pmd_write(slot)) continue;
    if (first == max_mms) {
      first = mm;
      continue;
    }
    checker_violation("shared-pte-store", "store to pte[%u] in a table that %s and %s share",
                      change.vpn, mm_name(first), mm_name(mm));
  }
}

void add_swap(pte_t pte, int times) {
  if (holds_swap_entry(pte) && ghost::active()) {
    ghost::add8(&ghost::mine().swaps, swp_offset(pte_to_swp_entry(pte)), times);
  }
}

// Swap entries of tables that no mm names: swapoff does not find them.
void add_orphans(pte_t pte, int delta) {
  if (!holds_swap_entry(pte)) return;
  *world.orphan_swaps += static_cast<u64>(static_cast<int64_t>(delta));
}

unsigned sharers_of(const pte_table* table) {
  unsigned sharers = 0;
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (names_table(mm, table)) ++sharers;
  }
  return sharers;
}

bool is_given_up(unsigned mm, unsigned vpn) {
  return (world.mm_ghosts[mm].given_up >> vpn & 1) != 0;
}

void check_not_swapped_off(unsigned mm, unsigned vpn, pte_t pte) {
  if (*world.swapped_off_ghost == 0 || !holds_swap_entry(pte)) return;
  checker_violation("swap-pte-after-swapoff", "swap entry in %s pte[%u] after swapoff", mm_name(mm),
                    vpn);
}

}  // namespace

void shared_pte_change(const pte_change& change) {
  const pte_t before = change.before;
  const pte_t after = change.after;
  if (!only_narrows(change)) {
    check_not_shared(change);
    if (maps_page(after)) check_uptodate(change);
  }
  const bool each = kernel->sharing->counts == accounting::per_sharer;
  int sharers = 0;
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (!names_table(mm, change.table)) continue;
    ++sharers;
    const pmd_t pmd = *pmd_entry(mm, table_pmd(table_index(change.table)));
    const bool given_up = is_given_up(mm, change.vpn);
    if (given_up && only_narrows(change)) continue;
    if (given_up) {
      world.mm_ghosts[mm].given_up &= ~(u64{1} << change.vpn);
      add_swap(before, each ? -1 : 0);
    } else {
      page_unmapped_by(mm, as_mapped(pmd, before));
    }
    page_mapped_by(mm, change.vpn, as_mapped(pmd, after));
    check_not_swapped_off(mm, change.vpn, after);
    pte_change of_mm = change;
    of_mm.mm = mm;
    tlb_change(of_mm);
  }
  const int times = each ? sharers : 1;
  if (!each && sharers == 0) {
    add_orphans(before, -1);
    add_orphans(after, 1);
  }
  add_swap(before, times);
  add_swap(after, -times);
}

// The mm's entry does not name the table any more. The last one leaves it to be freed.
static void leave_given_up(unsigned mm, unsigned pmd, pte_table* table) {
  const unsigned span = world.parameters.ptes_per_table;
  const u64 all = (u64{1} << span) - 1;
  u64& of_mm = world.mm_ghosts[mm].given_up;
  const u64 bits = of_mm >> (pmd * span) & all;
  if (bits == 0) return;
  of_mm &= ~(all << (pmd * span));
  for (unsigned other = 0; other < world.parameters.mms; ++other) {
    if (names_table(other, table)) return;
  }
  if (table->live != 0) table->given_up = bits;
}

void pmd_change(unsigned mm, unsigned pmd) {
  const unsigned span = world.parameters.ptes_per_table;
  checker_ghost_begin();
  u64& shadow = world.pmd_shadows[mm * world.nr_pmds + pmd];
  const pmd_t before = pmd_t{shadow};
  const pmd_t after = *pmd_entry(mm, pmd);
  pte_table* old_table = pmd_table(before);
  const pte_table* new_table = pmd_table(after);
  if (before.pmd != after.pmd) shadow = after.pmd;
  if (new_table != nullptr && new_table->live == 0) {
    checker_violation("use-after-free", "%s pmd[%u] is made to point to a freed PTE table",
                      mm_name(mm), pmd);
  }
  const bool each = kernel->sharing->counts == accounting::per_sharer;
  const bool moves = old_table != new_table;
  const bool last = !each && moves && old_table != nullptr && sharers_of(old_table) == 0;
  const bool first = !each && moves && new_table != nullptr && sharers_of(new_table) == 1;
  for (unsigned i = 0; before.pmd != after.pmd && i < span; ++i) {
    const unsigned vpn = pmd * span + i;
    if (vpn < world.parameters.pages && is_given_up(mm, vpn)) continue;
    if (old_table != nullptr) {
      const pte_t pte = entries_of(old_table)[i];
      page_unmapped_by(mm, as_mapped(before, pte));
      if (each) add_swap(pte, 1);
      if (last) add_orphans(pte, 1);
    }
    if (new_table == nullptr) continue;
    const pte_t pte = entries_of(new_table)[i];
    page_mapped_by(mm, vpn, as_mapped(after, pte));
    if (each) add_swap(pte, -1);
    if (first) add_orphans(pte, -1);
    check_not_swapped_off(mm, vpn, pte);
    if (vpn >= world.parameters.pages || old_table == new_table) continue;
    pte_change change = {};
    change.mm = mm;
    change.vpn = vpn;
    change.after = pte;
    tlb_change(change);
  }
  if (old_table != nullptr && new_table == nullptr) leave_given_up(mm, pmd, old_table);
  checker_ghost_end();
}

void check_no_page_writable_in_two(unsigned mm) {
  for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
    const pte_t* pte = find_pte(mm, vpn);
    if (pte == nullptr || !maps_page(*pte)) continue;
    const pmd_t pmd = *pmd_entry(mm, vpn / world.parameters.ptes_per_table);
    const pte_t entry = *pte;
    check_private(mm, vpn, as_mapped(pmd, entry), true);
  }
}

u64 swap_entries_of(unsigned mm) {
  u64 entries = 0;
  for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
    const pte_t* pte = find_pte(mm, vpn);
    if (pte != nullptr && holds_swap_entry(*pte) && !is_given_up(mm, vpn)) ++entries;
  }
  return entries;
}

}  // namespace model::invariants

namespace model::ghost {

void entry_given_up(const mm_struct* mm, unsigned vpn, const pte_t* pte) {
  const unsigned index = mm_index(mm);
  checker_ghost_begin();
  // Not if the mm has got another table meanwhile.
  if (find_pte(index, vpn) == pte) {
    const pmd_t pmd = *pmd_entry(index, vpn / world.parameters.ptes_per_table);
    const pte_t entry = *pte;
    invariants::page_unmapped_by(index, invariants::as_mapped(pmd, entry));
    if (kernel->sharing->counts == accounting::per_sharer) invariants::add_swap(entry, 1);
    world.mm_ghosts[index].given_up |= u64{1} << vpn;
  }
  checker_ghost_end();
}

void table_given_up(const mm_struct* mm, const pte_table* table) {
  const unsigned span = world.parameters.ptes_per_table;
  for (unsigned i = 0; i < span; ++i) {
    const unsigned vpn = table_pmd(table_index(table)) * span + i;
    checker_ghost_begin();
    const bool again = invariants::is_given_up(mm_index(mm), vpn);
    checker_ghost_end();
    if (!again) entry_given_up(mm, vpn, invariants::entries_of(table) + i);
  }
}

void entries_given_up(pte_table* table) {
  checker_ghost_begin();
  table->given_up = (u64{1} << world.parameters.ptes_per_table) - 1;
  checker_ghost_end();
}

void forget_entries(pte_table* table) {
  checker_ghost_begin();
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    if ((table->given_up >> i & 1) == 0) continue;
    table->pte[i].pte = 0;
    table->shadow[i] = 0;
  }
  table->given_up = 0;
  checker_ghost_end();
}

}  // namespace model::ghost

namespace model::invariants {

// ---- The end ------------------------------------------------------------------------------------

namespace {

struct in_table {
  u64 anon = 0, swapped = 0;
};

in_table count_entries(const pte_table* table) {
  in_table found;
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    const pte_t pte = entries_of(table)[i];
    if (maps_page(pte)) ++found.anon;
    if (holds_swap_entry(pte)) ++found.swapped;
  }
  return found;
}

bool is_charged(unsigned mm, const pte_table* table) {
  const pmd_t* slot = pmd_entry(mm, table_pmd(table_index(table)));
  if (kernel->sharing->counts != accounting::per_owner) return true;
  return pmd_write(*slot) || table->owner == reinterpret_cast<u64>(slot);
}

void count_shared_table(const pte_table* table, unsigned sharers, counted& found) {
  const bool each = kernel->sharing->counts == accounting::per_sharer;
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    const pte_t pte = entries_of(table)[i];
    if (maps_page(pte)) found.maps[pte_pfn(pte)] += each ? sharers : 1;
    if (holds_swap_entry(pte)) {
      found.swaps[swp_offset(pte_to_swp_entry(pte))] += each ? sharers : 1;
    }
  }
}

void check_owner(const pte_table* table) {
  if (kernel->sharing->counts != accounting::per_owner || table->owner <= owner_exclusive) return;
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    const auto slot = reinterpret_cast<u64>(pmd_entry(mm, table_pmd(table_index(table))));
    if (table->owner == slot && names_table(mm, table)) return;
  }
  checker_violation("table-owner", "the owner of %s table[%u] is a PMD entry that does not name it",
                    mm_name(table_mm(table_index(table))), table_pmd(table_index(table)));
}

void check_table(const pte_table* table, counted& found) {
  const unsigned index = table_index(table);
  const char* const name = mm_name(table_mm(index));
  unsigned sharers = 0;
  bool on_mmlist = false;
  const in_table entries = count_entries(table);
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (!names_table(mm, table)) continue;
    ++sharers;
    if (!list_empty(&world.mms[mm].mmlist)) on_mmlist = true;
    // Which mm has it depends on who came when: the sum over all is what counts.
    if (kernel->sharing->counts == accounting::per_creator && sharers > 1) continue;
    if (!is_charged(mm, table)) continue;
    found.anon[mm] += entries.anon;
    found.swapped[mm] += entries.swapped;
    ++found.tables[mm];
  }
  if (sharers == 0) {
    if (table->live == 0) return;
    checker_violation("table-leak", "%s table[%u] was allocated and not freed, and no mm names it",
                      name, table_pmd(index));
  }
  if (table->live == 0) checker_violation("use-after-free", "%s points to a freed PTE table", name);
  count_shared_table(table, sharers, found);
  if (table->count != sharers) {
    checker_violation("table-refcount", "%s table[%u]: the count is %lu, %u mms name it", name,
                      table_pmd(index), table->count, sharers);
  }
  check_owner(table);
  if (entries.swapped != 0 && !on_mmlist) {
    checker_violation("mmlist",
                      "%s table[%u] has swap entries, but no mm that names it is on mmlist", name,
                      table_pmd(index));
  }
}

void check_charge(unsigned mm, const char* kind, const char* counter, u64 value, u64 owed) {
  if (value == owed) return;
  checker_violation(kind, "%s: %s is %ld, and must be %lu", mm_name(mm), counter,
                    static_cast<long>(value), owed);
}

void check_sum_of(const char* kind, const char* counter, u64 value, u64 owed) {
  if (value == owed) return;
  checker_violation(kind, "%s of all mms together is %ld, and must be %lu", counter,
                    static_cast<long>(value), owed);
}

// Of all mms together: which of them has a table does not matter.
void check_sum(const counted& found) {
  u64 anon = 0, swapped = 0, tables = 0;
  u64 anon_owed = 0, swapped_owed = 0, tables_owed = 0;
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    anon += world.mms[mm].rss_stat[MM_ANONPAGES];
    swapped += world.mms[mm].rss_stat[MM_SWAPENTS];
    tables += world.mms[mm].nr_ptes;
    anon_owed += found.anon[mm];
    swapped_owed += found.swapped[mm];
    tables_owed += found.tables[mm];
  }
  check_sum_of("rss", "MM_ANONPAGES", anon, anon_owed);
  check_sum_of("rss", "MM_SWAPENTS", swapped, swapped_owed);
  check_sum_of("pgtables-bytes", "nr_ptes", tables, tables_owed);
}

}  // namespace

static void check_sequence(unsigned mm) {
  const bool live = world.mm_ghosts[mm].state == static_cast<u64>(mm_state::live);
  if (!live || (world.mms[mm].write_protect_seq.sequence & 1) == 0) return;
  checker_violation("seqcount", "%s: write_protect_seq is odd, and nobody is at work", mm_name(mm));
}

void check_shared_counts(counted& found) {
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) check_sequence(mm);
  const unsigned nr_tables = world.parameters.mms * world.nr_pmds * world.nr_variants;
  for (unsigned i = 0; i < nr_tables; ++i) check_table(&world.tables[i], found);
  if (kernel->sharing->counts == accounting::per_creator) {
    check_sum(found);
    return;
  }
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    const mm_struct& of = world.mms[mm];
    if (world.mm_ghosts[mm].state == static_cast<u64>(mm_state::unused)) continue;
    check_charge(mm, "rss", "MM_ANONPAGES", of.rss_stat[MM_ANONPAGES], found.anon[mm]);
    check_charge(mm, "rss", "MM_SWAPENTS", of.rss_stat[MM_SWAPENTS], found.swapped[mm]);
    check_charge(mm, "pgtables-bytes", "nr_ptes", of.nr_ptes, found.tables[mm]);
  }
}

}  // namespace model::invariants
