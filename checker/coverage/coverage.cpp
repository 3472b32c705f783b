// SPDX-License-Identifier: GPL-2.0-only
#include "checker/coverage/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace checker {
namespace {

/// The element that `is_same` holds for; `fresh` appended if there is none.
template <typename T, typename Predicate>
T& find_or_add(std::vector<T>& among, const T& fresh, Predicate is_same) {
  const auto found = std::ranges::find_if(among, is_same);
  if (found != among.end()) return *found;
  among.push_back(fresh);
  return among.back();
}

std::string place_words(const trace::frame& place) {
  if (place.file.empty()) return place.function;
  return fmt::format("{}, {}:{}", place.function, place.file, place.line);
}

}  // namespace

void merge(coverage& into, const coverage& from) {
  into.measured |= from.measured;
  into.marks.resize(std::max(into.marks.size(), from.marks.size()), 0);
  for (std::size_t i = 0; i < from.marks.size(); ++i) into.marks[i] |= from.marks[i];
  for (const auto& each : from.choices) {
    auto& known = find_or_add(into.choices, each, [&](const choice_coverage& other) {
      return other.label == each.label && other.place == each.place;
    });
    known.alternatives = std::max(known.alternatives, each.alternatives);
    known.taken |= each.taken;
  }
  for (const auto& label : from.choices_meant) {
    find_or_add(into.choices_meant, label, [&](const auto& other) { return other == label; });
  }
  for (const auto& each : from.locks) {
    auto& known = find_or_add(into.locks, each, [&](const lock_coverage& other) {
      return other.lock_class == each.lock_class;
    });
    known.taken_by |= each.taken_by;
    known.waited_by |= each.waited_by;
    known.shared |= each.shared;
  }
  for (const auto& pair : from.lock_pairs) {
    find_or_add(into.lock_pairs, pair, [&](const lock_pair& other) { return other == pair; });
  }
  if (into.operations.empty()) into.operations = from.operations;
  for (std::size_t i = 0; i < std::min(into.operations.size(), from.operations.size()); ++i) {
    into.operations[i].began |= from.operations[i].began;
    into.operations[i].returned |= from.operations[i].returned;
  }
}

std::vector<std::string> unreached_parts(const coverage& value) {
  std::vector<std::string> parts;
  if (!value.measured) return parts;
  for (const auto& each : value.operations) {
    if (each.returned) continue;
    parts.push_back(fmt::format("{}: {} {}", each.thread, each.name,
                                each.began ? "never returns" : "never begins"));
  }
  for (const auto& label : value.choices_meant) {
    if (std::ranges::find(value.choices, label, &choice_coverage::label) == value.choices.end()) {
      parts.push_back(fmt::format("the choice {}, anywhere", label));
    }
  }
  for (const auto& each : value.choices) {
    for (unsigned i = 0; i < each.alternatives; ++i) {
      if ((each.taken >> i & 1) != 0) continue;
      parts.push_back(fmt::format("{} = {} in {}", each.label, i, place_words(each.place)));
    }
  }
  return parts;
}

}  // namespace checker
