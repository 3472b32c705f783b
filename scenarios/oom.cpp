// SPDX-License-Identifier: GPL-2.0-only
// The OOM reaper, which takes pages away under threads that were killed and still run.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

/// The page is write-protected, as a child that is gone has left it, and nobody else has it: the
/// write keeps it. The reaper may free it as soon as the write has dropped the page-table lock, and
/// what was written must not be found to be nothing.
plan faults_vs_oom_reap(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.mms = 1;
  result.world.oom_reaps = true;
  add_thread(result, "parent", 0, {write(0, 110), read(0)});
  add_thread(result, "oom_reaper", -1, {oom_reap(0)});
  const unsigned pages = result.world.pages;
  result.populate = [pages] {
    for (unsigned vpn = 0; vpn < pages; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_write_protected(0);
  };
  return result;
}

const checker::registry::registration oom_scenarios{[] {
  checker::scenario value;
  value.name = "faults-vs-oom-reap";
  value.summary = "a page is written to and read while the OOM reaper takes it";
  value.parameters = common_parameters();
  register_scenario(value, faults_vs_oom_reap);
}};

}  // namespace
}  // namespace scenarios
