// SPDX-License-Identifier: GPL-2.0-only
#include "tests/benchmarks/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace benchmarks {
namespace {

std::string with_commas(std::uint64_t value) {
  auto text = fmt::format("{}", value);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

/// Three significant digits.
std::string number(double value) {
  if (value >= 100) return with_commas(static_cast<std::uint64_t>(value + 0.5));
  return fmt::format("{:#.3g}", value);
}

std::string milliseconds(const spread& seconds) { return number(seconds.median * 1e3); }

std::string ratio(const spread& of) {
  if (of.count == 0) return "";
  return fmt::format("**{}** ({} to {}; {} to {}; {} pairs)", number(of.median),
                     number(of.lower_quartile), number(of.upper_quartile), number(of.least),
                     number(of.most), of.count);
}

class table_writer {
 public:
  table_writer(std::span<const measurement> all, double most_seconds)
      : all_(all),
        too_long_(fmt::format("not within {} s", most_seconds)),
        too_long_with_states_(fmt::format("not within {} s", most_seconds * patience_with_states)) {
    for (const auto& one : all) sizes_.insert(one.size);
  }

  std::string without_states() const {
    std::string text =
        "| P | F | executions, ours | us per execution | ms | executions, stock Relacy | ms | its "
        "time / ours |\n|--:|--:|--:|--:|--:|--:|--:|:--|\n";
    for (const auto size : sizes_) {
      if (rows(peer::ours_without_cache, size).empty()) continue;
      text += fmt::format(
          "| {} | {} | {} | {} | {} | {} | {} |\n", size.pages, size.faulters,
          executions(peer::ours_without_cache, size), microseconds(size),
          time(peer::ours_without_cache, size),
          fmt::format("{} | {}", executions(peer::stock_relacy, size),
                      time(peer::stock_relacy, size)),
          ratio(paired_ratio(all_, size, peer::stock_relacy, peer::ours_without_cache)));
    }
    return text;
  }

  std::string with_states() const {
    std::string text =
        "| P | F | states, ours | ms | bytes per state | states, Spin | ms | bytes per state | "
        "Spin's time / ours | Spin's states / ours |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|:--|--:|\n";
    for (const auto size : sizes_) {
      if (rows(peer::ours, size).empty()) continue;
      const auto of_ours = completed(all_, peer::ours, size);
      const auto of_spin = completed(all_, peer::spin, size);
      const auto states = of_ours.empty() || of_spin.empty()
                              ? ""
                              : number(static_cast<double>(of_spin.front().states) /
                                       static_cast<double>(of_ours.front().states));
      text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", size.pages, size.faulters,
                          stored(peer::ours, size), stored(peer::spin, size),
                          ratio(paired_ratio(all_, size, peer::spin, peer::ours)), states);
    }
    return text;
  }

  /// Empty if nothing was measured with two workers.
  std::string workers() const {
    std::string lines;
    for (const auto size : sizes_) {
      const auto speedup = paired_ratio(all_, size, peer::ours_unreduced, peer::ours_two_workers);
      if (speedup.count == 0) continue;
      auto apart = paired_ratio(all_, size, peer::ours_unreduced, peer::ours_twice);
      for (auto* const each : {&apart.median, &apart.lower_quartile, &apart.upper_quartile,
                               &apart.least, &apart.most}) {
        *each *= 2;  // they do twice the work
      }
      lines += fmt::format("| {} | {} | {} | {} | {} | {} |\n", size.pages, size.faulters,
                           stored(peer::ours_unreduced, size), time(peer::ours_two_workers, size),
                           ratio(speedup), ratio(apart));
    }
    if (lines.empty()) return lines;
    return "| P | F | states | ms, `-j 1` | bytes per state | ms, `-j 2` | `-j 1` / `-j 2` | "
           "two searches apart |\n"
           "|--:|--:|--:|--:|--:|--:|:--|:--|\n" +
           lines;
  }

 private:
  std::vector<measurement> rows(peer who, world_size size) const {
    std::vector<measurement> found;
    std::ranges::copy_if(all_, std::back_inserter(found), [&](const measurement& one) {
      return one.who == who && one.size == size;
    });
    return found;
  }

  std::string executions(peer who, world_size size) const {
    const auto found = completed(all_, who, size);
    if (!found.empty()) return with_commas(found.front().executions);
    return rows(who, size).empty() ? "" : too_long_;
  }
  std::string time(peer who, world_size size) const {
    std::vector<double> seconds;
    for (const auto& one : completed(all_, who, size)) seconds.push_back(one.seconds);
    return seconds.empty() ? "" : milliseconds(spread_of(std::move(seconds)));
  }
  /// Searches that were given up tell what a step costs, too.
  std::string microseconds(world_size size) const {
    std::vector<double> each;
    for (const auto& one : rows(peer::ours_without_cache, size)) {
      if (one.executions != 0) {
        each.push_back(one.seconds / static_cast<double>(one.executions) * 1e6);
      }
    }
    const auto of = spread_of(std::move(each));
    if (of.count == 0) return "";
    return fmt::format("{} ({} to {})", number(of.median), number(of.least), number(of.most));
  }
  std::string stored(peer who, world_size size) const {
    const auto found = completed(all_, who, size);
    if (found.empty()) return (rows(who, size).empty() ? "" : too_long_with_states_) + " | | ";
    const auto& one = found.front();
    return fmt::format(
        "{} | {} | {}", with_commas(one.states), time(who, size),
        one.bytes == 0 ? ""
                       : number(static_cast<double>(one.bytes) / static_cast<double>(one.states)));
  }

  std::span<const measurement> all_;
  std::string too_long_, too_long_with_states_;
  std::set<world_size> sizes_;
};

}  // namespace

std::string tables(std::span<const measurement> all, double most_seconds) {
  const table_writer writer(all, most_seconds);
  auto text =
      "Times are medians. A ratio is the median of the ratios of paired runs (quartiles; least and "
      "most; number of pairs).\n\n"
      "Every execution, no states stored:\n\n" +
      writer.without_states() + "\nStates stored:\n\n" + writer.with_states();
  if (const auto workers = writer.workers(); !workers.empty()) {
    text += "\nWithout reductions, one worker and two:\n\n" + workers;
  }
  return text;
}

}  // namespace benchmarks
