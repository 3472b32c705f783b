// SPDX-License-Identifier: GPL-2.0-only
// Columns of text on a terminal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "checker/report/style.hpp"

namespace checker::report {

/// Prints rows of which one column has text: a gutter, then columns of equal width.
class grid {
 public:
  struct line {
    std::string text;
    colour paint = colour::plain;
  };

  /// REQUIRES: columns >= 1 and column_width() > 0.
  grid(int width, int gutter_width, int columns, bool unicode, bool coloured);

  /// Terminal columns for text in one column: without its switch mark, and where there is room for
  /// it, without a space at the right.
  int text_width() const { return column_width_ < 20 ? column_width_ - 1 : column_width_ - 2; }

  /// The heads, wrapped, and a rule.
  void head(const std::string& gutter, const std::vector<std::string>& names);
  void rule(bool last);
  /// `lines` in `column`; `gutter` beside the first; `mark` (one column wide) before the first.
  void row(int column, const line& gutter, const line& mark, const std::vector<line>& lines);
  /// From now on, what stands in the gutter where a row has nothing for it.
  void margin(line text) { margin_ = std::move(text); }
  /// A line over all columns.
  void span(const line& text);

  std::string take() { return std::move(text_); }

 private:
  void put(const std::string& text, int width, colour paint_with);
  void end_line();

  std::string text_;
  int gutter_width_;
  int columns_;
  int column_width_;
  bool coloured_;
  marks marks_;
  line margin_;
};

}  // namespace checker::report
