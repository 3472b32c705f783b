// SPDX-License-Identifier: GPL-2.0-only
// How good the estimates of a graph's size are: searches graphs to their end, and sets what was
// estimated on the way beside what came out. Prints a table in Markdown.
//
//   benchmark_estimate [PROCESSES [SECONDS]]
//
// leaves out graphs that take longer. What is estimated depends on when the surveying process gets
// a processor: no two runs print the same.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "checker/explore/explore.hpp"
#include "checker/run/registry.hpp"

namespace {

struct graph {
  std::string scenario;
  checker::parameter_values set;
};

// Those after the first four were not looked at when the estimate's factors were chosen.
const std::vector<graph> graphs{
    {"toy/fork_faults", {{"pages", 4}, {"faulters", 4}}},
    {"toy/mutex", {{"threads", 3}, {"rounds", 5}}},
    {"fork-vs-write-fault-vs-swapoff", {{"pages", 3}}},
    {"fork-vs-reclaim", {{"pages", 3}}},
    {"toy/mutex", {{"threads", 4}, {"rounds", 3}}},
    {"toy/fork_faults", {{"pages", 6}, {"faulters", 3}}},
    {"toy/fork_faults", {{"pages", 3}, {"faulters", 5}}},
    {"fork-vs-write-fault-vs-swapoff", {{"pages", 5}}},
    {"fork-vs-reclaim", {{"pages", 6}}},
    {"fork-vs-swapoff", {{"pages", 8}}},
    {"two-forks", {{"pages", 4}}},
    {"swapoff-vs-reclaim", {{"pages", 5}}},
    {"munmap-vs-reclaim", {{"pages", 6}}},
};

using sample = checker::explore::progress;

checker::result search(const graph& of, unsigned jobs, double seconds,
                       std::vector<sample>& samples) {
  const auto* const found = checker::registry::find_scenario(of.scenario);
  checker::parameter_values values;
  for (const auto& each : found->parameters) values[each.name] = each.default_value;
  for (const auto& [name, value] : of.set) values.at(name) = value;
  const auto kernel = found->kernels.empty() ? std::string() : found->kernels.front();
  const auto program = found->make(values, kernel, "");
  checker::explore::options how;
  how.search = checker::explore::search::graph;
  how.reduce = {false, false, false};  // or the graphs would be too small to say much
  how.jobs = jobs;
  how.estimate = true;
  how.max_seconds = seconds;
  how.check_determinism = how.check_announcements = false;
  how.data_races = found->data_races;
  how.on_progress = [&](const sample& now) { samples.push_back(now); };
  return checker::explore::run(*program, how);
}

struct tally {
  int known = 0, inside = 0, above_low = 0, bounds = 0;
};

/// "1.4 (0.7 to 3.1)": what was estimated, in parts of what came out.
std::string cell(const sample* at, std::uint64_t states, tally& counted) {
  if (at == nullptr) return "-";
  const auto& made = at->estimate;
  if (!made.made()) return "not known";
  const auto part = [&](std::uint64_t of) {
    return static_cast<double>(of) / static_cast<double>(states);
  };
  ++counted.bounds;
  if (made.low <= states) ++counted.above_low;
  if (made.states == 0) return fmt::format("> {:.2g}", part(made.low));
  ++counted.known;
  const bool inside = made.low <= states && states <= made.high;
  if (inside) ++counted.inside;
  return fmt::format("{}{:.2g} ({:.2g} to {:.2g})", inside ? "" : "! ", part(made.states),
                     part(made.low), part(made.high));
}

}  // namespace

int main(int count, char** arguments) {
  const unsigned jobs =
      count > 1 ? static_cast<unsigned>(std::strtoul(arguments[1], nullptr, 10)) : 1;
  const double seconds = count > 2 ? std::strtod(arguments[2], nullptr) : 60;
  tally counted;
  fmt::print("| graph | states | s | 1 s | 10 % | 30 % | 60 % |\n|---|---|---|---|---|---|---|\n");
  for (const auto& each : graphs) {
    if (checker::registry::find_scenario(each.scenario) == nullptr) continue;
    std::vector<sample> samples;
    const auto came_out = search(each, jobs, seconds, samples);
    std::string name = each.scenario;
    for (const auto& [key, value] : each.set) name += fmt::format(" {}={}", key, value);
    if (came_out.outcome != checker::verdict::verified) {
      fmt::print("| {} | - | {:.0f} | {} | | | |\n", name, came_out.seconds, came_out.bound);
      continue;
    }
    std::array<const sample*, 4> at{};
    for (const auto& now : samples) {
      const auto share = static_cast<double>(now.states) / static_cast<double>(came_out.states);
      const std::array reached{now.seconds >= 1, share >= 0.1, share >= 0.3, share >= 0.6};
      for (std::size_t i = 0; i < at.size(); ++i) {
        if (at[i] == nullptr && reached[i]) at[i] = &now;
      }
    }
    fmt::print("| {} | {} | {:.1f} |", name, came_out.states, came_out.seconds);
    for (const auto* const now : at) fmt::print(" {} |", cell(now, came_out.states, counted));
    fmt::print("\n");
    std::fflush(stdout);
  }
  fmt::print("\n{} of {} intervals held what came out; {} of {} lower bounds were none too high.\n",
             counted.inside, counted.known, counted.above_low, counted.bounds);
  return 0;
}
