// SPDX-License-Identifier: GPL-2.0-only
// The peers beside us: toy/fork_faults under our search with and without stored states, under a
// verifier made by Spin, and under stock Relacy's full search. Prints tables in Markdown.
//
//   build/benchmark_peers                       about ten minutes
//   build/benchmark_peers --quick               some seconds
//   tests/benchmarks/regenerate                 writes docs/benchmarks.{md,csv,svg}
//
// Ratios are of paired runs: each repetition runs every side, in turn forwards and backwards. A
// search that takes longer than --limit (one that stores states: six times that) is given up and
// reported as such.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/benchmarks/measurement.hpp"
#include "tests/benchmarks/peer_runs.hpp"
#include "tests/benchmarks/tables.hpp"
#include "tests/peers/verifier.hpp"

namespace benchmarks {
namespace {

struct settings {
  int repetitions = 10;
  bool quick = false;
  double limit = 10;    ///< seconds
  double sample = 0.3;  ///< seconds of a search that is too long to be repeated as a whole
  std::string csv, svg, from;
  std::vector<int> size, stock, alone;  ///< pages and faulters
  unsigned jobs = 1;                    ///< of the run alone
};

constexpr world_size all_sizes[] = {{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1},
                                    {8, 1}, {1, 2}, {2, 2}, {3, 2}, {4, 2}, {1, 3}, {2, 3},
                                    {3, 3}, {4, 3}, {5, 3}, {2, 4}, {3, 4}, {4, 4}};
constexpr world_size quick_sizes[] = {{1, 1}, {2, 1}, {2, 2}, {2, 3}};

/// One of the searches, at one size.
struct side {
  peer who;
  std::function<measurement(double most_seconds)> run;
  bool given_up = false;  ///< too long: not run again, or only to sample what a step costs
};

class peer_benchmark {
 public:
  explicit peer_benchmark(const settings& how) : how_(how) {
    if (!peers::spin_installed()) fmt::print(stderr, "Spin is not installed: left out\n");
    run_ours({1, 1}, peer::ours, how_.limit);  // what only the first run of a process pays for
  }

  std::vector<measurement> run() {
    if (!how_.size.empty()) {
      measure({how_.size[0], how_.size[1]});
    } else if (how_.quick) {
      for (const auto size : quick_sizes) measure(size);
    } else {
      for (const auto size : all_sizes) measure(size);
    }
    return std::move(all_);
  }

 private:
  void measure(world_size size) {
    fmt::print(stderr, "P={} F={}\n", size.pages, size.faulters);
    std::optional<spin_twin> spin;
    auto sides = sides_at(size, spin);
    for (int repetition = 0; repetition < how_.repetitions; ++repetition) {
      for (auto& each : sides) take_turn(each, repetition);
      std::ranges::reverse(sides);
    }
  }

  std::vector<side> sides_at(world_size size, std::optional<spin_twin>& spin) const {
    std::vector<side> sides;
    const auto ours = [&](peer which) {
      sides.push_back({which, [size, which](double most) { return run_ours(size, which, most); }});
    };
    ours(peer::ours_without_cache);
    sides.push_back(
        {peer::stock_relacy, [size](double most) { return run_stock_relacy(size, most); }});
    ours(peer::ours);
    if (peers::spin_installed()) {
      spin.emplace(size);
      sides.push_back({peer::spin, [&spin](double /*most*/) { return spin->run(); }});
    }
    ours(peer::ours_unreduced);
    ours(peer::ours_two_workers);
    sides.push_back({peer::ours_twice, [size](double most) { return run_ours_twice(size, most); }});
    return sides;
  }

  void take_turn(side& each, int repetition) {
    const bool samples = each.who == peer::ours_without_cache;
    if (each.given_up && !samples) return;
    const bool stores = each.who == peer::ours || each.who == peer::ours_unreduced ||
                        each.who == peer::ours_two_workers || each.who == peer::ours_twice;
    auto one = each.run(each.given_up ? how_.sample
                        : stores      ? how_.limit * patience_with_states
                                      : how_.limit);
    one.repetition = repetition;
    // One whole run of some seconds tells the count; what a step costs is seen sooner.
    each.given_up |= !one.complete || (samples && one.seconds > 10 * how_.sample);
    all_.push_back(one);
  }

  const settings& how_;
  std::vector<measurement> all_;
};

void write_file(const std::string& name, const std::function<void(std::ostream&)>& write) {
  std::ofstream out(name);
  write(out);
  if (!out.flush()) throw std::runtime_error("can't write " + name);
}

void report(const settings& how) {
  std::vector<measurement> all;
  if (how.from.empty()) {
    fmt::print("Measured on: {}\n\n", machine());
    all = peer_benchmark(how).run();
  } else {
    std::ifstream in(how.from);
    all = read_csv(in);
  }
  fmt::print("{}", tables(all, how.limit));
  if (!how.csv.empty()) {
    write_file(how.csv, [&](std::ostream& out) { write_csv(out, all); });
  }
  if (!how.svg.empty()) {
    write_file(how.svg, [&](std::ostream& out) { out << plot(all); });
  }
}

}  // namespace
}  // namespace benchmarks

int main(int count, char** values) {
  benchmarks::settings how;
  CLI::App app("Compares the search with its peers on toy/fork_faults.");
  auto* const repetitions = app.add_option("--repetitions", how.repetitions, "runs of each side")
                                ->check(CLI::PositiveNumber);
  app.add_flag("--quick", how.quick, "small sizes, 2 repetitions unless told");
  app.add_option("--size", how.size, "only so many pages and faulting threads")
      ->expected(2)
      ->check(CLI::Range(1, 7));
  app.add_option("--limit", how.limit,
                 "seconds after which a search is given up; six times that if it stores states")
      ->check(CLI::PositiveNumber);
  app.add_option("--csv", how.csv, "write every measurement there");
  app.add_option("--svg", how.svg, "draw the plot there");
  app.add_option("--from", how.from, "measure nothing: read the measurements there")
      ->check(CLI::ExistingFile);
  app.add_option("--stock", how.stock, "only one run of stock Relacy")->expected(2)->group("");
  app.add_option("--alone", how.alone, "only one run without reductions")->expected(2)->group("");
  app.add_option("--jobs", how.jobs, "processes at work in that run")->group("");
  CLI11_PARSE(app, count, values);
  if (how.quick && repetitions->count() == 0) how.repetitions = 2;
  try {
    if (!how.stock.empty()) {
      benchmarks::print_stock_run({how.stock[0], how.stock[1]});
    } else if (!how.alone.empty()) {
      benchmarks::print_run_alone({how.alone[0], how.alone[1]}, how.jobs, how.limit);
    } else {
      benchmarks::report(how);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "benchmark_peers: {}\n", error.what());
    return 1;
  }
  return 0;
}
