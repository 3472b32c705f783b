// SPDX-License-Identifier: GPL-2.0-only
// Page tables that parent and child share after fork: what reviewers of the proposed series asked,
// each question a scenario (docs/cow-pte).
#include <algorithm>
#include <utility>

#include "scenarios/world_program.hpp"

namespace scenarios::cow_pte {
namespace {

bool is_in_gap(const model::world_parameters& world, unsigned vpn) {
  for (unsigned area = 0; area + 1 < world.vmas; ++area) {
    const unsigned end = (area + 1) * world.pages / world.vmas;
    if (vpn < end && vpn >= end - world.gap) return true;
  }
  return false;
}

/// All pages present and private, page 0 in swap slot 1 instead if there is one. The first
/// `sharers` mms share them.
plan shared(plan what, unsigned sharers = 2) {
  const model::world_parameters world = what.world;
  what.populate = [world, sharers] {
    for (unsigned vpn = 0; vpn < world.pages; ++vpn) {
      if (is_in_gap(world, vpn)) continue;
      if (vpn == 0 && world.slots != 0) {
        model::setup_swapped_page(0, initial_value(0), 1, false);
      } else {
        model::setup_page(vpn, initial_value(vpn));
      }
    }
    for (unsigned mm = 1; mm < sharers; ++mm) model::setup_fork(0, mm);
  };
  return what;
}

plan plan_for(const checker::parameter_values& set, unsigned mms = 2) {
  const auto value = [&](const char* name) { return set.contains(name) ? set.at(name) : 0; };
  plan result = plan_from(set);
  result.world.mms = mms;
  result.world.pmd_cache = value("pmd_cache") != 0;
  result.world.debug_vm = value("debug_vm") != 0;
  if (set.contains("areas")) {
    result.world.vmas = static_cast<unsigned>(set.at("areas"));
    result.world.gap = static_cast<unsigned>(set.at("gap"));
  }
  return result;
}

unsigned bit(model::alloc_site site) { return 1U << static_cast<unsigned>(site); }

plan fork_alone(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {fork(0, 1)});
  return shared(result, 1);
}

plan break_alone(const checker::parameter_values& set) {
  plan result = plan_for(set);
  const bool child = set.at("child") != 0;
  const unsigned mm = child ? 1 : 0;
  add_thread(result, child ? "child" : "parent", mm, {write(0, 110 + 100 * mm), read(1)});
  return shared(result);
}

plan break_vs_break(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {write(0, 110), read(1)});
  add_thread(result, "child", 1, {write(0, 210), read(1)});
  return shared(result);
}

plan two_breaks_of_one_mm(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {write(0, 110)});
  add_thread(result, "parent/1", 0, {write(1, 111)});
  return shared(result);
}

/// The sharer that goes leaves a count of 1, at any time: those who stay copy, or have the table
/// for themselves.
plan exit_vs_two_writes(const checker::parameter_values& set, bool owner) {
  plan result = plan_for(set);
  const unsigned goes = owner ? 0 : 1;
  const unsigned stays = 1 - goes;
  const std::string name = owner ? "child" : "parent";
  add_thread(result, owner ? "parent" : "child", static_cast<int>(goes), {exit(goes)});
  add_thread(result, name + "/0", static_cast<int>(stays), {write(0, 110 + 100 * stays)});
  add_thread(result, name + "/1", static_cast<int>(stays), {write(1, 111 + 100 * stays)});
  return shared(result);
}

plan owner_exits_first(const checker::parameter_values& set) {
  return exit_vs_two_writes(set, true);
}

plan sharer_exits_first(const checker::parameter_values& set) {
  return exit_vs_two_writes(set, false);
}

/// One after the other: the mm that breaks is not the last user when it goes.
plan write_then_exit(const checker::parameter_values& set) {
  plan result = plan_for(set);
  const bool child = set.at("child") != 0;
  const unsigned mm = child ? 1 : 0;
  add_thread(result, "init", -1, {exit(1 - mm)});
  add_thread(result, child ? "child" : "parent", static_cast<int>(mm),
             {write(0, 110 + 100 * mm), exit(mm)});
  return shared(result);
}

plan exit_alone(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {exit(0)});
  return shared(result);
}

plan break_vs_fork(const checker::parameter_values& set) {
  plan result = plan_for(set, 3);
  add_thread(result, "parent/0", 0, {fork(0, 2)});
  add_thread(result, "parent/1", 0, {write(0, 110)});
  return shared(result);
}

plan fork_of_fork(const checker::parameter_values& set) {
  plan result = plan_for(set, 3);
  add_thread(result, "parent", 0, {write(0, 110)});
  std::vector<operation> forks{fork(1, 2)};
  if (set.at("child_writes") != 0) forks.push_back(write(0, 210));
  add_thread(result, "child", 1, std::move(forks));
  add_thread(result, "child2", 2, {wait_for_fork(2), write(0, 310)});
  return shared(result);
}

/// The owner leaves the table while a sharer forks, and another thread of that writes.
plan owner_change_vs_fork(const checker::parameter_values& set) {
  plan result = plan_for(set, 3);
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "child/0", 1, {fork(1, 2)});
  add_thread(result, "child/1", 1, {write(1, 211)});
  return shared(result);
}

/// Three mms share; the owner goes, and a sharer that nobody is charged for yet forks.
plan owner_exit_vs_fork(const checker::parameter_values& set) {
  plan result = plan_for(set, 4);
  add_thread(result, "parent", 0, {exit(0)});
  add_thread(result, "child/0", 1, {fork(1, 3)});
  add_thread(result, "child/1", 1, {write(1, 211)});
  return shared(result, 3);
}

plan break_vs_dontneed(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {dontneed(0, 0)});
  add_thread(result, "parent/1", 0, {write(1, 111)});
  return shared(result);
}

plan dontneed_alone(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {dontneed(0, 0), read(0), read(1)});
  return shared(result);
}

plan areas_alone(const checker::parameter_values& set) {
  plan result = plan_for(set);
  const unsigned pages = result.world.pages;
  add_thread(result, "parent", 0, {write(0, 110), read(pages - 1), exit(0)});
  return shared(result);
}

plan areas_fork(const checker::parameter_values& set) {
  plan result = plan_for(set);
  const unsigned last = result.world.pages - 1;
  add_thread(result, "parent", 0, {fork(0, 1), write(0, 110)});
  add_thread(result, "child", 1, {wait_for_fork(1), write(last, 210)});
  return shared(result, 1);
}

plan break_vs_swapoff(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.slots = 1;
  add_thread(result, "parent", 0, {write(1, 111)});
  add_thread(result, "swapper", -1, {swapoff()});
  return shared(result);
}

plan exit_vs_swapoff(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.slots = 1;
  add_thread(result, "parent", 0, {exit(0)});
  add_thread(result, "swapper", -1, {swapoff()});
  return shared(result);
}

plan break_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {write(1, 111)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  plan populated = shared(result);
  populated.world.slots = 1;
  return populated;
}

/// What of fork and exit reclaim can see: it holds no mmap_sem.
plan fork_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {fork(0, 1)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  plan populated = shared(result, 1);
  populated.world.slots = 1;
  return populated;
}

plan exit_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {exit(0)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  plan populated = shared(result);
  populated.world.slots = 1;
  return populated;
}

plan reclaim_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.failing_sites = bit(model::alloc_site::pte_table);
  add_thread(result, "kswapd", -1, {reclaim(0)});
  plan populated = shared(result);
  populated.world.slots = 1;
  return populated;
}

plan swap_in_vs_swap_in(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.slots = 1;
  add_thread(result, "parent", 0, {read(0)});
  add_thread(result, "child", 1, {read(0)});
  return shared(result);
}

plan break_vs_page_referenced(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "child", 1, {read(0)});
  add_thread(result, "kswapd", -1, {referenced(0)});
  return shared(result);
}

/// The walk by rmap has found the table when its mm, or its last user, lets go of it.
plan page_referenced_vs_exit(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {set.at("writes") != 0 ? write(0, 110) : exit(0)});
  add_thread(result, "child", 1, {exit(1)});
  add_thread(result, "kswapd", -1, {referenced(0)});
  return shared(result);
}

plan break_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.failing_sites = bit(model::alloc_site::pte_table);
  std::vector<operation> accesses{write(0, 110)};
  if (set.at("reads") != 0) accesses.push_back(read(1));
  add_thread(result, "parent", 0, std::move(accesses));
  return shared(result);
}

plan swap_in_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.slots = 1;
  result.world.failing_sites = bit(model::alloc_site::pte_table);
  add_thread(result, "parent", 0, {read(0)});
  add_thread(result, "child", 1, {write(0, 210)});
  return shared(result);
}

/// SWAP_MAP_MAX is 1: one more user of the slot takes a continuation, which there may be no memory
/// for.
plan fork_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.slots = 1;
  result.world.swap_map_max = 1;
  result.world.swap_cont_max = 1;
  result.world.failing_sites = bit(model::alloc_site::pte_table) |
                               bit(model::alloc_site::continuation) |
                               bit(model::alloc_site::continuation_atomic);
  add_thread(result, "parent", 0, {fork(0, 1), write(1, 111), exit(0)});
  return shared(result, 1);
}

plan areas_fork_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.failing_sites = bit(model::alloc_site::vma) | bit(model::alloc_site::anon_vma);
  add_thread(result, "parent", 0, {fork(0, 1), write(0, 110), exit(0)});
  return shared(result, 1);
}

plan areas_exit_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.failing_sites = bit(model::alloc_site::pte_table);
  add_thread(result, "parent", 0, {exit(0)});
  return shared(result);
}

plan fork_vs_swapoff(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.slots = 1;
  add_thread(result, "parent", 0, {fork(0, 1)});
  add_thread(result, "child", 1, {wait_for_fork(1), read(0)});
  add_thread(result, "swapper", -1, {swapoff()});
  return shared(result, 1);
}

plan wipe_on_fork(const checker::parameter_values& set) {
  plan result = plan_for(set);
  const unsigned last = result.world.pages - 1;
  result.world.wiped_areas = 2;
  add_thread(result, "parent", 0, {fork(0, 1), write(0, 110)});
  add_thread(result, "child", 1, {wait_for_fork(1), read(last), write(0, 210)});
  return shared(result, 1);
}

/// The last page was never touched.
plan read_hole(const checker::parameter_values& set) {
  plan result = plan_for(set);
  const unsigned last = result.world.pages - 1;
  add_thread(result, "parent", 0, {read(last)});
  add_thread(result, "child", 1, {write(0, 210)});
  result.populate = [last] {
    for (unsigned vpn = 0; vpn < last; ++vpn) model::setup_page(vpn, initial_value(vpn));
    model::setup_fork(0, 1);
  };
  return result;
}

plan reap_vs_write(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.oom_reaps = true;
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "reaper", -1, {oom_reap(0)});
  add_thread(result, "child", 1, {write(1, 211)});
  return shared(result);
}

plan reap_vs_dontneed(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.oom_reaps = true;
  add_thread(result, "parent", 0, {dontneed(0, 0)});
  add_thread(result, "reaper", -1, {oom_reap(0)});
  return shared(result);
}

/// A CPU of the parent still walks by what it has of the old table, while the child, its last user,
/// writes.
plan break_vs_walk(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {write(0, 110)});
  add_thread(result, "parent/1", 0, {read(0), read(1)});
  add_thread(result, "child", 1, {write(1, 211)});
  return shared(result);
}

/// The same where all others wait for the break, so that nothing else disturbs it, and the child
/// exits.
plan walk_after_break(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {write(0, 110)});
  add_thread(result, "parent/1", 0, {wait_for_break(), read(1)});
  add_thread(result, "child", 1,
             {wait_for_break(), set.at("child_writes") != 0 ? write(0, 210) : exit(1)});
  plan populated = shared(result);
  const auto populate = populated.populate;
  populated.populate = [populate] {
    populate();
    model::setup_cached_pmd(1, 1);
  };
  return populated;
}

plan reclaim_alone(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "kswapd", -1, {reclaim(0)});
  plan populated = shared(result);
  populated.world.slots = 1;
  return populated;
}

/// As break_vs_walk(), but the parent unmaps the table.
plan munmap_vs_walk(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {munmap(0)});
  add_thread(result, "parent/1", 0, {read(1), read(0)});
  add_thread(result, "child", 1, {write(1, 211)});
  return shared(result);
}

// ---- Registration -------------------------------------------------------------------------------

using kinds = std::vector<std::string>;

constexpr const char* rfc_v2 = "cow-pte-rfc-v2";
constexpr const char* safe = "cow-pte-safe";
constexpr const char* v5 = "cow-pte-v5";
constexpr const char* odf = "odf";

/// What is known of a scenario: what it finds in each kernel, and with which patches. Kernels that
/// are not named are verified.
struct known {
  std::map<std::string, kinds> finds;
  std::map<std::string, kinds> caught = {};  ///< by patch
  kinds mended_by = {};
};

struct found {
  const char* scenario;
  const char* by;  ///< a kernel, or a patch
  kinds violations;
};

/// What scenarios find besides, most of it in the other published kernels.
const std::vector<found> found_in_others = {
    {"cow-areas-exit-out-of-memory", v5, {"shared-pte-store"}},
    {"cow-areas-fork-out-of-memory", v5, {"use-after-free"}},
    {"cow-break-debug-vm", odf, {"sleep-in-atomic"}},
    {"cow-break-out-of-memory", odf, {"writable-in-two-mms", "use-after-free"}},
    {"cow-break-vs-dontneed", odf, {"lost-write"}},
    {"cow-break-vs-dontneed",
     v5,
     {"crash", "lost-write", "stale-tlb", "use-after-free", "writable-in-two-mms"}},
    {"cow-break-vs-reclaim", odf, {"shared-pte-store"}},
    {"cow-break-vs-reclaim", v5, {"seqcount"}},
    {"cow-break-vs-swapoff", odf, {"bad-page-map"}},
    {"cow-break-vs-swapoff", v5, {"seqcount"}},
    {"cow-break-vs-walk", odf, {"use-after-free"}},
    {"cow-break-vs-walk", v5, {"isolation"}},
    {"cow-dontneed-alone", odf, {"lost-write"}},
    {"cow-dontneed-alone", v5, {"lost-write"}},
    {"cow-exit-alone", odf, {"rss"}},
    {"cow-exit-vs-reclaim", odf, {"shared-pte-store"}},
    {"cow-exit-vs-reclaim", rfc_v2, {"crash", "rss", "writable-in-two-mms"}},
    {"cow-exit-vs-reclaim", v5, {"crash", "mapcount", "use-after-free"}},
    {"cow-exit-vs-swapoff", odf, {"shared-pte-store"}},
    {"cow-fork-out-of-memory", v5, {"use-after-free"}},
    {"cow-fork-vs-reclaim", odf, {"shared-pte-store"}},
    {"cow-fork-vs-reclaim",
     rfc_v2,
     {"shared-pte-store", "lost-write", "rss", "table-leak", "writable-in-two-mms"}},
    {"cow-fork-vs-reclaim", v5, {"rss", "mmlist", "shared-pte-store", "table-leak"}},
    {"cow-fork-vs-swapoff", rfc_v2, {"livelock", "bad-page-map"}},
    {"cow-fork-vs-swapoff", v5, {"seqcount"}},
    {"cow-munmap-vs-walk", odf, {"use-after-free", "isolation", "stale-tlb"}},
    {"cow-munmap-vs-walk", v5, {"stale-tlb"}},
    {"cow-owner-exit-vs-fork", odf, {"rss"}},
    {"cow-owner-exits-first", odf, {"rss"}},
    {"cow-owner-exits-first", v5, {"seqcount", "use-after-free"}},
    {"cow-page-referenced-vs-break", odf, {"use-after-free", "crash", "rss"}},
    {"cow-page-referenced-vs-break", v5, {"crash"}},
    {"cow-page-referenced-vs-exit", odf, {"rss", "crash", "use-after-free"}},
    {"cow-page-referenced-vs-exit", v5, {"crash"}},
    {"cow-read-hole", rfc_v2, {"table-leak"}},
    {"cow-read-hole", v5, {"shared-pte-store"}},
    {"cow-reap-vs-dontneed", rfc_v2, {"writable-in-two-mms", "crash"}},
    {"cow-reap-vs-dontneed", v5, {"crash"}},
    {"cow-reap-vs-write", odf, {"use-after-free", "rss"}},
    {"cow-reap-vs-write", rfc_v2, {"writable-in-two-mms"}},
    {"cow-reap-vs-write", v5, {"crash"}},
    {"cow-reclaim-alone", odf, {"shared-pte-store"}},
    {"cow-sharer-exits-first", odf, {"rss"}},
    {"cow-sharer-exits-first", v5, {"seqcount", "use-after-free"}},
    {"cow-swap-in-out-of-memory", v5, {"shared-pte-store"}},
    {"cow-swap-in-vs-swap-in", rfc_v2, {"bad-page-map", "table-leak"}},
    {"cow-two-breaks-of-one-mm", v5, {"seqcount"}},
    {"cow-walk-after-two-breaks", odf, {"use-after-free"}},
    {"cow-walk-after-break", v5, {"use-after-free"}},
    {"cow-wipe-on-fork", rfc_v2, {"isolation"}},
    {"cow-wipe-on-fork", v5, {"isolation"}},
    {"cow-write-then-exit", odf, {"rss"}},
};

/// And with their patches.
const std::vector<found> caught_in_others = {
    {"cow-break-vs-break", "break-counts-without-lock", {"table-leak"}},
    {"cow-break-vs-break", "break-puts-after-unlock", {"table-leak"}},
    {"cow-break-vs-break", "reuse-at-count-1", {"writable-in-two-mms"}},
    {"cow-break-vs-fork", "fork-leaves-slot-writable", {"shared-pte-store"}},
    {"cow-exit-vs-swapoff", "swapoff-without-break", {"shared-pte-store"}},
    {"cow-owner-exits-first", "free-pte-range-counts", {"use-after-free"}},
    {"cow-reclaim-alone", "rmap-without-break", {"shared-pte-store"}},
    {"cow-reclaim-out-of-memory", "v3-rmap-ignores-failed-break", {"shared-pte-store"}},
    {"cow-swap-in-vs-swap-in", "v3-swap-in-without-break", {"shared-pte-store"}},
    {"cow-two-breaks-of-one-mm", "fault-tests-before-lock", {"rss", "stale-tlb", "use-after-free"}},
    {"cow-two-breaks-of-one-mm",
     "v4-slot-cleared-before-copy",
     {"rss", "crash", "shared-pte-store", "stale-tlb", "use-after-free"}},
    {"cow-write-then-exit", "v4-zap-keeps-slot", {"shared-pte-store"}},
};

checker::scenario named(const char* name, const char* summary, known what = {}) {
  checker::scenario value;
  value.name = name;
  value.summary = summary;
  value.kernels = {rfc_v2, safe, v5, odf};
  value.parameters = common_parameters();
  value.parameters.back().default_value = 2;  // one area covers the table, as odf asks
  value.parameters.push_back(
      {"pmd_cache", "1: CPUs have a paging-structure cache of PMD entries", 0, 0, 1});
  value.finds = std::move(what.finds);
  value.expected_violations = std::move(what.caught);
  for (const found& each : found_in_others) {
    if (value.name == each.scenario) value.finds[each.by] = each.violations;
  }
  for (const found& each : caught_in_others) {
    if (value.name == each.scenario) value.expected_violations[each.by] = each.violations;
  }
  value.mended_by = std::move(what.mended_by);
  for (const char* each : {"cow-two-breaks-of-one-mm", "cow-break-vs-reclaim",
                           "cow-break-vs-swapoff", "cow-fork-vs-swapoff"}) {
    if (value.name == each) value.mended_by.emplace_back("break-without-seqcount");
  }
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
checker::scenario on(const std::vector<std::string>& kernels, checker::scenario value) {
  value.kernels = kernels;
  std::erase_if(value.finds, [&](const auto& each) {
    return std::find(kernels.begin(), kernels.end(), each.first) == kernels.end();
  });
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
  register_scenario(named("cow-fork-alone", "fork shares a page table, and nothing disturbs it",
                          {{},
                           {{"fork-leaves-parent-writable", {"writable-in-two-mms"}},
                            {"fork-leaves-child-writable", {"writable-in-two-mms"}}}}),
                    fork_alone);
  register_scenario(
      named("cow-break-vs-fork", "a thread breaks a shared table, while another one forks",
            {{}, {{"fork-flushes-late", {"stale-tlb"}}}}),
      break_vs_fork);
  register_scenario(
      with(named("cow-fork-of-fork", "a sharer forks while others of three write"),
           {"child_writes", "1: who forks writes, too (safe: a minute or two)", 0, 0, 1}),
      fork_of_fork);
  register_scenario(
      named("cow-owner-change-vs-fork", "the owner leaves a table while a sharer forks and writes",
            {{{rfc_v2, {"table-leak"}}},
             {{"fork-without-ptl", {"table-refcount", "pte-store-without-ptl", "table-leak"}}}}),
      owner_change_vs_fork);
  register_scenario(named("cow-owner-exit-vs-fork",
                          "the owner of a table exits while one of two sharers forks and writes",
                          {{{rfc_v2, {"writable-in-two-mms", "isolation"}}}}),
                    owner_exit_vs_fork);
  // Fork of RFC v2 needs none; a break of on-demand-fork takes the swap entry for a page.
  register_scenario(
      on({safe, v5}, named("cow-fork-out-of-memory", "no memory where fork needs some",
                           {{}, {{"fork-without-mmlist", {"mmlist"}}}})),
      fork_out_of_memory);
  register_scenario(on({rfc_v2, safe, v5},
                       named("cow-fork-vs-swapoff",
                             "fork of a page in swap, which the child reads, during swapoff", {})),
                    fork_vs_swapoff);
  checker::scenario value =
      named("cow-wipe-on-fork", "fork of a table that an area with VM_WIPEONFORK uses, too",
            {{}, {{"fork-shares-wiped-areas", {"isolation"}}}});
  value.parameters.push_back({"areas", "areas that the table spans", 2, 2, 2});
  value.parameters.push_back({"gap", "pages between them that are not mapped", 0, 0, 0});
  register_scenario(on({rfc_v2, safe, v5}, value), wipe_on_fork);
}

void register_breaks() {
  checker::scenario value =
      named("cow-break-alone", "one mm breaks a shared table, and nothing disturbs it",
            {{}, {{"copy-left-writable", {"writable-in-two-mms"}}}});
  value.parameters.push_back({"child", "1: the child writes, 0: the parent", 0, 0, 1});
  register_scenario(value, break_alone);
  value = with(named("cow-break-debug-vm", "cow-break-alone with the assertions of CONFIG_DEBUG_VM",
                     {{{rfc_v2, {"bug-on"}}}}),
               {"child", "1: the child writes, 0: the parent", 0, 0, 1});
  value.parameters.push_back(
      {"debug_vm", "1: assertions of CONFIG_DEBUG_VM are compiled in", 1, 0, 1});
  register_scenario(value, break_alone);
  register_scenario(named("cow-break-vs-break", "parent and child break the table they share",
                          {{{rfc_v2, {"table-leak"}}}, {{"break-without-ptl", {"table-leak"}}}}),
                    break_vs_break);
  const kinds twice = {"pte-store-without-ptl", "table-leak", "stale-tlb", "use-after-free"};
  register_scenario(
      named("cow-two-breaks-of-one-mm", "two threads of one mm break the same table",
            {{{rfc_v2, {"rss", "stale-tlb", "table-leak", "crash", "pgtables-bytes"}}},
             {{"break-without-pmd-lock", twice}, {"break-without-recheck", twice}}}),
      two_breaks_of_one_mm);
  register_scenario(named("cow-break-vs-dontneed",
                          "MADV_DONTNEED of one page of a shared table, while another is written",
                          {{{rfc_v2, {"writable-in-two-mms", "lost-write", "crash"}}}}),
                    break_vs_dontneed);
  register_scenario(
      named("cow-dontneed-alone", "MADV_DONTNEED of one page of a shared table",
            {{{rfc_v2, {"lost-write"}}}, {{"dontneed-without-break", {"lost-write"}}}}),
      dontneed_alone);
  register_scenario(
      with(named("cow-break-out-of-memory", "no memory for the table of a break",
                 {{{rfc_v2, {"table-refcount"}}}, {{"all-areas-of-the-table", {"seqcount"}}}}),
           {"reads", "1: the parent reads another page afterwards", 0, 0, 1}),
      break_out_of_memory);
  register_scenario(
      on({rfc_v2, safe, v5},
         named("cow-swap-in-out-of-memory", "no memory for the table of a break before a swap-in",
               {{{rfc_v2, {"table-leak", "rss"}}}})),
      swap_in_out_of_memory);
  register_scenario(named("cow-read-hole", "a read of a page that a shared table does not map"),
                    read_hole);
}

void register_exits() {
  register_scenario(named("cow-exit-alone", "the forking mm exits, and nothing disturbs it",
                          {{}, {{"zap-keeps-owner", {"table-owner"}}}}),
                    exit_alone);
  const kinds of_exit = {"writable-in-two-mms", "table-leak", "rss", "stale-tlb"};
  register_scenario(
      named("cow-owner-exits-first", "the forking mm exits while two threads of the child write",
            {{{rfc_v2, of_exit}}}),
      owner_exits_first);
  register_scenario(
      named("cow-sharer-exits-first", "the child exits while two threads of the forking mm write",
            {{{rfc_v2, of_exit}}}),
      sharer_exits_first);
  checker::scenario value = named(
      "cow-write-then-exit", "one mm writes and exits, the other exits",
      {{{rfc_v2, {"table-leak", "writable-in-two-mms"}}}, {{"zap-without-ptl", {"table-leak"}}}});
  register_scenario(with(value, {"child", "1: the child writes, 0: the parent", 0, 0, 1}),
                    write_then_exit);
}

void register_areas() {
  register_scenario(
      on({rfc_v2, safe, v5},
         with_areas(named("cow-areas-alone", "one mm breaks a table that three areas use",
                          {{{rfc_v2, {"lost-write"}}}, {}, {"all-areas-of-the-table"}}))),
      areas_alone);
  register_scenario(
      on({rfc_v2, safe, v5},
         with_areas(named("cow-areas-fork", "fork of three areas in one table, and writes to it",
                          {{{rfc_v2, {"rss", "table-leak", "lost-write"}}},
                           {{"fork-copies-other-areas", {"recursion"}}}}))),
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
  register_scenario(named("cow-break-vs-swapoff", "a thread breaks a shared table during swapoff",
                          {{{rfc_v2, {"bad-page-map", "livelock"}}},
                           {{"unuse-without-break", {"rss", "shared-pte-store"}}}}),
                    break_vs_swapoff);
  register_scenario(named("cow-exit-vs-swapoff", "the forking mm exits during swapoff",
                          {{{rfc_v2, {"bad-page-map"}}}}),
                    exit_vs_swapoff);
  register_scenario(
      named("cow-break-vs-reclaim", "a thread breaks a shared table while reclaim takes a page",
            {{{rfc_v2, {"lost-write", "writable-in-two-mms", "table-leak", "crash"}}},
             {{"rmap-changes-shared", {"shared-pte-store"}}}}),
      break_vs_reclaim);
  register_scenario(named("cow-fork-vs-reclaim", "fork shares a table while reclaim takes a page",
                          {{}, {{"rmap-without-recheck", {"shared-pte-store"}}}}),
                    fork_vs_reclaim);
  register_scenario(named("cow-exit-vs-reclaim", "the forking mm exits while reclaim takes a page"),
                    exit_vs_reclaim);
  register_scenario(
      on({v5}, named("cow-reclaim-out-of-memory", "no memory for the table that reclaim breaks")),
      reclaim_out_of_memory);
  register_scenario(on({rfc_v2, safe, v5}, named("cow-swap-in-vs-swap-in",
                                                 "both mms read a page of theirs that is in swap")),
                    swap_in_vs_swap_in);
  register_scenario(named("cow-reclaim-alone", "reclaim takes a page that a shared table maps",
                          {{{rfc_v2, {"lost-write"}}}, {}, {"rmap-walk-copies"}}),
                    reclaim_alone);
}

void register_reaper() {
  register_scenario(named("cow-reap-vs-write",
                          "the OOM reaper takes the memory of an mm that writes to a shared table",
                          {{}, {{"zap-without-recheck", {"rss", "crash"}}}}),
                    reap_vs_write);
  register_scenario(
      named("cow-reap-vs-dontneed", "the OOM reaper and MADV_DONTNEED meet in a shared table"),
      reap_vs_dontneed);
}

void register_walks() {
  register_scenario(named("cow-break-vs-page-referenced",
                          "accessed bits are cleared in a shared table, without a break",
                          {{{rfc_v2, {"crash"}}}}),
                    break_vs_page_referenced);
  checker::scenario value = named("cow-page-referenced-vs-break",
                                  "accessed bits are cleared while one mm writes, the other exits",
                                  {{{rfc_v2, {"writable-in-two-mms", "table-leak", "crash"}}},
                                   {{"rmap-without-pmd-lock", {"use-after-free"}}}});
  register_scenario(with(value, {"writes", "1: the parent writes, 0: it exits", 1, 0, 1}),
                    page_referenced_vs_exit);
  value = named("cow-page-referenced-vs-exit", "accessed bits are cleared while both mms exit",
                {{{rfc_v2, {"writable-in-two-mms", "crash"}}},
                 {{"zap-without-pmd-lock", {"use-after-free"}}}});
  register_scenario(with(value, {"writes", "1: the parent writes, 0: it exits", 0, 0, 1}),
                    page_referenced_vs_exit);
  register_scenario(with_cached_pmds(named("cow-break-vs-walk",
                                           "a CPU walks by its cached PMD entry during a break",
                                           {{{rfc_v2, {"table-leak", "stale-tlb"}}}})),
                    break_vs_walk);
  value = with_cached_pmds(named(
      "cow-walk-after-break", "a CPU walks by its cached PMD entry after a break",
      {{{rfc_v2, {"use-after-free"}}},
       {{"break-without-flush", {"use-after-free"}}, {"break-flushes-late", {"use-after-free"}}},
       {"flush-after-copy"}}));
  const checker::parameter child_writes = {"child_writes", "1: the child writes, 0: it exits", 0, 0,
                                           1};
  register_scenario(on({rfc_v2, safe, v5}, with(value, child_writes)), walk_after_break);
  // The exit of a child upsets the rss of on-demand-fork.
  value = with_cached_pmds(named("cow-walk-after-two-breaks",
                                 "a CPU walks by its cached PMD entry, and the last user breaks"));
  register_scenario(with_default(with(value, child_writes), "child_writes", 1), walk_after_break);
  register_scenario(with_cached_pmds(named(
                        "cow-munmap-vs-walk", "a CPU walks by its cached PMD entry during munmap",
                        {{{rfc_v2, {"writable-in-two-mms", "table-leak", "stale-tlb"}}},
                         {{"zap-without-flush", {"stale-tlb"}}}})),
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
