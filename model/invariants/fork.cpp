// SPDX-License-Identifier: GPL-2.0-only
// What fork owes. The moment it is measured at is the release of the parent's mmap_sem by
// dup_mmap(): from there on write-protection is effective for every CPU (flush_tlb_mm() came
// before), and faults may run again. The child's memory is, by definition, what the parent's was
// then.
//
//   stale-tlb         at that moment no CPU can write through its TLB what the parent may not.
//   pte-not-copied    at that moment every entry the parent has was stored in the child;
//                     reported if fork() then succeeds.
//   seqcount          at that moment the parent's write_protect_seq is even (kernels since v5.11):
//                     GUP-fast would think for ever that a fork is under way.
//   pte-copied-twice  holds always: fork sets an entry of the child once.
//   lock-hold         holds always: fork does not copy more entries under the page-table locks than
//                     the progress limit (or the scenario) allows without a look at need_resched.
//
// seqcount and the last two are not asked of kernels that share tables (shared_tables.cpp).
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model {

namespace ghost {

void fork_begins(const mm_struct* parent, const mm_struct* child) {
  checker_ghost_begin();
  mine().forking = mm_index(child) + 1;
  mm_ghost& mm = world.mm_ghosts[mm_index(child)];
  mm.state = static_cast<u64>(mm_state::forking);
  mm.parent = mm_index(parent);
  checker_ghost_end();
}

void fork_ends(const mm_struct* child, int result) {
  checker_ghost_begin();
  mine().forking = 0;
  mm_ghost& mm = world.mm_ghosts[mm_index(child)];
  const u64 missing = mm.not_copied;
  if (result == 0) mm.state = static_cast<u64>(mm_state::live);
  mm.copied = 0;
  mm.not_copied = 0;
  mm.fork_done = result == 0 ? 1 : 3;
  checker_ghost_end();
  if (result == 0 && missing != 0) {
    checker_violation("pte-not-copied", "fork() of %s succeeded without a copy of pte[%d]",
                      mm_name(mm_index(child)), __builtin_ctzll(missing));
  }
}

void mm_dies(const mm_struct* mm) {
  checker_ghost_begin();
  world.mm_ghosts[mm_index(mm)].state = static_cast<u64>(mm_state::dead);
  checker_ghost_end();
}

// copy_pte_range() counts 8 for an entry, and goes on while it is below the limit.
void pte_set(const mm_struct* mm, unsigned vpn) {
  if (!active()) return;
  checker_ghost_begin();
  u64 work = 0;
  bool twice = false;
  if (mine().forking == mm_index(mm) + 1) {
    u64& copied = world.mm_ghosts[mm_index(mm)].copied;
    twice = (copied >> vpn & 1) != 0 && !shares_tables();
    copied |= u64{1} << vpn;
    work = mine().pte_work + 8;
    mine().pte_work = work;
  }
  checker_ghost_end();
  if (twice) {
    checker_violation("pte-copied-twice", "fork copies pte[%u] to %s a second time", vpn,
                      mm_name(mm_index(mm)));
  }
  if (work >= world.parameters.lock_hold_limit + 8 && !shares_tables()) {
    checker_violation(
        "lock-hold",
        "%lu entries copied under the page-table locks without a look at need_resched "
        "(limit %u, 8 an entry)",
        work / 8, world.parameters.lock_hold_limit);
  }
}

void resched_looked_at() {
  checker_ghost_begin();
  mine().pte_work = 0;
  checker_ghost_end();
}

void break_taken() {
  if (world.parameters.max_breaks == 0) return;
  checker_ghost_begin();
  ++mine().breaks;
  checker_ghost_end();
}

bool no_more_breaks() {
  if (world.parameters.max_breaks == 0) return false;
  checker_ghost_begin();
  const u64 taken = mine().breaks;
  checker_ghost_end();
  return taken >= world.parameters.max_breaks;
}

}  // namespace ghost

namespace invariants {

// As the hardware takes it: writable only where the PMD entry is, too.
static pte_t entry_of(unsigned mm, unsigned vpn) {
  const pte_t* ptep = find_pte(mm, vpn);
  if (ptep == nullptr) return pte_t{0};
  const pmd_t pmd = *pmd_entry(mm, vpn / world.parameters.ptes_per_table);
  return pmd_write(pmd) ? *ptep : pte_wrprotect(*ptep);
}

// The CPU that forks comes last: it will have flushed before it is back in user space.
static void check_write_protection(unsigned parent) {
  const unsigned cpus = world.parameters.threads;
  for (unsigned i = 1; i <= cpus; ++i) {
    const unsigned cpu = (static_cast<unsigned>(checker_thread()) + i) % cpus;
    if (world.parameters.cpu_mm[cpu] != static_cast<int>(parent)) continue;
    for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
      if ((*tlb_entry(cpu, vpn) & tlb_write) == 0) continue;
      const pte_t pte = entry_of(parent, vpn);
      if (pte_present(pte) && pte_write(pte)) continue;
      checker_violation(
          "stale-tlb",
          "fork has dropped %s mmap_sem, but CPU %u can still write page %u through its TLB",
          mm_name(parent), cpu, vpn);
    }
  }
}

// Whether fork has given the child an entry, or the table it is in.
static bool was_copied(unsigned child, unsigned vpn) {
  if (shares_tables()) {
    // Under its lock an entry may be none for a while: reclaim is at it.
    const pte_table* table = pmd_table(*pmd_entry(child, vpn / world.parameters.ptes_per_table));
    return !pte_none(entry_of(child, vpn)) || (table != nullptr && table->ptl.state != 0);
  }
  return (world.mm_ghosts[child].copied >> vpn & 1) != 0;
}

// Whether the page is in an area that a child begins with empty.
static bool is_wiped(unsigned mm, unsigned vpn) {
  if (world.parameters.wiped_areas == 0) return false;
  const u64 address = address_of(vpn);
  for (unsigned i = 0; i < world.parameters.vmas; ++i) {
    const vm_area_struct& vma = world.vmas[mm][i];
    if (address >= vma.vm_start && address < vma.vm_end) {
      return (vma.vm_flags & VM_WIPEONFORK) != 0;
    }
  }
  return false;
}

// fork has released the parent's mmap_sem.
void mmap_sem_unlocked(unsigned mm) {
  checker_ghost_begin();
  const u64 forking = ghost::mine().forking;
  if (forking != 0 && mm != forking - 1 && world.mm_ghosts[forking - 1].parent == mm) {
    mm_ghost& child = world.mm_ghosts[forking - 1];
    u64 missing = 0;
    for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
      const bool wiped = is_wiped(mm, vpn);
      child.expected[vpn] = wiped ? 0 : u64{world.mm_ghosts[mm].expected[vpn]};
      if (wiped || was_copied(forking - 1, vpn)) continue;
      if (!pte_none(entry_of(mm, vpn))) missing |= u64{1} << vpn;
    }
    child.not_copied = missing;
    check_write_protection(mm);
    if (shares_tables()) check_no_page_writable_in_two(mm);
    // Who breaks a shared table may be at it: see shared_tables.cpp.
    if (!shares_tables() && (world.mms[mm].write_protect_seq.sequence & 1) != 0) {
      checker_violation("seqcount", "fork has dropped %s mmap_sem, but write_protect_seq is odd",
                        mm_name(mm));
    }
  }
  checker_ghost_end();
}

}  // namespace invariants
}  // namespace model
