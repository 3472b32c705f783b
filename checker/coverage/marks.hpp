// SPDX-License-Identifier: GPL-2.0-only
// The coverage marks that cmake/mark_code.awk puts into code under test: bytes that the code sets
// as it runs, and a table of what each stands for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace checker::marks {

enum class point_kind : std::uint32_t {
  entry = 1,   ///< of a function; the points up to the next entry belong to it
  label,       ///< something jumps there
  taken,       ///< a conditional jump jumped; the next point is the same one's not_taken
  not_taken,   ///< it did not
  after_call,  ///< a call returned
};

/// A stretch of code that runs from its first to its last instruction once it is entered, but for
/// faults. A function that is compiled several times has points for each.
struct point {
  point_kind kind;
  std::uintptr_t begin, end;  ///< its code; of `taken`, which has none of its own, the jump
};

/// As the assembler wrote it: places relative to the field itself.
struct table_entry {
  std::int32_t mark, begin;
  std::uint32_t size, kind;
};

/// The points and marks of one piece of code: where its sections begin and end.
struct marked_code {
  const table_entry *first_point, *last_point;
  std::uint8_t *first_mark, *last_mark;
};

/// Code that was loaded later: its points follow those that are known. Before the first search.
void add(const marked_code &loaded);

/// In this program and what it has loaded; 0 if its code under test was compiled without marks (not
/// on x86-64).
std::size_t count();
/// REQUIRES: index < count().
point at(std::size_t index);

/// Nothing counts as reached from here on.
void clear();
/// Sets the bytes of the points reached since clear(); leaves the others as they are. So several
/// processes can add to one place, which may be shared memory. REQUIRES: into.size() == count().
void collect(std::span<std::uint8_t> into);

}  // namespace checker::marks
