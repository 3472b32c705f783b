// SPDX-License-Identifier: GPL-2.0-only
// fork in which allocations fail: the child must be torn down without a trace.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

constexpr unsigned bit(model::alloc_site site) { return 1U << static_cast<unsigned>(site); }

/// One page present, the last in swap with its count at SWAP_MAP_MAX; any allocation of fork may
/// fail.
plan fork_alloc_failure(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  result.world.swap_map_max = 1;
  result.world.failing_sites =
      bit(model::alloc_site::mm) | bit(model::alloc_site::vma) | bit(model::alloc_site::anon_vma) |
      bit(model::alloc_site::pte_table) | bit(model::alloc_site::continuation) |
      bit(model::alloc_site::continuation_atomic);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(0, 110)});
  const unsigned pages = result.world.pages;
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn + 1 < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_swapped_page(pages - 1, initial_value(pages - 1), 1, false);
    model::setup_tlb(1, 0);
  };
  return result;
}

const checker::registry::registration registered{[] {
  checker::scenario value;
  value.name = "fork-alloc-failure";
  value.summary = "fork in which each allocation may fail, while another thread writes";
  value.parameters = common_parameters();
  value.expected_violations = {
      {"fork-unlock-missing-on-error", {"deadlock", "lock-held-at-exit"}},
  };
  register_scenario(value, fork_alloc_failure);
}};

}  // namespace
}  // namespace scenarios
