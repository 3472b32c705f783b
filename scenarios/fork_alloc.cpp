// SPDX-License-Identifier: GPL-2.0-only
// fork in which allocations fail: the child must be torn down without a trace.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

constexpr unsigned bit(model::alloc_site site) { return 1U << static_cast<unsigned>(site); }

/// One page present, the last in swap with its count at SWAP_MAP_MAX (or present, too); any
/// allocation of fork may fail.
plan fork_alloc_failure(const checker::parameter_values& set) {
  plan result = plan_from(set);
  const bool swap = set.at("swap") != 0;
  result.world.failing_sites = bit(model::alloc_site::mm) | bit(model::alloc_site::vma) |
                               bit(model::alloc_site::anon_vma) | bit(model::alloc_site::pte_table);
  if (swap) {
    result.world.slots = 1;
    result.world.swap_map_max = 1;
    result.world.failing_sites |=
        bit(model::alloc_site::continuation) | bit(model::alloc_site::continuation_atomic);
  }
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(0, 110)});
  const unsigned present = result.world.pages - (swap ? 1 : 0);
  result.populate = [present, swap] {
    for (unsigned vpn = 0; vpn < present; ++vpn) model::setup_page(vpn, initial_value(vpn));
    if (swap) model::setup_swapped_page(present, initial_value(present), 1, false);
    model::setup_tlb(1, 0);
  };
  return result;
}

/// The first page present, the last one missing, with a table of its own: whatever fork and the
/// faults of another thread allocate may fail.
plan fork_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.failing_sites =
      bit(model::alloc_site::mm) | bit(model::alloc_site::vma) | bit(model::alloc_site::anon_vma) |
      bit(model::alloc_site::pte_table) | bit(model::alloc_site::fault_page);
  const unsigned last = result.world.pages - 1;
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(0, 110), write(last, 111)});
  result.populate = [last] {
    for (unsigned vpn = 0; vpn < last; ++vpn) model::setup_page(vpn, initial_value(vpn));
  };
  return result;
}

const checker::registry::registration fork_alloc_scenarios{[] {
  checker::scenario value;
  value.name = "fork-alloc-failure";
  value.summary = "fork in which each allocation may fail, while another thread writes";
  value.parameters = common_parameters();
  value.parameters.push_back({"swap", "1: the last page is in swap", 1, 0, 1});
  value.expected_violations = {
      {"fork-unlock-missing-on-error", {"deadlock", "lock-held-at-exit"}},
  };
  register_scenario(value, fork_alloc_failure);

  value = {};
  value.name = "fork-out-of-memory";
  value.summary = "fork and another thread's faults, each allocation of which may fail";
  value.parameters = common_parameters();
  for (checker::parameter& each : value.parameters) {
    if (each.name == "ptes_per_table") each.default_value = 1;
  }
  register_scenario(value, fork_out_of_memory);
}};

}  // namespace
}  // namespace scenarios
