// SPDX-License-Identifier: GPL-2.0-only
// Text helpers the reports share: widths, wrapping, safe printing, words for locks and steps.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::report {

/// Columns that a report keeps to where nothing else is asked for.
constexpr int line_width = 80;

/// Terminal columns of `text`, one for each code point.
int width_of(std::string_view text);

/// `text` with control characters and broken UTF-8 replaced by '?'.
std::string printable(std::string_view text);

/// `text` with its spaces made such that wrap() breaks there only if it must.
std::string glue(std::string_view text);

/// `text` in lines of at most `width` columns, broken at spaces where possible; every line but the
/// first is indented by `hang` (less where `width` is small). At least one line.
std::vector<std::string> wrap(std::string_view text, int width, int hang = 0);

/// `text` followed by spaces up to `width` columns.
std::string pad(std::string_view text, int width);

/// "1,234,567"
std::string grouped(std::uint64_t number);

/// The thread's name, or "thread 3" where the document has none.
std::string thread_name(std::span<const trace::thread> threads, int thread);

/// At most seven characters: "999,999", "2.14M".
std::string short_count(std::uint64_t number);
/// "112 MiB", "1.5 GiB", "12 B"
std::string short_bytes(std::uint64_t bytes);

/// "model/v4_14/memory.cpp:120"; empty if the file is not known.
std::string place_of(const trace::frame& frame);
/// place_of() without folders: "memory.cpp:120".
std::string short_place_of(const trace::frame& frame);

/// What a schedule comes to. Choices fall between steps, and where an operation begins and ends is
/// none, so this is not the number of document.steps.
struct schedule_size {
  int steps = 0;
  int switches = 0;  ///< from one thread to another
};
schedule_size size_of(std::span<const trace::decision> schedule);
/// "43 steps", "1 step"
std::string counted(int number, std::string_view what);

/// `text` as one word of a shell command, on one line whatever it holds.
std::string shell_quoted(std::string_view text);

/// "spinlock", "rwsem", ...: the kind of the lock named `lock`, found among the locks that the
/// document says were held; empty if none was.
std::string lock_kind_of(const trace::document& document, std::string_view lock);

/// A step in the table's words: verb "store", parts "child pte[0]:", "0", "-> present|RO pfn 3".
struct step_words {
  std::string verb;
  std::vector<std::string> parts;

  /// The parts with spaces between them.
  std::string rest() const;
  /// The same, for wrap(): broken between parts rather than within one.
  std::string glued_rest() const;
};
step_words describe(const trace::step& step);

}  // namespace checker::report
