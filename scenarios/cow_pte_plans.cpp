// SPDX-License-Identifier: GPL-2.0-only
#include "scenarios/cow_pte_plans.hpp"

#include <string>
#include <utility>
#include <vector>

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

/// And a swap slot that nothing is in at first.
plan with_free_slot(plan populated) {
  populated.world.slots = 1;
  return populated;
}

unsigned bit(model::alloc_site site) { return 1U << static_cast<unsigned>(site); }

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

}  // namespace

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

plan owner_exits_first(const checker::parameter_values& set) {
  return exit_vs_two_writes(set, true);
}

plan sharer_exits_first(const checker::parameter_values& set) {
  return exit_vs_two_writes(set, false);
}

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

plan owner_change_vs_fork(const checker::parameter_values& set) {
  plan result = plan_for(set, 3);
  add_thread(result, "parent", 0, {write(0, 110)});
  add_thread(result, "child/0", 1, {fork(1, 2)});
  add_thread(result, "child/1", 1, {write(1, 211)});
  return shared(result);
}

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
  return with_free_slot(shared(result));
}

plan fork_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {fork(0, 1)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  return with_free_slot(shared(result, 1));
}

plan exit_vs_reclaim(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent", 0, {exit(0)});
  add_thread(result, "kswapd", -1, {reclaim(0)});
  return with_free_slot(shared(result));
}

plan reclaim_out_of_memory(const checker::parameter_values& set) {
  plan result = plan_for(set);
  result.world.failing_sites = bit(model::alloc_site::pte_table);
  add_thread(result, "kswapd", -1, {reclaim(0)});
  return with_free_slot(shared(result));
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

plan break_vs_walk(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {write(0, 110)});
  add_thread(result, "parent/1", 0, {read(0), read(1)});
  add_thread(result, "child", 1, {write(1, 211)});
  return shared(result);
}

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
  return with_free_slot(shared(result));
}

plan munmap_vs_walk(const checker::parameter_values& set) {
  plan result = plan_for(set);
  add_thread(result, "parent/0", 0, {munmap(0)});
  add_thread(result, "parent/1", 0, {read(1), read(0)});
  add_thread(result, "child", 1, {write(1, 211)});
  return shared(result);
}

}  // namespace scenarios::cow_pte
