// SPDX-License-Identifier: GPL-2.0-only
// fork of a process whose other threads take page faults.
#include "scenarios/world_program.hpp"

namespace scenarios {
namespace {

/// All pages present and private. The CPUs of mm 0 have every other one in their TLBs, writable and
/// dirty; for the others they must walk, and find the entry old and clean.
void populate_present(const plan& what) {
  for (unsigned vpn = 0; vpn < what.world.pages; ++vpn) {
    model::setup_page(vpn, initial_value(vpn));
    if (vpn % 2 != 0) model::setup_old_clean(vpn);
  }
  for (unsigned cpu = 0; cpu < what.world.threads; ++cpu) {
    for (unsigned vpn = 0; what.world.cpu_mm[cpu] == 0 && vpn < what.world.pages; vpn += 2) {
      model::setup_tlb(cpu, vpn);
    }
  }
}

plan complete(plan what) {
  const plan copy = what;
  what.populate = [copy] { populate_present(copy); };
  return what;
}

plan fork_vs_write_fault(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  std::vector<operation> writes;
  for (unsigned vpn = 0; vpn < result.world.pages; ++vpn) writes.push_back(write(vpn, 110 + vpn));
  add_thread(result, "parent/1", 0, std::move(writes));
  add_thread(result, "child", 1, {wait_for_fork(1), read(0), write(result.world.pages - 1, 210)});
  return complete(result);
}

plan fork_vs_two_write_faults(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(0, 110)});
  add_thread(result, "parent/2", 0, {read(0), write(0, 120), write(result.world.pages - 1, 121)});
  return complete(result);
}

/// The last page was never touched: the read maps the zero page, then a write copies it.
plan fork_vs_read_fault(const checker::parameter_values& set) {
  plan result = plan_from(set);
  const unsigned last = result.world.pages - 1;
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {read(0), read(last), write(last, 110)});
  result.populate = [last] {
    for (unsigned vpn = 0; vpn < last; ++vpn) model::setup_page(vpn, initial_value(vpn));
  };
  return result;
}

/// The last page is in swap, and SWAP_MAP_MAX is 1: both children count in the continuation.
plan two_forks(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.mms = 3;
  result.world.slots = 1;
  result.world.swap_map_max = 1;
  result.world.swap_cont_max = 1;
  const unsigned last = result.world.pages - 1;
  add_thread(result, "parent/0", 0, {fork(0, 1), write(0, 110)});
  add_thread(result, "parent/1", 0, {fork(0, 2)});
  add_thread(result, "parent/2", 0, {write(last, 120)});
  result.populate = [last] {
    for (unsigned vpn = 0; vpn < last; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_swapped_page(last, initial_value(last), 1, false);
    for (unsigned cpu = 0; cpu < 3 && last > 0; ++cpu) model::setup_tlb(cpu, 0);
  };
  return result;
}

plan fork_of_fork(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.mms = 3;
  add_thread(result, "parent", 0, {fork(0, 1), write(0, 110)});
  add_thread(result, "child", 1, {wait_for_fork(1), fork(1, 2), write(0, 210)});
  return complete(result);
}

plan fork_need_resched(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.need_resched = true;
  result.world.progress_limit = static_cast<unsigned>(set.at("progress_limit"));
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(result.world.pages - 1, 110)});
  if (set.at("reclaim") != 0) {
    result.world.slots = 1;
    add_thread(result, "kswapd", -1, {reclaim(result.world.pages - 1)});
  }
  return complete(result);
}

/// Where the kernel itself looks at need_resched: after four entries of a table of six. How long
/// fork may hold the locks is not looked at: that is fork-need-resched's matter.
plan fork_resched_after_four(const checker::parameter_values& set) {
  plan result = plan_from(set);
  result.world.need_resched = true;
  result.world.lock_hold_limit = 8 * model::max_user_pages;
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "parent/1", 0, {write(result.world.pages - 1, 110)});
  return complete(result);
}

/// All pages present and shared with a child, mm 1, that fork has just made: it has flushed the
/// TLBs.
plan complete_shared(plan what) {
  const plan copy = what;
  what.populate = [copy] {
    populate_present(copy);
    model::setup_fork(0, 1);
    for (unsigned cpu = 0; cpu < copy.world.threads; ++cpu) {
      for (unsigned vpn = 0; vpn < copy.world.pages; ++vpn) *model::tlb_entry(cpu, vpn) = 0;
    }
  };
  return what;
}

plan write_fault_parent_vs_child(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "child/0", 1, {read(0), write(0, 210)});
  add_thread(result, "child/1", 1, {read(0)});
  return complete_shared(result);
}

/// While one writer of the parent copies the page, the other may have replaced it, and the child
/// have dropped its share: nothing but the writer's own reference keeps the page.
plan two_write_faults_vs_child(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "parent/0", 0, {write(0, 110)});
  add_thread(result, "parent/1", 0, {write(0, 120)});
  add_thread(result, "child", 1, {set.at("unmap") != 0 ? munmap(1) : write(0, 210)});
  return complete_shared(result);
}

plan fork_vs_table_comparison(const checker::parameter_values& set) {
  plan result = plan_from(set);
  add_thread(result, "parent/0", 0, {fork(0, 1)});
  add_thread(result, "scanner", -1, {compare_tables(1, 0)});
  return complete(result);
}

checker::scenario named(const char* name, const char* summary) {
  checker::scenario value;
  value.name = name;
  value.summary = summary;
  value.parameters = common_parameters();
  return value;
}

const checker::registry::registration fork_fault_scenarios{[] {
  checker::scenario value =
      named("fork-vs-write-fault", "fork while another thread writes to all pages");
  value.expected_violations = {
      {"fork-without-src-ptl", {"pte-store-without-ptl"}},
      {"fork-without-write-protecting-parent", {"writable-in-two-mms"}},
      {"fork-without-write-protecting-child", {"writable-in-two-mms"}},
      {"fork-flush-after-mmap-sem", {"stale-tlb"}},
      {"fork-without-single-depth-nesting", {"recursion"}},
  };
  register_scenario(value, fork_vs_write_fault);

  value = named("fork-vs-two-write-faults", "fork while two other threads write to the same page");
  value.expected_violations = {
      {"cow-without-pte-same", {"mapcount", "rss", "refcount", "lost-write"}},
      {"cow-without-flush", {"stale-tlb"}},
  };
  register_scenario(value, fork_vs_two_write_faults);

  value = named("fork-vs-read-fault", "fork while another thread reads, and writes a missing page");
  register_scenario(value, fork_vs_read_fault);

  value = named("two-forks", "two threads fork the same process");
  register_scenario(value, two_forks);

  value = named("fork-of-fork", "a child forks while its parent writes");
  register_scenario(value, fork_of_fork);

  value = named("fork-need-resched", "fork that may give way after every entry");
  value.parameters = common_parameters(3);
  value.parameters.push_back(
      {"progress_limit", "progress at which need_resched is looked at, 8 an entry (kernel: 32)", 8,
       1, 32});
  value.parameters.push_back({"reclaim", "1: reclaim swaps the last page out meanwhile", 1, 0, 1});
  value.expected_violations = {
      {"fork-drops-rss-on-break", {"rss"}},
      {"fork-resume-skips-pte", {"pte-not-copied"}},
      {"fork-resume-copies-twice", {"pte-copied-twice"}},
      {"fork-never-checks-progress", {"lock-hold"}},
  };
  register_scenario(value, fork_need_resched);

  value = named("fork-resched-after-four",
                "fork that may give way after four entries, while another thread writes");
  value.parameters = common_parameters(6);
  for (checker::parameter& each : value.parameters) {
    if (each.name == "ptes_per_table") each.default_value = 8;
  }
  value.expected_violations = {
      {"fork-drops-rss-on-break", {"rss"}},
      {"fork-resume-skips-pte", {"pte-not-copied"}},
      {"fork-resume-copies-twice", {"pte-copied-twice"}},
  };
  register_scenario(value, fork_resched_after_four);

  value = named("write-fault-parent-vs-child", "parent and child write to a page they share");
  value.expected_violations = {
      {"cow-remove-rmap-before-switch", {"writable-in-two-mms"}},
      {"cow-leaks-old-page", {"refcount"}},
  };
  register_scenario(value, write_fault_parent_vs_child);

  value = named("two-write-faults-vs-child",
                "two threads write to the same page, while a child that shares it writes, too");
  value.parameters = common_parameters(1);
  value.parameters.push_back(
      {"unmap", "1: the child unmaps the page, 0: it writes to it", 1, 0, 1});
  register_scenario(value, two_write_faults_vs_child);

  value = named("fork-vs-table-comparison",
                "fork against a path that nests the child's and the parent's PTL");
  value.expected_violations = {{"fork-ptls-in-other-order", {"deadlock"}}};
  register_scenario(value, fork_vs_table_comparison);
}};

}  // namespace
}  // namespace scenarios
