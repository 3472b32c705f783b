// SPDX-License-Identifier: GPL-2.0-only
// What all kernel scenarios share: a program made of a world, operations on it, and the invariants.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "checker/run/registry.hpp"
#include "checker/run/scenario.hpp"
#include "model/world/world.hpp"

namespace scenarios {

/// A scenario's world and threads with all parameters filled in.
struct plan {
  model::world_parameters world;
  std::function<void()> populate;  ///< calls model::setup_*; the world is built before
  std::vector<checker::thread_spec> threads;
};

/// Thread `cpu` of the plan, running mm `mm` (-1: none, a kernel thread).
void add_thread(plan& target, const std::string& name, int mm,
                std::vector<checker::operation> operations);

// Operations; see model/world/operations.hpp.
checker::operation write(unsigned vpn, unsigned value);
checker::operation read(unsigned vpn);
checker::operation fork(unsigned parent, unsigned child);
checker::operation wait_for_fork(unsigned child);
checker::operation swapoff();
checker::operation reclaim(unsigned vpn);
checker::operation munmap(unsigned mm);
checker::operation exit(unsigned mm);
checker::operation compare_tables(unsigned child, unsigned parent);

std::unique_ptr<checker::program> make_program(plan what, const std::string& kernel,
                                               const std::string& patch);

/// The value user space finds at page `vpn` of mm 0 at the start.
inline unsigned initial_value(unsigned vpn) { return 100 + vpn; }

/// "pages" and "ptes_per_table", in every scenario; `pages` by default.
std::vector<checker::parameter> common_parameters(std::int64_t pages = 2);
/// A world with these two parameters set.
plan plan_from(const checker::parameter_values& set);

using plan_maker = plan (*)(const checker::parameter_values& set);
/// Completes a scenario for v4.14 and registers it.
void register_scenario(checker::scenario value, plan_maker make);

}  // namespace scenarios
