// SPDX-License-Identifier: GPL-2.0-only
// User space on a CPU: loads and stores through the TLB, filled by the hardware walker.
//
// One access is up to two steps. The first looks the page up in the TLB and, if the entry allows
// the access, does it. Otherwise it walks the page table, sets the accessed (and for a store the
// dirty) bit and fills the TLB, all as one step, as hardware does. The second step is the access
// through that entry; a flush may have come between, and then the lookup starts again. So an entry
// in memory can change between the walk and the access, while a flush waits until no access of its
// CPU is under way.
//
// With world_parameters::pmd_cache a CPU keeps the PMD entries it has walked through as well, as
// x86's paging-structure caches do, and later walks go on from there until a flush or a fault drops
// them.
//
// A store through an entry that is writable but not dirty walks again, as x86 does. An entry that
// does not allow the access is dropped and the table walked again before a fault is raised.
#pragma once

#include "model/kapi/types.hpp"

namespace model {

// False if the fault it raised could not be resolved. REQUIRES: the calling thread's CPU runs an
// mm.
bool user_store(unsigned vpn, u64 value);
bool user_load(unsigned vpn);

}  // namespace model
