// SPDX-License-Identifier: GPL-2.0-only
#include "checker/coverage/marks.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

using checker::marks::table_entry;

// The linker's names for the beginning and end of sections of these names, if there are any.
// NOLINTBEGIN(readability-identifier-naming)
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const table_entry __start_ptlcheck_points[];
[[gnu::weak, gnu::visibility("hidden")]] extern const table_entry __stop_ptlcheck_points[];
[[gnu::weak, gnu::visibility("hidden")]] extern std::uint8_t __start_ptlcheck_marks[];
[[gnu::weak, gnu::visibility("hidden")]] extern std::uint8_t __stop_ptlcheck_marks[];
}
// NOLINTEND(readability-identifier-naming)

namespace checker::marks {
namespace {

constexpr std::uintptr_t mark_bytes = 7;  // of the instruction that sets a mark

std::uintptr_t target_of(const std::int32_t& field) {
  return reinterpret_cast<std::uintptr_t>(&field) +
         static_cast<std::uintptr_t>(std::intptr_t{field});
}

std::vector<marked_code>& modules() {
  static std::vector<marked_code> all{{__start_ptlcheck_points, __stop_ptlcheck_points,
                                       __start_ptlcheck_marks, __stop_ptlcheck_marks}};
  return all;
}

std::size_t points_of(const marked_code& of) {
  return static_cast<std::size_t>(of.last_point - of.first_point);
}

const table_entry& entry_at(std::size_t index) {
  for (const marked_code& each : modules()) {
    if (index < points_of(each)) return each.first_point[index];
    index -= points_of(each);
  }
  std::abort();
}

}  // namespace

void add(const marked_code& loaded) { modules().push_back(loaded); }

std::size_t count() {
  std::size_t sum = 0;
  for (const marked_code& each : modules()) sum += points_of(each);
  return sum;
}

point at(std::size_t index) {
  const auto& entry = entry_at(index);
  const auto kind = static_cast<point_kind>(entry.kind);
  const auto begin = target_of(entry.begin) + (kind == point_kind::taken ? 0 : mark_bytes);
  return {kind, begin, begin + entry.size};
}

void clear() {
  for (const marked_code& each : modules())
    std::fill(each.first_mark, each.last_mark, std::uint8_t{0});
}

void collect(std::span<std::uint8_t> into) {
  std::size_t at = 0;
  for (const marked_code& each : modules()) {
    for (const auto* point = each.first_point; point != each.last_point; ++point, ++at) {
      into[at] |= *reinterpret_cast<const std::uint8_t*>(target_of(point->mark));
    }
  }
}

}  // namespace checker::marks
