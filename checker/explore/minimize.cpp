// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/minimize.hpp"

#include <chrono>
#include <utility>

#include "checker/explore/guided.hpp"

namespace checker::explore {
namespace {

struct segment {
  int thread;
  std::size_t length;
};

std::vector<segment> segments_of(const std::vector<trace::decision>& schedule) {
  std::vector<segment> result;
  for (const auto& decision : schedule) {
    if (decision.is_choice) continue;
    if (result.empty() || result.back().thread != decision.value) {
      result.push_back({decision.value, 0});
    }
    ++result.back().length;
  }
  return result;
}

std::vector<int> order_of(const std::vector<segment>& segments) {
  std::vector<int> order;
  for (const auto& part : segments) order.insert(order.end(), part.length, part.thread);
  return order;
}

/// The schedules that differ from `segments` by one move: a segment joined to the next or the
/// previous one of its thread, or left out.
std::vector<std::vector<segment>> variants(const std::vector<segment>& segments) {
  std::vector<std::vector<segment>> result;
  const auto joined = [&](std::size_t from, std::size_t to) {
    auto variant = segments;
    variant[to].length += variant[from].length;
    variant.erase(variant.begin() + static_cast<std::ptrdiff_t>(from));
    return variant;
  };
  for (std::size_t i = 0; i < segments.size(); ++i) {
    for (std::size_t k = i + 1; k < segments.size(); ++k) {
      if (segments[k].thread != segments[i].thread) continue;
      result.push_back(joined(k, i));
      result.push_back(joined(i, k));
      break;
    }
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    auto variant = segments;
    variant.erase(variant.begin() + static_cast<std::ptrdiff_t>(i));
    result.push_back(std::move(variant));
  }
  return result;
}

}  // namespace

trace_cost cost_of(const std::vector<trace::decision>& schedule) {
  trace_cost cost;
  int last = -1;
  for (const auto& decision : schedule) {
    if (decision.is_choice) continue;
    if (last >= 0 && decision.value != last) ++cost.switches;
    ++cost.steps;
    last = decision.value;
  }
  return cost;
}

std::vector<trace::decision> shorten(execution& engine, std::vector<trace::decision> schedule,
                                     std::vector<std::vector<unsigned>> choices,
                                     const std::string& kind, int attempts,
                                     const std::atomic<bool>* stop) {
  // An endless loop takes a while to be told from a long one, each time.
  constexpr std::chrono::seconds longest{5};
  const auto deadline = std::chrono::steady_clock::now() + longest;
  auto best = cost_of(schedule);
  for (bool improved = true; improved && attempts > 0;) {
    improved = false;
    for (auto& variant : variants(segments_of(schedule))) {
      if (attempts-- <= 0 || std::chrono::steady_clock::now() > deadline) return schedule;
      if (stop != nullptr && stop->load(std::memory_order_relaxed)) return schedule;
      loose_replay guide(order_of(variant), choices);
      engine.explore(guide, [](outcome) { return true; });
      if (!engine.violation() || engine.violation()->kind != kind) continue;
      auto found = engine.decisions();
      const auto cost = cost_of(found);
      if (cost >= best) continue;
      best = cost;
      schedule = std::move(found);
      choices = engine.choices();
      improved = true;
      break;
    }
  }
  return schedule;
}

}  // namespace checker::explore
