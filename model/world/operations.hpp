// SPDX-License-Identifier: GPL-2.0-only
// What a thread can be told to do: the operations scenarios are made of. `mm` and `vpn` are
// indices; a thread that touches user memory must run on a CPU of that mm
// (world_parameters::cpu_mm).
#pragma once

namespace model::operations {

// User space stores `value`, unique in the scenario, to page `vpn`. Faults are handled on the way.
void write(unsigned vpn, unsigned value);
// User space loads from page `vpn`; what it must see is an invariant.
void read(unsigned vpn);
// mm `parent` forks; the child is mm `child`.
void fork(unsigned parent, unsigned child);
// Waits until fork() of mm `child` has returned: nothing of a child runs before.
void wait_for_fork(unsigned child);
void swapoff();
// Reclaim takes the page that setup put at page `vpn` of mm 0.
void reclaim(unsigned vpn);
// The page that mm 0 maps at page `vpn` by now, if any.
void reclaim_mapped(unsigned vpn);
// All of the mm's memory.
void munmap(unsigned mm);
void exit(unsigned mm);
// Waits until at most one mm is counted for the first table of mm 0 that setup made.
void wait_for_break();
// MADV_DONTNEED of page `vpn`. No other thread of the mm may touch the page meanwhile.
void dontneed(unsigned mm, unsigned vpn);
// Reclaim asks whether the page that setup put at page `vpn` of mm 0 was accessed lately.
void referenced(unsigned vpn);
// Its threads were killed, and may still run. REQUIRES: world_parameters::oom_reaps.
void oom_reap(unsigned mm);
// Nests the PTLs of mm `child` and mm `parent` for page 0 in fork's order, as any path that
// compares or moves entries between two tables does, and compares the entries.
void compare_tables(unsigned child, unsigned parent);

}  // namespace model::operations
