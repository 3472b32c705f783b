// SPDX-License-Identifier: GPL-2.0-only
// Colours and marks of terminal reports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace checker::report {

enum class colour : std::uint8_t { plain, bold, dim, red, green, yellow, cyan };

/// `text` between escape sequences, or as it is.
inline std::string paint(std::string_view text, colour wanted, bool enabled) {
  if (!enabled || wanted == colour::plain || text.empty()) return std::string(text);
  constexpr std::string_view codes[] = {"0", "1", "2", "1;31", "32", "33", "36"};
  return std::string("\033[")
      .append(codes[static_cast<int>(wanted)])
      .append("m")
      .append(text)
      .append("\033[0m");
}

/// The characters a report draws with, in Unicode or ASCII; each takes one column but `dots` and
/// `arrow`.
struct marks {
  explicit marks(bool unicode)
      : vertical(unicode ? "│" : "|"),
        horizontal(unicode ? "─" : "-"),
        crossing(unicode ? "┼" : "+"),
        foot(unicode ? "┴" : "+"),
        run(unicode ? "▶" : ">"),
        access(unicode ? "●" : "*"),
        broken(unicode ? "✗" : "!"),
        passed(unicode ? "✓" : "+"),
        unknown("?"),
        dots(unicode ? "⋯" : "..."),
        bullet(unicode ? "·" : "-"),
        arrow(unicode ? "→" : "->"),
        opening(unicode ? "┌" : ","),
        closing(unicode ? "└" : "`") {}

  std::string_view vertical, horizontal, crossing, foot, run, access, broken, passed, unknown, dots,
      bullet, arrow, opening, closing;
};

}  // namespace checker::report
