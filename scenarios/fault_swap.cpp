// SPDX-License-Identifier: GPL-2.0-only
// Faults on pages in swap, against swapoff.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

/// swapped_plan() where swapoff goes on to free swap_map, if that is asked for.
plan fault_plan(const checker::parameter_values& set, bool shared) {
  plan result = swapped_plan(set, shared);
  result.world.free_swap_map = set.at("free_swap_map") != 0;
  return result;
}

plan write_fault_vs_swapoff(const checker::parameter_values& set) {
  plan result = fault_plan(set, true);
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

/// Nobody shares the page, so the write takes it out of the swap cache and keeps it.
plan swap_in_vs_swapoff(const checker::parameter_values& set) {
  plan result = fault_plan(set, false);
  result.world.mms = 1;
  result.world.synchronous_io = set.at("ram_disk") != 0;
  add_thread(result, "parent/0", 0, {write(0, 110)});
  if (set.at("faulters") > 1) add_thread(result, "parent/1", 0, {read(0)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

plan two_swap_ins(const checker::parameter_values& set) {
  plan result = fault_plan(set, false);
  result.world.mms = 1;
  add_thread(result, "parent/0", 0, {write(0, 110)});
  add_thread(result, "parent/1", 0, {read(0)});
  return result;
}

/// The device is a RAM disk, whose faults go around the swap cache since v4.15: one of them may
/// have read the slot when the other's page has been written to and, by direct reclaim, is in the
/// same slot again.
plan two_swap_ins_vs_reclaim(const checker::parameter_values& set) {
  plan result = swapped_plan(set, false);
  result.world.mms = 1;
  result.world.synchronous_io = true;
  add_thread(result, "parent/0", 0, {read(0)});
  add_thread(result, "parent/1", 0, {write(0, 120), reclaim_mapped(0)});
  return result;
}

/// The page is in a TLB, writable, while reclaim takes its entry away, writes it out and frees it.
plan write_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  result.world.mms = 1;
  add_thread(result, "parent", 0, {write(0, 110), read(0)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  const unsigned pages = result.world.pages;
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_tlb(0, 0);
  };
  return result;
}

/// Nothing is mapped yet: there is no page table, and the area has no anon_vma.
plan two_anonymous_faults(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.mms = 1;
  add_thread(result, "parent/0", 0, {read(0), write(0, 110)});
  add_thread(result, "parent/1", 0, {write(0, 120), write(result.world.pages - 1, 121)});
  result.populate = [] { model::setup_without_anon_vma(0); };
  return result;
}

checker::scenario with_free_swap_map(checker::scenario value) {
  value.parameters.push_back(
      {"free_swap_map", "1: swapoff frees swap_map, which v4.14 does not keep late faults from", 0,
       0, 1});
  return value;
}

checker::scenario fault_scenario(const char* name, const char* summary) {
  return with_free_swap_map(swapped_scenario(name, summary));
}

const checker::registry::registration fault_swap_scenarios{[] {
  checker::scenario value = with_free_swap_map(large_swapped_scenario(
      "write-fault-vs-swapoff", "write to a page in swap, shared with a child, during swapoff"));
  value.expected_violations = {{"reuse-ignores-swap-count", {"writable-in-two-mms", "isolation"}}};
  register_scenario(value, write_fault_vs_swapoff);

  value = fault_scenario("swap-in-vs-swapoff", "fault on a page in swap during swapoff");
  value.parameters.push_back({"faulters", "threads that fault on the page", 1, 1, 2});
  value.parameters.push_back(
      {"ram_disk", "1: faults go around the swap cache, in kernels that have that", 0, 0, 1});
  value.expected_violations = {
      {"unuse-pte-without-recheck", {"rss", "swap-map", "mapcount"}},
  };
  register_scenario(value, swap_in_vs_swapoff);

  value = fault_scenario("two-swap-ins", "two threads fault on one page in swap");
  value.expected_violations = {
      {"swap-in-without-pte-same", {"rss", "swap-map", "mapcount"}},
  };
  register_scenario(value, two_swap_ins);

  value = swapped_scenario("two-swap-ins-vs-reclaim",
                           "two faults on a page in a RAM disk's swap, and reclaim of it");
  // v4.14 always goes by the swap cache.
  value.parameters.back().default_value = 1;
  value.parameters.back().default_of_imported = 0;
  register_scenario(value, two_swap_ins_vs_reclaim);

  value = fault_scenario("write-vs-reclaim", "a page is written to while reclaim swaps it out");
  value.parameters = common_parameters();
  value.expected_violations = {{"reclaim-writes-before-flush", {"lost-write"}}};
  register_scenario(value, write_vs_reclaim);

  value = fault_scenario("two-anonymous-faults", "two threads touch memory that is not there yet");
  value.parameters = common_parameters();
  value.expected_violations = {
      {"anon-fault-without-recheck", {"mapcount", "rss"}},
      {"pte-alloc-without-recheck", {"pgtables-bytes", "lost-write", "rss", "mapcount"}},
  };
  register_scenario(value, two_anonymous_faults);
}};

}  // namespace
}  // namespace scenarios
