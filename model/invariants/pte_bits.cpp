// SPDX-License-Identifier: GPL-2.0-only
//   pte-bits   Holds always, where the kernel is held to it: an entry that takes another's place
//              (a page for a swap slot, or write-protected for writable) is soft-dirty if that was.
//              User space asks for it (/proc/PID/pagemap) to know what was written to, and only
//              clear_refs, which is not modelled, takes it away.
//
// v4.14's unuse_pte() really loses it, so v4.14 is held to it only where a scenario asks
// (world_parameters::keeps_soft_dirty).
#include "model/invariants/internal.hpp"
#include "model/world/kernel.hpp"

namespace model::invariants {

static bool soft_dirty(pte_t pte) {
  return pte_present(pte) ? pte_soft_dirty(pte) : pte_swp_soft_dirty(pte);
}

void bits_change(const pte_change& change) {
  if (!world.parameters.keeps_soft_dirty && !kernel->swap_map_in_bytes) return;
  const pte_t before = change.before;
  const pte_t after = change.after;
  if (pte_none(before) || pte_none(after) || is_error_entry(after)) return;
  if (!soft_dirty(before) || soft_dirty(after)) return;
  checker_violation("pte-bits", "%s pte[%u] was soft-dirty, and the %s that takes its place is not",
                    mm_name(change.mm), change.vpn,
                    pte_present(change.after) ? "page" : "swap entry");
}

}  // namespace model::invariants
