// SPDX-License-Identifier: GPL-2.0-only
// Figures of the engine, printed: time per execution and per step, states per second, and stock
// Relacy's full search on the same protocol, in the same run.
//
//   build/benchmark_engine --benchmark_repetitions=10 --benchmark_report_aggregates_only=true
//
// prints mean, median, standard deviation and coefficient of variation of each figure over ten
// repetitions. Ratios are of paired runs: both sides run in every repetition.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "checker/explore/explore.hpp"
#include "checker/run/registry.hpp"
#include "tests/benchmarks/stock_relacy.hpp"

namespace {

using clock = std::chrono::steady_clock;

bool gave_up = false;

void give_up(benchmark::State& state, const char* why) {
  gave_up = true;
  state.SkipWithError(why);
}

double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

checker::result explore_fork_faults(std::int64_t pages, std::int64_t faulters, bool cache) {
  const auto* const toy = checker::registry::find_scenario("toy/fork_faults");
  const auto program = toy->make({{"pages", pages}, {"faulters", faulters}}, "", "");
  checker::explore::options how;
  how.state_cache = cache;
  how.data_races = toy->data_races;
  how.check_announcements = how.check_determinism = false;  // which the others do not do either
  return checker::explore::run(*program, how);
}

/// What stock Relacy takes for one execution of three pages and one faulting thread: a measure of
/// the machine.
double stock_us_each() {
  static const double each = [] {
    const auto start = clock::now();
    const auto executions = benchmarks::stock_full_search(3, 1);
    return seconds_since(start) * 1e6 / static_cast<double>(executions);
  }();
  return each;
}

/// Every execution of the reduced search, no cache: what one execution costs. The steps it has in
/// common with the one before it are not made again.
void executions(benchmark::State& state) {
  checker::result last;
  double seconds = 0;
  for (auto _ : state) {
    last = explore_fork_faults(state.range(0), state.range(1), false);
    if (last.outcome != checker::verdict::verified) give_up(state, "not verified");
    seconds += last.seconds;
  }
  const auto rounds = static_cast<double>(state.iterations());
  const auto executions = static_cast<double>(last.executions);
  const double each = seconds / rounds * 1e6 / executions;
  state.counters["executions"] = executions;
  state.counters["steps"] = static_cast<double>(last.depth);
  state.counters["made"] = static_cast<double>(last.steps) / executions;
  state.counters["us_each"] = each;
  state.counters["stock_us_each"] = stock_us_each();
  state.counters["ratio"] = each / stock_us_each();
}
BENCHMARK(executions)
    ->Args({4, 2})
    ->Args({2, 3})
    ->ArgNames({"pages", "faulters"})
    ->Unit(benchmark::kMillisecond);

/// The same with the state cache.
void states(benchmark::State& state) {
  checker::result last;
  double seconds = 0;
  for (auto _ : state) {
    last = explore_fork_faults(state.range(0), state.range(1), true);
    if (last.outcome != checker::verdict::verified) give_up(state, "not verified");
    seconds += last.seconds;
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.counters["states"] = static_cast<double>(last.states);
  state.counters["states_per_s"] = static_cast<double>(last.states) * rounds / seconds;
  state.counters["steps_per_state"] =
      static_cast<double>(last.steps) / static_cast<double>(last.states);
}
BENCHMARK(states)
    ->Args({4, 2})
    ->Args({3, 3})
    ->Args({4, 3})
    ->ArgNames({"pages", "faulters"})
    ->Unit(benchmark::kMillisecond);

/// Stock Relacy beside us, one thread that faults: how many times as many executions it needs, and
/// how many times as long.
void against_stock_relacy(benchmark::State& state) {
  const auto pages = static_cast<int>(state.range(0));
  double ours = 0, stock = 0;
  std::uint64_t our_executions = 0, stock_executions = 0;
  for (auto _ : state) {
    auto start = clock::now();
    our_executions = explore_fork_faults(pages, 1, false).executions;
    ours += seconds_since(start);
    start = clock::now();
    stock_executions = benchmarks::stock_full_search(pages, 1);
    stock += seconds_since(start);
  }
  if (stock_executions == 0) give_up(state, "stock Relacy reports an error");
  state.counters["our_executions"] = static_cast<double>(our_executions);
  state.counters["stock_executions"] = static_cast<double>(stock_executions);
  state.counters["execution_ratio"] =
      static_cast<double>(stock_executions) / static_cast<double>(our_executions);
  state.counters["time_ratio"] = stock / ours;
}
BENCHMARK(against_stock_relacy)->Arg(2)->Arg(3)->ArgNames({"pages"})->Unit(benchmark::kMillisecond);

#ifdef PTLCHECK_PROGRAM
/// The scenario suite with all seeded bugs, as `ptlcheck run` runs it on all processors.
void suite(benchmark::State& state) {
  const auto traces = std::filesystem::temp_directory_path() / "ptlcheck-benchmark";
  const std::string trace_option = "--trace-dir=" + traces.string();
  for (auto _ : state) {
    const pid_t child = fork();
    if (child == 0) {
      if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
      execl(PTLCHECK_PROGRAM, PTLCHECK_PROGRAM, "run", trace_option.c_str(), nullptr);
      _exit(127);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
      give_up(state, "the suite did not pass");
      break;
    }
  }
  std::filesystem::remove_all(traces);
}
BENCHMARK(suite)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
#endif

}  // namespace

int main(int count, char** values) {
  benchmark::Initialize(&count, values);
  if (benchmark::ReportUnrecognizedArguments(count, values)) return 1;
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  // A benchmark that gives up is only a line of its report to the library.
  return ran == 0 || gave_up ? 1 : 0;
}
