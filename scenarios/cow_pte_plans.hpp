// SPDX-License-Identifier: GPL-2.0-only
// Who does what in the scenarios of page tables that parent and child share. Unless said otherwise
// the parent, mm 0, has forked the child, mm 1, and they share the table of all their pages. These
// are present and private, but for page 0, which is in swap where there is a slot, unless reclaim
// is to put it there.
#pragma once

#include "scenarios/world_program.hpp"

namespace scenarios::cow_pte {

plan fork_alone(const checker::parameter_values& set);
plan break_alone(const checker::parameter_values& set);
plan break_vs_break(const checker::parameter_values& set);
plan two_breaks_of_one_mm(const checker::parameter_values& set);
plan owner_exits_first(const checker::parameter_values& set);
plan sharer_exits_first(const checker::parameter_values& set);
/// One after the other: the mm that breaks is not the last user when it goes.
plan write_then_exit(const checker::parameter_values& set);
plan exit_alone(const checker::parameter_values& set);
plan break_vs_fork(const checker::parameter_values& set);
plan fork_of_fork(const checker::parameter_values& set);
/// The owner leaves the table while a sharer forks, and another thread of that writes.
plan owner_change_vs_fork(const checker::parameter_values& set);
/// Three mms share; the owner goes, and a sharer that nobody is charged for yet forks.
plan owner_exit_vs_fork(const checker::parameter_values& set);
plan break_vs_dontneed(const checker::parameter_values& set);
plan dontneed_alone(const checker::parameter_values& set);
plan areas_alone(const checker::parameter_values& set);
plan areas_fork(const checker::parameter_values& set);
plan break_vs_swapoff(const checker::parameter_values& set);
plan exit_vs_swapoff(const checker::parameter_values& set);
plan break_vs_reclaim(const checker::parameter_values& set);
/// What of fork and exit reclaim can see: it holds no mmap_sem.
plan fork_vs_reclaim(const checker::parameter_values& set);
plan exit_vs_reclaim(const checker::parameter_values& set);
plan reclaim_out_of_memory(const checker::parameter_values& set);
plan swap_in_vs_swap_in(const checker::parameter_values& set);
plan break_vs_page_referenced(const checker::parameter_values& set);
/// The walk by rmap has found the table when its mm, or its last user, lets go of it.
plan page_referenced_vs_exit(const checker::parameter_values& set);
plan break_out_of_memory(const checker::parameter_values& set);
plan swap_in_out_of_memory(const checker::parameter_values& set);
/// SWAP_MAP_MAX is 1: one more user of the slot takes a continuation, which there may be no memory
/// for.
plan fork_out_of_memory(const checker::parameter_values& set);
plan areas_fork_out_of_memory(const checker::parameter_values& set);
plan areas_exit_out_of_memory(const checker::parameter_values& set);
plan fork_vs_swapoff(const checker::parameter_values& set);
plan wipe_on_fork(const checker::parameter_values& set);
/// The last page was never touched.
plan read_hole(const checker::parameter_values& set);
plan reap_vs_write(const checker::parameter_values& set);
plan reap_vs_dontneed(const checker::parameter_values& set);
/// A CPU of the parent still walks by what it has of the old table, while the child, its last user,
/// writes.
plan break_vs_walk(const checker::parameter_values& set);
/// The same where all others wait for the break, so that nothing else disturbs it, and the child
/// exits.
plan walk_after_break(const checker::parameter_values& set);
plan reclaim_alone(const checker::parameter_values& set);
/// As break_vs_walk(), but the parent unmaps the table.
plan munmap_vs_walk(const checker::parameter_values& set);

}  // namespace scenarios::cow_pte
