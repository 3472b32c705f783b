// SPDX-License-Identifier: GPL-2.0-only
#include "checker/coverage/marks.hpp"

namespace {

/// As the assembler wrote it: places relative to the field itself.
struct table_entry {
  std::int32_t mark, begin;
  std::uint32_t size, kind;
};

}  // namespace

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

}  // namespace

std::size_t count() {
  return static_cast<std::size_t>(__stop_ptlcheck_points - __start_ptlcheck_points);
}

point at(std::size_t index) {
  const auto& entry = __start_ptlcheck_points[index];
  const auto kind = static_cast<point_kind>(entry.kind);
  const auto begin = target_of(entry.begin) + (kind == point_kind::taken ? 0 : mark_bytes);
  return {kind, begin, begin + entry.size};
}

void clear() {
  for (auto* mark = __start_ptlcheck_marks; mark != __stop_ptlcheck_marks; ++mark) *mark = 0;
}

void collect(std::span<std::uint8_t> into) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    into[i] |= *reinterpret_cast<const std::uint8_t*>(target_of(__start_ptlcheck_points[i].mark));
  }
}

}  // namespace checker::marks
