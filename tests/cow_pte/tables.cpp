// SPDX-License-Identifier: GPL-2.0-only
// The tables of docs/cow-pte/README.md.
//
//   cow_pte_tables verdicts   every scenario of shared page tables on every kernel that has them
//   cow_pte_tables costs      what a fork and a break do there, counted in one execution of each
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "checker/explore/explore.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"
#include "checker/run/suite.hpp"

namespace {

/// Kernels that share tables, in the order of their columns.
std::vector<std::string> sharing_kernels() {
  const checker::scenario* any = checker::registry::find_scenario("cow-break-alone");
  return any->kernels;
}

// ---- Verdicts -----------------------------------------------------------------------------------

/// "verified", or the kind of the violation that was found first.
std::string verdict_of(const checker::result& value) {
  if (value.violations.empty()) return checker::to_string(value.outcome);
  return fmt::format("**{}**", value.violations.front().kind);
}

std::vector<checker::result> run_on(const std::string& kernel, const std::string& scenario) {
  checker::selection asked;
  asked.kernel = kernel;
  asked.patch = "none";
  asked.scenarios = {scenario};
  checker::suite_options options;
  options.how.search = checker::explore::search::graph;
  options.how.minimize = false;
  return checker::run_suite(checker::select_cases(asked), options);
}

/// "-" where the scenario is not for the kernel.
std::string verdict_on(const std::string& kernel, const checker::scenario& subject) {
  const auto& kernels = subject.kernels;
  if (std::find(kernels.begin(), kernels.end(), kernel) == kernels.end()) return "-";
  return verdict_of(run_on(kernel, subject.name).at(0));
}

void print_row(const std::vector<std::string>& cells) {
  fmt::print("| {} |\n", fmt::join(cells, " | "));
}

void print_verdicts() {
  const auto kernels = sharing_kernels();
  std::vector<std::string> heads{"scenario"};
  for (const auto& kernel : kernels) heads.push_back(kernel);
  print_row(heads);
  print_row(std::vector<std::string>(heads.size(), "---"));
  for (const auto& each : checker::registry::scenarios()) {
    if (!each.name.starts_with("cow-")) continue;
    std::vector<std::string> cells{fmt::format("`{}`", each.name)};
    for (const auto& kernel : kernels) cells.push_back(verdict_on(kernel, each));
    print_row(cells);
  }
}

// ---- Costs --------------------------------------------------------------------------------------

struct costs {
  int ptl = 0, other_locks = 0, flushes = 0, atomics = 0, pte_stores = 0, tables = 0;
};

costs count(const checker::trace::document& recorded) {
  costs found;
  for (const auto& step : recorded.steps) {
    using checker::trace::step_kind;
    const std::string_view object = step.object;
    if (step.kind == step_kind::lock)
      ++(step.lock_class == "ptlock" ? found.ptl : found.other_locks);
    if (step.kind == step_kind::atomic && object == "TLB flush") ++found.flushes;
    if (step.kind == step_kind::atomic && object == "pte_alloc_one") ++found.tables;
    if (step.kind == step_kind::atomic && object == "pmd_put_pte") ++found.atomics;
    const bool to_pte = object.find(" pte[") != std::string_view::npos;
    const bool writes = step.kind == step_kind::store || step.kind == step_kind::rmw;
    if (writes && to_pte) ++found.pte_stores;
    if (step.kind == step_kind::rmw && !to_pte) ++found.atomics;
  }
  return found;
}

/// The scenario's one thread, run to its end, with one table of `pages` entries.
costs costs_of(const char* scenario, const std::string& kernel, int pages) {
  const checker::scenario* subject = checker::registry::find_scenario(scenario);
  checker::parameter_values values;
  for (const auto& each : subject->parameters) values[each.name] = each.default_value;
  values["pages"] = pages;
  values["ptes_per_table"] = pages;
  const auto program = subject->make(values, kernel, "");
  checker::trace::document schedule;
  schedule.schedule.assign(10'000, checker::trace::decision{});
  return count(checker::explore::replay(*program, schedule, {}).recorded);
}

void print_costs_of(const char* scenario, const char* title) {
  static constexpr std::array sizes{4, 8};
  fmt::print("{}\n", title);
  fmt::print("{:<16} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "", "PTLs", "locks", "flushes",
             "atomics", "stores", "tables");
  std::vector<std::string> kernels{"v4.14"};
  for (const auto& each : sharing_kernels()) kernels.push_back(each);
  for (const auto& kernel : kernels) {
    const costs few = costs_of(scenario, kernel, sizes[0]);
    const costs many = costs_of(scenario, kernel, sizes[1]);
    const auto both = [](int a, int b) {
      return a == b ? fmt::format("{}", a) : fmt::format("{}, {}", a, b);
    };
    fmt::print("{:<16} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", kernel, both(few.ptl, many.ptl),
               both(few.other_locks, many.other_locks), both(few.flushes, many.flushes),
               both(few.atomics, many.atomics), both(few.pte_stores, many.pte_stores),
               both(few.tables, many.tables));
  }
}

void print_costs() {
  print_costs_of("cow-fork-alone", "fork of one table of 4 pages, of 8 where that differs:");
  fmt::print("\n");
  print_costs_of("cow-break-alone", "the parent's first write to it after that, and a read:");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc == 2 ? argv[1] : "";
  if (what == "verdicts") {
    print_verdicts();
  } else if (what == "costs") {
    print_costs();
  } else {
    fmt::print(stderr, "usage: cow_pte_tables verdicts|costs\n");
    return 2;
  }
  return 0;
}
