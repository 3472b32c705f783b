// SPDX-License-Identifier: GPL-2.0-only
// stale-tlb and pages that are freed.
//
//   stale-tlb       Holds when an entry is made to map a page: no CPU that runs the mm still has
//                   another page in its TLB there. Holds when a page is freed: no TLB of any CPU
//                   has it. Holds when fork drops the parent's mmap_sem (fork.cpp): no CPU can
//                   write through its TLB what the parent's table write-protects. Holds when
//                   munmap() returns: nobody has a page of it in a TLB. In between, entries may be
//                   stale as long as the flush is due.
//   use-after-free  Holds when a page is freed: no page-table entry maps it.
//   refcount        Holds when a page is freed: the swap cache does not have it.
//   bad-page-state  Holds when a page is freed: nobody has it locked.
#include "model/invariants/internal.hpp"

namespace model {

namespace ghost {

void check_page_unused(const page* p) {
  checker_ghost_begin();
  const u64 pfn = page_to_pfn(p);
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (world.frame_ghosts[pfn].in_mm[mm] != 0) {
      checker_violation("use-after-free", "page frame %lu freed while %s maps it", pfn,
                        mm_name(mm));
    }
  }
  if (p->mapcount != 0) {
    checker_violation("mapcount", "BUG: Bad page state: page frame %lu freed with mapcount %lu",
                      pfn, p->mapcount);
  }
  if (p->lock.state != 0) {
    checker_violation("bad-page-state",
                      "BUG: Bad page state: page frame %lu freed while it is locked", pfn);
  }
  if (p->PG_swapcache != 0) {
    checker_violation("refcount", "page frame %lu freed while it is in the swap cache", pfn);
  }
  const unsigned vpn = static_cast<unsigned>(p->index);
  for (unsigned cpu = 0; cpu < world.parameters.threads; ++cpu) {
    const u64 entry = *tlb_entry(cpu, vpn);
    if ((entry & tlb_valid) != 0 && entry >> page_shift == pfn) {
      checker_violation("stale-tlb", "page frame %lu freed while CPU %u has it in its TLB", pfn,
                        cpu);
    }
  }
  checker_ghost_end();
}

void unmapped(const mm_struct* mm) {
  checker_ghost_begin();
  for (unsigned cpu = 0; cpu < world.parameters.threads; ++cpu) {
    if (world.parameters.cpu_mm[cpu] != static_cast<int>(mm_index(mm))) continue;
    for (unsigned vpn = 0; vpn < world.parameters.pages; ++vpn) {
      if ((*tlb_entry(cpu, vpn) & tlb_valid) == 0) continue;
      checker_violation("stale-tlb", "%s has unmapped page %u, but CPU %u still has it in its TLB",
                        mm_name(mm_index(mm)), vpn, cpu);
    }
  }
  checker_ghost_end();
}

}  // namespace ghost

namespace invariants {

void tlb_change(const pte_change& change) {
  if (!pte_present(change.after)) return;
  for (unsigned cpu = 0; cpu < world.parameters.threads; ++cpu) {
    if (world.parameters.cpu_mm[cpu] != static_cast<int>(change.mm)) continue;
    const u64 entry = *tlb_entry(cpu, change.vpn);
    if ((entry & tlb_valid) == 0 || entry >> page_shift == pte_pfn(change.after)) continue;
    checker_violation(
        "stale-tlb",
        "%s pte[%u] now maps page frame %lu, but CPU %u still has page frame %lu in its TLB",
        mm_name(change.mm), change.vpn, pte_pfn(change.after), cpu, entry >> page_shift);
  }
}

}  // namespace invariants
}  // namespace model
