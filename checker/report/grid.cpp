// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/grid.hpp"

#include <algorithm>

#include "checker/report/text.hpp"

namespace checker::report {

grid::grid(int width, int gutter_width, int columns, bool unicode, bool coloured)
    : gutter_width_(gutter_width),
      columns_(columns),
      column_width_((width - gutter_width - columns) / columns),
      coloured_(coloured),
      marks_(unicode) {}

void grid::put(const std::string& text, int width, colour paint_with) {
  text_ += paint(text, paint_with, coloured_);
  text_.append(static_cast<std::size_t>(std::max(0, width - width_of(text))), ' ');
}

void grid::end_line() {
  text_.erase(text_.find_last_not_of(' ') + 1);
  text_ += '\n';
}

void grid::head(const std::string& gutter, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> wrapped;
  std::size_t height = 1;
  for (const std::string& name : names) {
    wrapped.push_back(wrap(name, text_width()));
    height = std::max(height, wrapped.back().size());
  }
  for (std::size_t i = 0; i < height; ++i) {
    put(i == 0 ? gutter : "", gutter_width_, colour::dim);
    for (const auto& lines : wrapped) {
      put(std::string(marks_.vertical), 1, colour::dim);
      put("", 1, colour::plain);
      put(i < lines.size() ? lines[i] : "", column_width_ - 1, colour::bold);
    }
    end_line();
  }
  rule(false);
}

void grid::rule(bool last) {
  const auto dashes = [&](int count) {
    std::string drawn;
    for (int i = 0; i < count; ++i) drawn += marks_.horizontal;
    return drawn;
  };
  std::string all = dashes(gutter_width_);
  for (int i = 0; i < columns_; ++i)
    all.append(last ? marks_.foot : marks_.crossing).append(dashes(column_width_));
  put(all, 0, colour::dim);
  end_line();
}

void grid::row(int column, const line& gutter, const line& mark, const std::vector<line>& lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const line& beside = i == 0 && !gutter.text.empty() ? gutter : margin_;
    put(beside.text, gutter_width_, beside.paint);
    for (int c = 0; c < columns_; ++c) {
      put(std::string(marks_.vertical), 1, colour::dim);
      const bool here = c == column;
      put(here && i == 0 ? mark.text : "", 1, mark.paint);
      put(here ? lines[i].text : "", column_width_ - 1, here ? lines[i].paint : colour::plain);
    }
    end_line();
  }
}

void grid::span(const line& text) {
  put(text.text, 0, text.paint);
  end_line();
}

}  // namespace checker::report
