// SPDX-License-Identifier: GPL-2.0-only
// The end of an address space, against faults in another that shares its pages.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

plan child_exit_vs_parent_fault(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "child", 1, {read(0), exit(1)});
  std::vector<operation> writes;
  for (unsigned vpn = 0; vpn < result.world.pages; ++vpn) writes.push_back(write(vpn, 110 + vpn));
  add_thread(result, "parent", 0, std::move(writes));
  const unsigned pages = result.world.pages;
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_fork(0, 1);
  };
  return result;
}

/// Of a kernel that gives way ahead of an entry (v4.14 does not), unmapping may do so again and
/// again; twice is enough. The other thread works on the last page: the address of the first of its
/// table is flushed in any case, when the table is freed.
plan munmap_vs_write(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.mms = 1;
  result.world.need_resched = true;
  result.world.max_breaks = 2;
  const unsigned pages = result.world.pages;
  add_thread(result, "parent/0", 0, {munmap(0)});
  add_thread(result, "parent/1", 0, {write(pages - 1, 110), read(pages - 1)});
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
  };
  return result;
}

/// Reclaim has cleared the entry and put the flush off: munmap finds it empty. It is not the first
/// of its table, whose address is flushed in any case when the table is freed.
plan munmap_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  result.world.mms = 1;
  const unsigned pages = result.world.pages;
  add_thread(result, "parent/0", 0, {munmap(0)});
  add_thread(result, "kswapd", -1, {reclaim(pages - 1)});
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_tlb(0, pages - 1);
  };
  return result;
}

const checker::registry::registration exit_scenarios{[] {
  checker::scenario value;
  value.name = "child-exit-vs-parent-fault";
  value.summary = "a child exits while its parent writes to the pages they share";
  value.parameters = common_parameters();
  value.expected_violations = {
      {"exit-keeps-nr-ptes", {"pgtables-bytes"}},
  };
  register_scenario(value, child_exit_vs_parent_fault);

  value.name = "munmap-vs-write";
  value.summary = "memory is unmapped while another thread writes to it";
  value.expected_violations = {{"munmap-frees-before-flush", {"stale-tlb"}}};
  register_scenario(value, munmap_vs_write);

  value.name = "munmap-vs-reclaim";
  value.summary = "memory is unmapped while reclaim swaps a page of it out";
  value.expected_violations = {{"zap-without-batched-flush", {"stale-tlb"}}};
  register_scenario(value, munmap_vs_reclaim);
}};

}  // namespace
}  // namespace scenarios
