// SPDX-License-Identifier: GPL-2.0-only
// Reclaim against write faults on write-protected pages, and against swapoff.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

void populate(unsigned pages, bool shared) {
  for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
  if (shared) {
    model::setup_fork(0, 1);
  } else {
    model::setup_write_protected(0);
  }
}

/// The page is write-protected: a child shares it, or is gone. The write fault may find reclaim
/// with the page lock, and the entry changed once it has that lock itself. With a child, the second
/// swap_duplicate() of try_to_unmap() needs a count continuation (SWAP_MAP_MAX is 1) and may get
/// none: the entry must be as it was.
plan write_fault_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  result.world.swap_map_max = 1;
  const bool shared = set.at("shared") != 0;
  if (shared) {
    result.world.failing_sites = 1U
                                 << static_cast<unsigned>(model::alloc_site::continuation_atomic);
  }
  result.world.mms = shared ? 2 : 1;
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  const unsigned pages = result.world.pages;
  result.populate = [=] {
    populate(pages, shared);
    model::setup_tlb(0, 0);
  };
  return result;
}

/// Reclaim asks for a slot while swapoff empties the device.
plan swapoff_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  const bool shared = set.at("shared") != 0;
  result.world.mms = shared ? 2 : 1;
  add_thread(result, "kswapd", -1, {reclaim(0)});
  add_thread(result, "swapoff", -1, {swapoff()});
  const unsigned pages = result.world.pages;
  result.populate = [=] { populate(pages, shared); };
  return result;
}

checker::scenario named(const char* name, const char* summary, bool shared) {
  checker::scenario value;
  value.name = name;
  value.summary = summary;
  value.parameters = common_parameters();
  value.parameters.push_back({"shared", "1: a child shares the page", shared ? 1 : 0, 0, 1});
  return value;
}

const checker::registry::registration reclaim_scenarios{[] {
  checker::scenario value =
      named("write-fault-vs-reclaim", "a write-protected page is written to while reclaim takes it",
            false);
  value.expected_violations = {{"cow-without-recheck-after-lock", {"rss"}}};
  register_scenario(value, write_fault_vs_reclaim);

  value = named("shared-write-fault-vs-reclaim",
                "as write-fault-vs-reclaim, with a child, and no memory for a continuation", true);
  value.expected_violations = {{"reclaim-without-restore", {"rss"}}};
  register_scenario(value, write_fault_vs_reclaim);

  value = named("swapoff-vs-reclaim", "reclaim swaps a page out during swapoff", true);
  value.expected_violations = {{"swapoff-keeps-writeok", {"swap-pte-after-swapoff"}}};
  register_scenario(value, swapoff_vs_reclaim);
}};

}  // namespace
}  // namespace scenarios
