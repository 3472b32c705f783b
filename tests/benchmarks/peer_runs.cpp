// SPDX-License-Identifier: GPL-2.0-only
#include "tests/benchmarks/peer_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "checker/explore/explore.hpp"
#include "checker/run/registry.hpp"
#include "tests/benchmarks/stock_relacy.hpp"

namespace benchmarks {
namespace {

using clock = std::chrono::steady_clock;

std::string model_text() {
  std::ifstream file(PTLCHECK_SOURCE_DIR "/tests/benchmarks/fork_faults.pml");
  if (!file) throw std::runtime_error("no fork_faults.pml");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

FILE* started(const std::string& command) {
  FILE* const output = popen(command.c_str(), "r");
  if (output == nullptr) throw std::runtime_error("can't start: " + command);
  return output;
}

/// Of a command's output; waits for its end.
std::string first_line_of(FILE* output) {
  char line[256] = "";
  if (std::fgets(line, sizeof line, output) == nullptr) line[0] = '\0';
  pclose(output);
  std::string text = line;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string first_line_of(const std::string& command) { return first_line_of(started(command)); }

std::string this_program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

}  // namespace

namespace {

measurement run_ours(world_size size, peer which, unsigned jobs, double most_seconds) {
  const auto* const toy = checker::registry::find_scenario("toy/fork_faults");
  const auto program = toy->make({{"pages", size.pages}, {"faulters", size.faulters}}, "", "");
  checker::explore::options how;
  const bool stores = which != peer::ours_without_cache;
  how.search = stores ? checker::explore::search::graph : checker::explore::search::dpor;
  how.state_cache = false;  // the graph has its own states
  how.jobs = jobs;
  if (which == peer::ours_two_workers || which == peer::ours_unreduced) {
    how.reduce = {false, false, false};
  }
  how.data_races = toy->data_races;
  how.check_announcements = false;  // which the others do not do either
  how.max_seconds = most_seconds;
  const auto found = checker::explore::run(*program, how);
  const bool complete = found.outcome == checker::verdict::verified;
  if (!complete && found.outcome != checker::verdict::bounded) {
    throw std::runtime_error("toy/fork_faults is not verified: " + found.error);
  }
  return {which,
          size,
          0,
          found.seconds,
          found.executions,
          found.steps,
          found.states,
          found.state_bytes,
          complete};
}

}  // namespace

measurement run_ours(world_size size, peer which, double most_seconds) {
  return run_ours(size, which, which == peer::ours_two_workers ? 2 : 1, most_seconds);
}

measurement run_ours_twice(world_size size, double most_seconds) {
  const auto command = fmt::format("'{}' --alone {} {} --limit {}", this_program(), size.pages,
                                   size.faulters, most_seconds);
  const std::array processes{started(command), started(command)};
  measurement result{.who = peer::ours_twice, .size = size};
  for (auto* const process : processes) {
    const auto line = first_line_of(process);
    std::istringstream answer(line);
    double seconds = 0;
    if (!(answer >> seconds >> result.states)) throw std::runtime_error("one of two: " + line);
    result.seconds = std::max(result.seconds, seconds);
    result.complete &= result.states != 0;
  }
  return result;
}

void print_run_alone(world_size size, unsigned jobs, double most_seconds) {
  run_ours({1, 1}, peer::ours_unreduced, most_seconds);  // what only the first run pays for
  const auto found = run_ours(size, peer::ours_unreduced, jobs, most_seconds);
  fmt::print("{:.9f} {}\n", found.seconds, found.complete ? found.states : 0);
}

// By another process, because it can't be stopped. That is started anew: after a fork() our own
// next run would pay for the pages both share.
measurement run_stock_relacy(world_size size, double most_seconds) {
  measurement result{
      .who = peer::stock_relacy, .size = size, .seconds = most_seconds, .complete = false};
  if (size.pages > stock_most_pages || size.faulters > stock_most_faulters) return result;
  const auto line =
      first_line_of(fmt::format("timeout {} '{}' --stock {} {} || echo failed $?", most_seconds,
                                this_program(), size.pages, size.faulters));
  if (line == "failed 124") return result;  // the time was up
  std::istringstream answer(line);
  if (!(answer >> result.executions >> result.seconds) || result.executions == 0) {
    throw std::runtime_error("stock Relacy: " + line);
  }
  result.complete = true;
  return result;
}

void print_stock_run(world_size size) {
  const auto start = clock::now();
  const auto executions = stock_full_search(size.pages, size.faulters);
  fmt::print("{} {:.9f}\n", executions,
             std::chrono::duration<double>(clock::now() - start).count());
}

spin_twin::spin_twin(world_size size)
    : size_(size),
      verifier_(model_text(), fmt::format("-DP={} -DF={}", size.pages, size.faulters),
                "-O2 -DSAFETY") {
  const auto states = peers::read_figures(verifier_.run("")).states;
  arguments_ = fmt::format("-w{}", std::max(10, static_cast<int>(std::bit_width(states))));
}

measurement spin_twin::run() const {
  const auto seen = peers::read_figures(verifier_.run(arguments_));
  return {.who = peer::spin,
          .size = size_,
          .seconds = seen.seconds,
          .states = seen.states,
          .bytes = seen.bytes};
}

std::string machine() {
  const auto spin = peers::spin_installed() ? first_line_of("spin -V 2>&1") : "no Spin installed";
  double busy[1] = {};
  if (getloadavg(busy, 1) != 1) busy[0] = 0;
  return fmt::format("{}, {} processors, load average {:.1f} before; GCC {}; {}", processor(),
                     std::thread::hardware_concurrency(), busy[0], __VERSION__, spin);
}

}  // namespace benchmarks
