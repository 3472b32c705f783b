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

/// What an imported kernel may lack. A bit each.
enum need : unsigned {
  needs_fork = 1,
  needs_faults = 2,
  needs_unmap = 4,
  needs_swapoff = 8,
  needs_reclaim = 16,
  needs_built_in = 32  ///< what only built-in kernels have
};

/// An operation, and what it needs of the kernel.
struct operation : checker::operation {
  unsigned needs = 0;
};

/// A scenario's world and threads with all parameters filled in.
struct plan {
  model::world_parameters world;
  unsigned needs = 0;              ///< of all operations
  std::function<void()> populate;  ///< calls model::setup_*; the world is built before
  std::vector<checker::thread_spec> threads;
};

/// Thread `cpu` of the plan, running mm `mm` (-1: none, a kernel thread).
void add_thread(plan& target, const std::string& name, int mm, std::vector<operation> operations);

// Operations; see model/world/operations.hpp.
operation write(unsigned vpn, unsigned value);
operation read(unsigned vpn);
operation fork(unsigned parent, unsigned child);
operation wait_for_fork(unsigned child);
operation swapoff();
operation reclaim(unsigned vpn);
operation reclaim_mapped(unsigned vpn);
operation munmap(unsigned mm);
operation exit(unsigned mm);
operation wait_for_break();
operation dontneed(unsigned mm, unsigned vpn);
operation referenced(unsigned vpn);
// The plan's world must have oom_reaps set.
operation oom_reap(unsigned mm);
operation compare_tables(unsigned child, unsigned parent);

std::unique_ptr<checker::program> make_program(plan what, const std::string& kernel,
                                               const std::string& patch);

/// The value user space finds at page `vpn` of mm 0 at the start.
inline unsigned initial_value(unsigned vpn) { return 100 + vpn; }

/// "pages" and "ptes_per_table", in every scenario; `pages` by default.
std::vector<checker::parameter> common_parameters(std::int64_t pages = 2);
/// A scenario with these and "cached".
checker::scenario swapped_scenario(const char* name, const char* summary);

/// The same, where runs of imported kernels begin with the page in the swap cache unless asked:
/// since v5.9 a write fault looks at references, and all that a walk of swapoff does to those
/// counts.
checker::scenario large_swapped_scenario(const char* name, const char* summary);

/// A world with these two parameters set.
plan plan_from(const checker::parameter_values& set);
/// The same where page 0 is in swap slot 1 (and in the swap cache, with "cached" set) and the
/// others are present; with `shared`, fork has made a child, mm 1, of it.
plan swapped_plan(const checker::parameter_values& set, bool shared);

using plan_maker = plan (*)(const checker::parameter_values& set);
/// Completes a scenario for v4.14, if it names no other kernels, and registers it.
void register_scenario(checker::scenario value, plan_maker make);

}  // namespace scenarios
