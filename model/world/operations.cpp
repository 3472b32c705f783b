// SPDX-License-Identifier: GPL-2.0-only
#include "model/world/operations.hpp"

#include "model/invariants/ghost.hpp"
#include "model/world/cpu.hpp"
#include "model/world/kernel.hpp"

namespace model::operations {

void write(unsigned vpn, unsigned value) { user_store(vpn, value); }

void read(unsigned vpn) { user_load(vpn); }

void fork(unsigned parent, unsigned child) {
  const int result = kernel->fork(&world.mms[parent], &world.mms[child]);
  ghost::fork_ends(&world.mms[child], result);
}

void wait_for_fork(unsigned child) {
  checker_wait_until(&world.mm_ghosts[child].fork_done, 1, 1, "fork");
}

void swapoff() {
  if (kernel->swapoff() == 0) ghost::swapped_off();
}

void reclaim(unsigned vpn) {
  // Isolated from the LRU list: a page about to be freed is left alone.
  page* p = &world.frames[1 + vpn];
  if (!get_page_unless_zero(p)) return;
  kernel->reclaim(p);
}

void reclaim_mapped(unsigned vpn) {
  const u64 address = address_of(vpn);
  const pmd_t* pmd = pmd_offset(&world.mms[0], address);
  if (pmd_none(pmd)) return;
  // That it is mapped matters to the one who writes the scenario only; reclaim finds it in a list.
  const pte_t pte = {READ_ONCE(pte_offset_map(pmd, address)->pte)};
  if (!pte_present(pte) || pte_special(pte)) return;
  page* p = pfn_to_page(pte_pfn(pte));
  if (!get_page_unless_zero(p)) return;
  kernel->reclaim(p);
}

void munmap(unsigned mm) {
  kernel->munmap(&world.mms[mm], user_base, address_of(world.parameters.pages));
  ghost::unmapped(&world.mms[mm]);
}

void exit(unsigned mm) { kernel->exit_mm(&world.mms[mm]); }

void wait_for_break() {
  checker_wait_until(&world.tables[0].count, ~u64{1}, 0, "the table to be broken");
}

void dontneed(unsigned mm, unsigned vpn) {
  if (kernel->madvise_dontneed(&world.mms[mm], address_of(vpn), address_of(vpn + 1)) == 0) {
    ghost::discarded(&world.mms[mm], vpn);
  }
}

void referenced(unsigned vpn) {
  page* p = &world.frames[1 + vpn];
  if (!get_page_unless_zero(p)) return;
  kernel->page_referenced(p);
  put_page(p);
}

void oom_reap(unsigned mm) { kernel->oom_reap(&world.mms[mm]); }

void compare_tables(unsigned child, unsigned parent) {
  const pmd_t* dst_pmd = &world.pmds[child * world.nr_pmds + 0];
  const pmd_t* src_pmd = &world.pmds[parent * world.nr_pmds + 0];
  if (pmd_none(dst_pmd)) return;
  spinlock_t* dst_ptl = pte_lockptr(&world.mms[child], dst_pmd);
  spinlock_t* src_ptl = pte_lockptr(&world.mms[parent], src_pmd);
  spin_lock(dst_ptl);
  spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
  const pte_t a = *pte_offset_map(dst_pmd, user_base);
  const pte_t b = *pte_offset_map(src_pmd, user_base);
  if (pte_present(a) && pte_present(b) && pte_write(a) && pte_write(b) &&
      pte_pfn(a) == pte_pfn(b)) {
    checker_violation("writable-in-two-mms", "page frame %lu is writable in %s and in %s",
                      pte_pfn(a), mm_name(child), mm_name(parent));
  }
  spin_unlock(src_ptl);
  spin_unlock(dst_ptl);
}

}  // namespace model::operations
