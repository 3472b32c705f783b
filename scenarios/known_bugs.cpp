// SPDX-License-Identifier: GPL-2.0-only
// Bugs that v4.14 really has (model/README.md): not in its default suite, but in that of kernels
// which are imported.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

/// Reclaim has put a flush off before. munmap does it, under the lock of the first table, while
/// reclaim puts another off for an entry of the second; and then takes note that none is put off
/// any more.
plan munmap_vs_reclaim_elsewhere(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.slots = 1;
  result.world.mms = 1;
  const unsigned pages = result.world.pages;
  const unsigned last = pages - 1;
  add_thread(result, "parent/0", 0, {munmap(0)});
  add_thread(result, "parent/1", 0, {read(last)});
  add_thread(result, "kswapd", -1, {reclaim(last)});
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_flush_put_off();
  };
  return result;
}

/// munmap has dropped the page's mapcount and not flushed yet: the child takes the page for its
/// own, while another thread of the parent reads it through its TLB.
plan munmap_vs_child_write(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "parent/0", 0, {munmap(0)});
  add_thread(result, "parent/1", 0, {read(0), read(0)});
  add_thread(result, "child", 1, {write(0, 210)});
  const unsigned pages = result.world.pages;
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_fork(0, 1);
  };
  return result;
}

/// The process drops the last share in the slot; swapoff passes its mm by, which has no users,
/// takes the page out of the swap cache and is done. Then the process looks whether the page can
/// go.
plan exit_vs_swapoff(const checker::parameter_values& set) {
  plan result = swapped_plan(set, false);
  result.world.mms = 1;
  result.world.free_swap_map = true;
  add_thread(result, "parent", 0, {exit(0)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

/// The page has been written to since somebody last asked, so its entry is soft-dirty.
plan soft_dirty_vs_swapoff(const checker::parameter_values& set) {
  plan result = swapped_plan(set, false);
  result.world.mms = 1;
  result.world.keeps_soft_dirty = true;
  add_thread(result, "parent", 0, {read(0)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

/// Each read from the device may fail: what is in the page then is no business of user space.
plan read_error_vs_swapoff(const checker::parameter_values& set) {
  plan result = swapped_plan(set, false);
  result.world.mms = 1;
  result.world.failing_sites = 1U << static_cast<unsigned>(model::alloc_site::swap_read);
  add_thread(result, "parent", 0, {read(0)});
  add_thread(result, "swapoff", -1, {swapoff()});
  return result;
}

const checker::registry::registration known_bugs_scenarios{[] {
  checker::scenario value;
  value.fails_on = {"v4.14"};
  value.name = "munmap-vs-reclaim-elsewhere";
  value.summary =
      "v4.14 fails: munmap of two page tables, while reclaim puts a TLB flush off for the second";
  value.parameters = common_parameters(4);
  for (checker::parameter& each : value.parameters) {
    if (each.name == "ptes_per_table") each.default_value = 2;
  }
  register_scenario(value, munmap_vs_reclaim_elsewhere);

  value.name = "munmap-vs-child-write";
  value.summary = "v4.14 fails: munmap of a page that a child shares and writes to";
  value.parameters = common_parameters();
  register_scenario(value, munmap_vs_child_write);

  value =
      swapped_scenario("exit-vs-swapoff",
                       "v4.14 fails: a process with a page in swap exits; swapoff frees swap_map");
  value.fails_on = {"v4.14"};
  value.parameters.back().default_value = 1;
  register_scenario(value, exit_vs_swapoff);

  value = swapped_scenario("soft-dirty-vs-swapoff",
                           "v4.14 fails: swapoff brings a page back whose entry is soft-dirty");
  value.fails_on = {"v4.14"};
  register_scenario(value, soft_dirty_vs_swapoff);

  value = swapped_scenario("read-error-vs-swapoff",
                           "v4.14 fails: swapoff brings a page back that cannot be read");
  value.fails_on = {"v4.14"};
  register_scenario(value, read_error_vs_swapoff);
}};

}  // namespace
}  // namespace scenarios
