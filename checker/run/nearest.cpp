// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace checker {
namespace {

// Names longer than this are not typing errors of ours; the bound keeps hostile arguments cheap.
constexpr std::size_t longest_name = 100;

std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> cost(from.size() + 1,
                                             std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= to.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const bool same = from[i - 1] == to[j - 1];
      cost[i][j] =
          std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[from.size()][to.size()];
}

}  // namespace

std::string nearest_name(std::string_view given, const std::vector<std::string>& known) {
  if (given.empty() || given.size() > longest_name) return {};
  std::string best;
  // A third of the letters wrong is still a typing error; beyond that it is another word. Two may
  // be wrong where at least as many are right.
  std::size_t best_cost = std::max<std::size_t>(given.size() < 4 ? 1 : 2, given.size() / 3) + 1;
  for (const auto& name : known) {
    // Leaving out the end ("fork-vs-swap") is the other common mistake.
    const bool beginning = given.size() >= 3 && name.starts_with(given);
    const std::size_t cost = beginning ? 1 : edits(given, name);
    if (cost < best_cost && cost < std::max(given.size(), name.size())) {
      best = name;
      best_cost = cost;
    }
  }
  return best;
}

std::string escaped(std::string_view text, std::size_t longest) {
  std::string out;
  for (char c : text.substr(0, longest)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return text.size() > longest ? out + "…" : out;
}

std::string unknown_name(std::string_view what, std::string_view given,
                         const std::vector<std::string>& known, std::string_view otherwise) {
  const std::string near = nearest_name(given, known);
  if (near.empty()) return fmt::format("unknown {} '{}'; {}", what, escaped(given), otherwise);
  return fmt::format("unknown {} '{}'; did you mean '{}'?", what, escaped(given), near);
}

}  // namespace checker
