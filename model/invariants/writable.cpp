// SPDX-License-Identifier: GPL-2.0-only
// writable-in-two-mms. Holds always: an anonymous page that one mm's entry maps writable is mapped
// by no other mm's entry. (All mappings here are private.) Stronger than "writable in two mms": a
// page that one mm can write and another can read is shared memory just as well.
//
// uptodate. Holds when an entry comes to map a page: PG_uptodate is set, which is done once the
// page has its contents.
//
// What CPUs may still do through their TLBs is tlb.cpp's matter.
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model::invariants {

static constexpr u64 one_writable = u64{1} << 32;

static bool is_forking(unsigned mm) {
  return world.mm_ghosts[mm].state == static_cast<u64>(mm_state::forking);
}

void check_private(unsigned mm, unsigned vpn, pte_t pte, bool children_too) {
  const u64 pfn = pte_pfn(pte);
  const frame_ghost& frame = world.frame_ghosts[pfn];
  for (unsigned other = 0; other < world.parameters.mms; ++other) {
    if (other == mm || (!children_too && is_forking(other))) continue;
    // An exiting mm runs nowhere; what it still has of a shared table does no harm by itself.
    if (shares_tables() && (world.mms[other].mm_users == 0 || world.mms[mm].mm_users == 0))
      continue;
    const u64 there = frame.in_mm[other];
    if (there == 0 || (!pte_write(pte) && there < one_writable)) continue;
    checker_violation("writable-in-two-mms",
                      "page frame %lu: %s maps it %s at page %u while %s maps it %s", pfn,
                      mm_name(mm), pte_write(pte) ? "writable" : "read-only", vpn, mm_name(other),
                      there >= one_writable ? "writable" : "read-only");
  }
}

// Where a whole table is given to a child that does not run yet, fork may protect it after that: it
// is looked at when fork drops the parent's mmap_sem.
static bool is_looked_at_later(unsigned mm) {
  if (!shares_tables()) return false;
  bool forking = is_forking(mm);
  for (unsigned other = 0; other < world.parameters.mms; ++other) {
    if (is_forking(other) && world.mm_ghosts[other].parent == mm) forking = true;
  }
  return forking;
}

void page_unmapped_by(unsigned mm, pte_t pte) {
  if (!maps_page(pte)) return;
  world.frame_ghosts[pte_pfn(pte)].in_mm[mm] -= 1 + (pte_write(pte) ? one_writable : 0);
}

void page_mapped_by(unsigned mm, unsigned vpn, pte_t pte) {
  if (!maps_page(pte)) return;
  world.frame_ghosts[pte_pfn(pte)].in_mm[mm] += 1 + (pte_write(pte) ? one_writable : 0);
  if (!is_looked_at_later(mm)) check_private(mm, vpn, pte, !shares_tables());
}

void check_uptodate(const pte_change& change) {
  const u64 pfn = pte_pfn(change.after);
  if (world.frames[pfn].PG_uptodate != 0) return;
  checker_violation("uptodate", "page frame %lu: %s maps it at page %u, but PG_uptodate is not set",
                    pfn, mm_name(change.mm), change.vpn);
}

void pages_change(const pte_change& change) {
  const bool maps_before = maps_page(change.before);
  const bool maps_after = maps_page(change.after);
  if (maps_before && maps_after && pte_pfn(change.before) == pte_pfn(change.after)) {
    if (pte_write(change.before) == pte_write(change.after)) return;
    world.frame_ghosts[pte_pfn(change.before)].in_mm[change.mm] -=
        1 + (pte_write(change.before) ? one_writable : 0);
    page_mapped_by(change.mm, change.vpn, change.after);
    return;
  }
  thread_ghost& mine = ghost::mine();
  if (maps_before) {
    page_unmapped_by(change.mm, change.before);
    ghost::add8(mine.maps, pte_pfn(change.before), 1);
    ghost::add8(mine.refs, pte_pfn(change.before), 1);  // the entry's reference is the thread's now
    mine.rss[change.mm] += u64{1} << (MM_ANONPAGES * 16);
  }
  if (maps_after) {
    check_uptodate(change);
    page_mapped_by(change.mm, change.vpn, change.after);
    ghost::add8(mine.maps, pte_pfn(change.after), -1);
    ghost::add8(mine.refs, pte_pfn(change.after), -1);
    mine.rss[change.mm] -= u64{1} << (MM_ANONPAGES * 16);
  }
}

}  // namespace model::invariants
