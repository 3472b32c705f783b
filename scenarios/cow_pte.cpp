// SPDX-License-Identifier: GPL-2.0-only
// Page tables that parent and child share after fork: what reviewers of the proposed series asked,
// each question a scenario (docs/cow-pte).
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

/// All pages present and private; mm 1, and with `sharers` 3 mm 2, share them.
void populate_shared(plan& what, unsigned sharers = 2) {
  const model::world_parameters world = what.world;
  what.populate = [world, sharers] {
    for (unsigned vpn = 0; vpn < world.pages; ++vpn) {
      const bool in_gap = world.gap != 0 && vpn % (world.pages / world.vmas) + world.gap >=
                                                world.pages / world.vmas &&
                          vpn < world.pages - world.pages / world.vmas;
      if (!in_gap) model::setup_page(vpn, initial_value(vpn));
    }
    for (unsigned mm = 1; mm < sharers; ++mm) model::setup_fork(0, mm);
  };
}

plan shared_plan(const checker::parameter_values& set, unsigned mms = 2) {
  plan result = plan_from(set);
  result.world.mms = mms;
  if (set.contains("pmd_cache")) result.world.pmd_cache = set.at("pmd_cache") != 0;
  if (set.contains("debug_vm")) result.world.debug_vm = set.at("debug_vm") != 0;
  return result;
}

/// Break in the parent against break in the child.
plan break_vs_break(const checker::parameter_values& set) {
  plan result = shared_plan(set);
  add_thread(result, "parent", 0, {write(0, 110), read(1)});
  add_thread(result, "child", 1, {write(0, 210), read(1)});
  populate_shared(result);
  return result;
}

/// One break that nothing disturbs; then the other user has the table for itself.
plan break_alone(const checker::parameter_values& set) {
  plan result = shared_plan(set);
  const bool child = set.at("child") != 0;
  const unsigned mm = child ? 1 : 0;
  add_thread(result, child ? "child" : "parent", mm, {write(0, 110 + 100 * mm), read(1)});
  populate_shared(result);
  return result;
}

const checker::registry::registration cow_pte_scenarios{[] {
  const std::vector<std::string> kernels = {"cow-pte-rfc-v2"};
  checker::scenario value;
  value.kernels = kernels;
  value.parameters = common_parameters();
  value.name = "cow-break-alone";
  value.summary = "one mm breaks a shared page table, and nothing disturbs it";
  value.parameters.push_back({"child", "1: the child writes, 0: the parent", 0, 0, 1});
  value.parameters.push_back(
      {"debug_vm", "1: assertions of CONFIG_DEBUG_VM are compiled in", 0, 0, 1});
  register_scenario(value, break_alone);

  value.parameters = common_parameters();
  value.name = "cow-break-vs-break";
  value.finds = {{"cow-pte-rfc-v2", {"table-leak"}}};
  value.summary = "parent and child break the page table they share";
  register_scenario(value, break_vs_break);
}};

}  // namespace
}  // namespace scenarios
