// SPDX-License-Identifier: GPL-2.0-only
#include "tests/benchmarks/measurement.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <istream>
#include <ostream>
#include <sstream>
#include <stdexcept>

namespace benchmarks {
namespace {

constexpr std::array names = {"ours",        "ours-unreduced",     "ours-unreduced-j2",
                              "ours-twice",  "ours-without-cache", "spin",
                              "stock-relacy"};
constexpr const char* header =
    "peer,pages,faulters,repetition,seconds,executions,steps,states,bytes,complete";

measurement from_line(const std::string& line) {
  std::string spaced = line;
  std::ranges::replace(spaced, ',', ' ');
  std::istringstream in(spaced);
  std::string name;
  measurement one;
  in >> name >> one.size.pages >> one.size.faulters >> one.repetition >> one.seconds >>
      one.executions >> one.steps >> one.states >> one.bytes >> one.complete;
  const auto* const found = std::ranges::find(names, name);
  if (!in || found == names.end()) throw std::runtime_error("not a measurement: " + line);
  one.who = static_cast<peer>(found - names.begin());
  return one;
}

}  // namespace

const char* to_string(peer who) { return names[static_cast<std::size_t>(who)]; }

void write_csv(std::ostream& out, std::span<const measurement> all) {
  fmt::print(out, "{}\n", header);
  for (const auto& one : all) {
    fmt::print(out, "{},{},{},{},{:.9f},{},{},{},{},{:d}\n", to_string(one.who), one.size.pages,
               one.size.faulters, one.repetition, one.seconds, one.executions, one.steps,
               one.states, one.bytes, one.complete);
  }
}

std::vector<measurement> read_csv(std::istream& in) {
  std::vector<measurement> all;
  std::string line;
  if (!std::getline(in, line) || line != header) throw std::runtime_error("not a CSV of ours");
  while (std::getline(in, line)) all.push_back(from_line(line));
  return all;
}

spread spread_of(std::vector<double> values) {
  spread result;
  result.count = values.size();
  if (values.empty()) return result;
  std::ranges::sort(values);
  const auto quantile = [&](double part) {
    const double at = part * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const auto above = std::min(below + 1, values.size() - 1);
    return std::lerp(values[below], values[above], at - static_cast<double>(below));
  };
  result.median = quantile(0.5);
  result.lower_quartile = quantile(0.25);
  result.upper_quartile = quantile(0.75);
  result.least = values.front();
  result.most = values.back();
  return result;
}

std::vector<measurement> completed(std::span<const measurement> all, peer who, world_size size) {
  std::vector<measurement> found;
  for (const auto& one : all) {
    if (one.who == who && one.size == size && one.complete) found.push_back(one);
  }
  return found;
}

spread paired_ratio(std::span<const measurement> all, world_size size, peer dividend,
                    peer divisor) {
  std::vector<double> ratios;
  const auto below = completed(all, divisor, size);
  for (const auto& one : completed(all, dividend, size)) {
    const auto other = std::ranges::find(below, one.repetition, &measurement::repetition);
    if (other != below.end()) ratios.push_back(one.seconds / other->seconds);
  }
  return spread_of(std::move(ratios));
}

}  // namespace benchmarks
