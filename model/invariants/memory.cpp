// SPDX-License-Identifier: GPL-2.0-only
// What user space sees. Holds at every load of user space, and at the end: a page holds what was
// last written to it in its own mm, where a child starts with what its parent had at the moment of
// fork (fork.cpp).
//
//   isolation   the page holds a value that another mm wrote after the two had parted
//   lost-write  the page holds an older value of its own
//
// Values are unique in a scenario: 100 * (1 + index of the mm that writes it) and up.
#include "model/invariants/internal.hpp"

namespace model {

namespace ghost {

void user_read(unsigned mm, unsigned vpn, u64 value) {
  invariants::check_user_value(mm, vpn, value, "reads");
}

void discarded(const mm_struct* mm, unsigned vpn) {
  checker_ghost_begin();
  world.mm_ghosts[mm_index(mm)].expected[vpn] = 0;
  checker_ghost_end();
}

void user_wrote(unsigned mm, unsigned vpn, u64 value) {
  checker_ghost_begin();
  world.mm_ghosts[mm].expected[vpn] = value;
  checker_ghost_end();
}

}  // namespace ghost

namespace invariants {

void check_user_value(unsigned mm, unsigned vpn, u64 value, const char* how) {
  checker_ghost_begin();
  const u64 expected = world.mm_ghosts[mm].expected[vpn];
  checker_ghost_end();
  if (value == expected) return;
  const bool foreign = value >= 100 && value / 100 - 1 != mm && value > expected;
  checker_violation(foreign ? "isolation" : "lost-write",
                    "%s %s %lu at page %u, where it must find %lu", mm_name(mm), how, value, vpn,
                    expected);
}

bool user_content(unsigned mm, unsigned vpn, u64* content) {
  *content = 0;
  const pte_t* ptep = find_pte(mm, vpn);
  if (ptep == nullptr || pte_none(*ptep)) return false;
  const pte_t pte = *ptep;
  if (pte_present(pte)) {
    *content = world.frames[pte_pfn(pte)].content;
    return true;
  }
  const swap_slot& slot = world.slots[swp_offset(pte_to_swp_entry(pte))];
  if (is_error_entry(pte) || (slot.cached != nullptr && slot.cached->PG_uptodate == 0)) {
    *content = world.mm_ghosts[mm].expected[vpn];  // lost, but all that anybody gets is SIGBUS
    return true;
  }
  *content = slot.cached != nullptr ? slot.cached->content : slot.content;
  return true;
}

}  // namespace invariants
}  // namespace model
