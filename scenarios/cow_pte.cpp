// SPDX-License-Identifier: GPL-2.0-only
// Page tables that parent and child share after fork: what reviewers of the proposed series asked,
// each question a scenario (docs/cow-pte).
#include <string>
#include <utility>
#include <vector>

#include "scenarios/cow_pte_known.hpp"
#include "scenarios/cow_pte_plans.hpp"

namespace scenarios::cow_pte {
namespace {

checker::scenario named(const char* name, const char* summary) {
  const known& what = known_of(name);
  checker::scenario value;
  value.name = name;
  value.summary = summary;
  value.kernels = {rfc_v2, safe, v5, odf};
  value.parameters = common_parameters();
  value.parameters.back().default_value = 2;  // one area covers the table, as odf asks
  value.parameters.push_back(
      {"pmd_cache", "1: CPUs have a paging-structure cache of PMD entries", 0, 0, 1});
  value.finds = what.finds;
  value.expected_violations = what.caught;
  value.mended_by = what.mended_by;
  return value;
}

checker::scenario with(checker::scenario value, checker::parameter more) {
  value.parameters.push_back(std::move(more));
  return value;
}

checker::scenario with_default(checker::scenario value, const char* name, std::int64_t to) {
  for (checker::parameter& each : value.parameters) {
    if (each.name == name) each.default_value = to;
  }
  return value;
}

/// On these kernels alone: elsewhere something would fail that is not the scenario's matter.
checker::scenario on(std::vector<std::string> kernels, checker::scenario value) {
  value.kernels = std::move(kernels);
  return value;
}

checker::scenario with_cached_pmds(checker::scenario value) {
  return with_default(std::move(value), "pmd_cache", 1);
}

/// Three areas in one table, with an unmapped page between them.
checker::scenario with_areas(checker::scenario value) {
  value = with_default(with_default(std::move(value), "pages", 6), "ptes_per_table", 8);
  value.parameters.push_back({"areas", "areas that the table spans", 3, 1, 3});
  value.parameters.push_back({"gap", "pages between them that are not mapped", 1, 0, 1});
  return value;
}

void register_forks() {
  register_scenario(named("cow-fork-alone", "fork shares a page table, and nothing disturbs it"),
                    fork_alone);
  register_scenario(
      named("cow-break-vs-fork", "a thread breaks a shared table, while another one forks"),
      break_vs_fork);
  register_scenario(
      with(named("cow-fork-of-fork", "a sharer forks while others of three write"),
           {"child_writes", "1: who forks writes, too (safe: a minute or two)", 0, 0, 1}),
      fork_of_fork);
  register_scenario(
      named("cow-owner-change-vs-fork", "the owner leaves a table while a sharer forks and writes"),
      owner_change_vs_fork);
  register_scenario(named("cow-owner-exit-vs-fork",
                          "the owner of a table exits while one of two sharers forks and writes"),
                    owner_exit_vs_fork);
  // Fork of RFC v2 needs none; a break of on-demand-fork takes the swap entry for a page.
  register_scenario(
      on({safe, v5}, named("cow-fork-out-of-memory", "no memory where fork needs some")),
      fork_out_of_memory);
  register_scenario(on({rfc_v2, safe, v5},
                       named("cow-fork-vs-swapoff",
                             "fork of a page in swap, which the child reads, during swapoff")),
                    fork_vs_swapoff);
  checker::scenario value =
      named("cow-wipe-on-fork", "fork of a table that an area with VM_WIPEONFORK uses, too");
  value.parameters.push_back({"areas", "areas that the table spans", 2, 2, 2});
  value.parameters.push_back({"gap", "pages between them that are not mapped", 0, 0, 0});
  register_scenario(on({rfc_v2, safe, v5}, value), wipe_on_fork);
}

void register_breaks() {
  checker::scenario value =
      named("cow-break-alone", "one mm breaks a shared table, and nothing disturbs it");
  value.parameters.push_back({"child", "1: the child writes, 0: the parent", 0, 0, 1});
  register_scenario(value, break_alone);
  value =
      with(named("cow-break-debug-vm", "cow-break-alone with the assertions of CONFIG_DEBUG_VM"),
           {"child", "1: the child writes, 0: the parent", 0, 0, 1});
  value.parameters.push_back(
      {"debug_vm", "1: assertions of CONFIG_DEBUG_VM are compiled in", 1, 0, 1});
  register_scenario(value, break_alone);
  register_scenario(named("cow-break-vs-break", "parent and child break the table they share"),
                    break_vs_break);
  register_scenario(named("cow-two-breaks-of-one-mm", "two threads of one mm break the same table"),
                    two_breaks_of_one_mm);
  register_scenario(named("cow-break-vs-dontneed",
                          "MADV_DONTNEED of one page of a shared table, while another is written"),
                    break_vs_dontneed);
  register_scenario(named("cow-dontneed-alone", "MADV_DONTNEED of one page of a shared table"),
                    dontneed_alone);
  register_scenario(with(named("cow-break-out-of-memory", "no memory for the table of a break"),
                         {"reads", "1: the parent reads another page afterwards", 0, 0, 1}),
                    break_out_of_memory);
  register_scenario(
      on({rfc_v2, safe, v5},
         named("cow-swap-in-out-of-memory", "no memory for the table of a break before a swap-in")),
      swap_in_out_of_memory);
  register_scenario(named("cow-read-hole", "a read of a page that a shared table does not map"),
                    read_hole);
}

void register_exits() {
  register_scenario(named("cow-exit-alone", "the forking mm exits, and nothing disturbs it"),
                    exit_alone);
  register_scenario(
      named("cow-owner-exits-first", "the forking mm exits while two threads of the child write"),
      owner_exits_first);
  register_scenario(
      named("cow-sharer-exits-first", "the child exits while two threads of the forking mm write"),
      sharer_exits_first);
  checker::scenario value =
      named("cow-write-then-exit", "one mm writes and exits, the other exits");
  register_scenario(with(value, {"child", "1: the child writes, 0: the parent", 0, 0, 1}),
                    write_then_exit);
}

void register_areas() {
  register_scenario(
      on({rfc_v2, safe, v5},
         with_areas(named("cow-areas-alone", "one mm breaks a table that three areas use"))),
      areas_alone);
  register_scenario(
      on({rfc_v2, safe, v5},
         with_areas(named("cow-areas-fork", "fork of three areas in one table, and writes to it"))),
      areas_fork);
}

void register_areas_out_of_memory() {
  // Two areas are enough, and RFC v2 knows them both.
  checker::scenario value =
      with_default(with_areas(named("cow-areas-fork-out-of-memory",
                                    "no memory for an area, while others of its table are copied")),
                   "areas", 2);
  register_scenario(on({rfc_v2, safe, v5}, value), areas_fork_out_of_memory);
  value = with_areas(named("cow-areas-exit-out-of-memory",
                           "no memory while an mm exits that has areas in a shared table"));
  register_scenario(on({safe, v5}, value), areas_exit_out_of_memory);
}

void register_swap() {
  register_scenario(named("cow-break-vs-swapoff", "a thread breaks a shared table during swapoff"),
                    break_vs_swapoff);
  register_scenario(named("cow-exit-vs-swapoff", "the forking mm exits during swapoff"),
                    exit_vs_swapoff);
  register_scenario(
      named("cow-break-vs-reclaim", "a thread breaks a shared table while reclaim takes a page"),
      break_vs_reclaim);
  register_scenario(named("cow-fork-vs-reclaim", "fork shares a table while reclaim takes a page"),
                    fork_vs_reclaim);
  register_scenario(named("cow-exit-vs-reclaim", "the forking mm exits while reclaim takes a page"),
                    exit_vs_reclaim);
  register_scenario(
      on({v5}, named("cow-reclaim-out-of-memory", "no memory for the table that reclaim breaks")),
      reclaim_out_of_memory);
  register_scenario(on({rfc_v2, safe, v5}, named("cow-swap-in-vs-swap-in",
                                                 "both mms read a page of theirs that is in swap")),
                    swap_in_vs_swap_in);
  register_scenario(named("cow-reclaim-alone", "reclaim takes a page that a shared table maps"),
                    reclaim_alone);
}

void register_reaper() {
  register_scenario(named("cow-reap-vs-write",
                          "the OOM reaper takes the memory of an mm that writes to a shared table"),
                    reap_vs_write);
  register_scenario(
      named("cow-reap-vs-dontneed", "the OOM reaper and MADV_DONTNEED meet in a shared table"),
      reap_vs_dontneed);
}

void register_walks() {
  register_scenario(named("cow-break-vs-page-referenced",
                          "accessed bits are cleared in a shared table, without a break"),
                    break_vs_page_referenced);
  checker::scenario value = named("cow-page-referenced-vs-break",
                                  "accessed bits are cleared while one mm writes, the other exits");
  register_scenario(with(value, {"writes", "1: the parent writes, 0: it exits", 1, 0, 1}),
                    page_referenced_vs_exit);
  value = named("cow-page-referenced-vs-exit", "accessed bits are cleared while both mms exit");
  register_scenario(with(value, {"writes", "1: the parent writes, 0: it exits", 0, 0, 1}),
                    page_referenced_vs_exit);
  register_scenario(with_cached_pmds(named("cow-break-vs-walk",
                                           "a CPU walks by its cached PMD entry during a break")),
                    break_vs_walk);
  value = with_cached_pmds(
      named("cow-walk-after-break", "a CPU walks by its cached PMD entry after a break"));
  const checker::parameter child_writes = {"child_writes", "1: the child writes, 0: it exits", 0, 0,
                                           1};
  register_scenario(on({rfc_v2, safe, v5}, with(value, child_writes)), walk_after_break);
  // The exit of a child upsets the rss of on-demand-fork.
  value = with_cached_pmds(named("cow-walk-after-two-breaks",
                                 "a CPU walks by its cached PMD entry, and the last user breaks"));
  register_scenario(with_default(with(value, child_writes), "child_writes", 1), walk_after_break);
  register_scenario(with_cached_pmds(named("cow-munmap-vs-walk",
                                           "a CPU walks by its cached PMD entry during munmap")),
                    munmap_vs_walk);
}

const checker::registry::registration cow_pte_scenarios{[] {
  register_forks();
  register_breaks();
  register_exits();
  register_areas();
  register_areas_out_of_memory();
  register_swap();
  register_reaper();
  register_walks();
}};

}  // namespace
}  // namespace scenarios::cow_pte
