// SPDX-License-Identifier: GPL-2.0-only
// fork of a process with swap entries, against swapoff and reclaim.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

/// The last page is in swap slot 1, the others are present; `cached`: its page is still in the swap
/// cache.
void populate_swapped(unsigned pages, bool cached) {
  for (unsigned vpn = 0; vpn + 1 < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
  model::setup_swapped_page(pages - 1, initial_value(pages - 1), 1, cached);
}

plan fork_swapped_plan(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  const unsigned pages = result.world.pages;
  const bool cached = set.at("cached") != 0;
  result.populate = [=] { populate_swapped(pages, cached); };
  return result;
}

plan fork_vs_swapoff(const checker::parameter_values& set) {
  plan result = fork_swapped_plan(set);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

plan fork_vs_write_fault_vs_swapoff(const checker::parameter_values& set) {
  plan result = fork_swapped_plan(set);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(result.world.pages - 1, 110)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

plan fork_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  add_thread(result, "parent/0", 0, {fork(0, 1), write(0, 110)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  if (set.at("writer") != 0) add_thread(result, "parent/1", 0, {write(0, 120)});
  const unsigned pages = result.world.pages;
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_tlb(0, vpn);
  };
  return result;
}

/// SWAP_MAP_MAX is 1, so that the child's reference on the slot needs a continuation.
plan fork_swap_continuation(const checker::parameter_values& set) {
  plan result = fork_swapped_plan(set);
  result.world.swap_map_max = static_cast<unsigned>(set.at("swap_map_max"));
  result.world.failing_sites = 1U << static_cast<unsigned>(model::alloc_site::continuation_atomic);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  if (set.at("writer") != 0) {
    add_thread(result, "parent/1", 0, {write(result.world.pages - 1, 110)});
  }
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

const checker::registry::registration fork_swap_scenarios{[] {
  checker::scenario value =
      swapped_scenario("fork-vs-swapoff", "fork copies a swap entry during swapoff");
  value.expected_violations = {
      {"fork-child-not-on-mmlist", {"mmlist"}},
      {"fork-mmlist-before-swap-duplicate", {"mmlist"}},
      {"fork-mmlist-before-parent", {"mmlist"}},
      {"swapoff-skips-busy-mm", {"swap-pte-after-swapoff"}},
  };
  register_scenario(value, fork_vs_swapoff);

  value = large_swapped_scenario("fork-vs-write-fault-vs-swapoff",
                                 "fork, swapoff and a write to a page in swap at the same time");
  register_scenario(value, fork_vs_write_fault_vs_swapoff);

  value = swapped_scenario("fork-vs-reclaim", "fork while reclaim swaps a page out");
  value.parameters = common_parameters();
  value.parameters.push_back({"writer", "1: another thread of the parent writes to it", 0, 0, 1});
  value.expected_violations = {{"fork-without-src-ptl", {"pte-store-without-ptl"}}};
  register_scenario(value, fork_vs_reclaim);

  value = swapped_scenario("fork-swap-continuation",
                           "fork that must add a swap count continuation, and swapoff");
  value.parameters.push_back({"swap_map_max", "SWAP_MAP_MAX (kernel: 62)", 1, 1, 62});
  value.parameters.push_back({"writer", "1: another thread writes to the page", 0, 0, 1});
  value.expected_violations = {{"fork-continuation-under-ptls", {"sleep-in-atomic"}}};
  register_scenario(value, fork_swap_continuation);
}};

}  // namespace
}  // namespace scenarios
