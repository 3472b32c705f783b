// SPDX-License-Identifier: GPL-2.0-only
// The end of memory that is in swap, against swapoff.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

plan child_exit_vs_swapoff(const checker::parameter_values& set) {
  plan result = swapped_plan(set, true);
  add_thread(result, "child", 1, {exit(1)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

plan munmap_vs_swapoff(const checker::parameter_values& set) {
  plan result = swapped_plan(set, false);
  result.world.mms = 1;
  add_thread(result, "parent", 0, {munmap(0)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

/// With an entry a table, the swap entry is copied before the allocation of the next table fails.
plan failed_fork_vs_swapoff(const checker::parameter_values& set) {
  plan result = swapped_plan(set, false);
  result.world.failing_sites = 1U << static_cast<unsigned>(model::alloc_site::pte_table);
  add_thread(result, "parent", 0, {fork(0, 1)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

const checker::registry::registration exit_swap_scenarios{[] {
  checker::scenario value = swapped_scenario("child-exit-vs-swapoff",
                                             "a child exits, with a page in swap, during swapoff");
  value.expected_violations = {
      {"exit-leaves-mmlist-first", {"mmlist"}},
      {"swapoff-revives-mm", {"pgtables-bytes"}},
      {"swapoff-stops-early", {"swap-pte-after-swapoff"}},
      {"swapoff-compares-soft-dirty", {"livelock"}},
  };
  register_scenario(value, child_exit_vs_swapoff);

  value = swapped_scenario("munmap-vs-swapoff", "memory in swap is unmapped during swapoff");
  value.expected_violations = {{"unuse-mm-without-mmap-sem", {"crash"}}};
  register_scenario(value, munmap_vs_swapoff);

  value = swapped_scenario(
      "failed-fork-vs-swapoff",
      "fork copies a swap entry, and is undone for want of memory, during swapoff");
  for (checker::parameter& each : value.parameters) {
    if (each.name == "ptes_per_table") each.default_value = 1;
  }
  value.expected_violations = {
      {"exit-leaves-mmlist-first", {"mmlist"}},
      {"swapoff-stops-early", {"swap-pte-after-swapoff"}},
  };
  register_scenario(value, failed_fork_vs_swapoff);
}};

}  // namespace
}  // namespace scenarios
