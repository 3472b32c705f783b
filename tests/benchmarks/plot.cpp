// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/benchmarks/tables.hpp"

namespace benchmarks {
namespace {

// Pixels.
constexpr double panel_width = 240, panel_height = 210, left = 62, top = 74, gap_x = 26, gap_y = 62,
                 right = 14, bottom = 48;

/// How one peer is drawn; the colours are told apart by the colour-blind, too.
struct look {
  peer who;
  const char* name;
  const char* colour;
  const char* dashes;
};

constexpr std::array looks = {
    look{peer::ours, "ptlcheck", "#0072b2", "none"},
    look{peer::ours_without_cache, "ptlcheck, no states stored", "#56b4e9", "5 3"},
    look{peer::spin, "Spin", "#d55e00", "none"},
    look{peer::stock_relacy, "stock Relacy", "#666666", "2 2"},
};

/// A column of panels: which sizes, and what goes along the x axis.
struct column {
  const char* title;
  const char* axis;
  int fixed;
  bool over_pages;

  bool holds(world_size size) const { return (over_pages ? size.faulters : size.pages) == fixed; }
  int x(world_size size) const { return over_pages ? size.pages : size.faulters; }
};

constexpr std::array columns = {
    column{"1 faulting thread", "pages", 1, true},
    column{"3 faulting threads", "pages", 3, true},
    column{"4 pages", "faulting threads", 4, false},
};

/// A row of panels: what goes along the y axis.
struct row {
  const char* title;
  std::function<double(const measurement&)> value;
  std::function<std::string(int)> label;  ///< of a power of ten
  bool marks_given_up;
};

std::string with_unit(int power, std::string_view unit, int step_of_first,
                      const std::vector<const char*>& prefixes) {
  const int from_first = power - step_of_first;
  const auto prefix = static_cast<std::size_t>(from_first / 3);
  return fmt::format("{} {}{}", static_cast<int>(std::pow(10, from_first % 3)),
                     prefix < prefixes.size() ? prefixes[prefix] : "?", unit);
}

class plotter {
 public:
  explicit plotter(std::span<const measurement> all) : all_(all) {
    rows_.push_back({"time of the search", [](const measurement& one) { return one.seconds; },
                     [](int power) {
                       return with_unit(power, "s", -9, {"n", "µ", "m", ""});
                     },
                     true});
    rows_.push_back({"memory of the stored states",
                     [](const measurement& one) { return static_cast<double>(one.bytes); },
                     [](int power) {
                       return with_unit(power, "B", 0, {"", "k", "M", "G"});
                     },
                     false});
  }

  std::string draw() {
    const double width = left + columns.size() * panel_width + (columns.size() - 1) * gap_x + right;
    const double height = top + rows_.size() * panel_height + (rows_.size() - 1) * gap_y + bottom;
    text_ = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\" font-family=\"sans-serif\" font-size=\"11\">\n"
        "<title>toy/fork_faults: time and memory of ptlcheck, Spin and stock Relacy</title>\n"
        "<rect width=\"{0:g}\" height=\"{1:g}\" fill=\"white\"/>\n",
        width, height);
    legend();
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      fit(rows_[r]);
      for (std::size_t c = 0; c < columns.size(); ++c) {
        x_ = left + static_cast<double>(c) * (panel_width + gap_x);
        y_ = top + static_cast<double>(r) * (panel_height + gap_y);
        panel(rows_[r], columns[c], r == 0, c == 0);
      }
    }
    return text_ + "</svg>\n";
  }

 private:
  using points = std::map<int, std::vector<double>>;  ///< values at each x

  void legend() {
    double x = left;
    for (const auto& each : looks) {
      line(x, 18, x + 26, 18, each.colour, 2, each.dashes);
      dot(x + 13, 18, each.colour);
      label(x + 32, 22, each.name, "start");
      x += 58 + 6.2 * static_cast<double>(std::string_view(each.name).size());
    }
    text_ += fmt::format("<path d=\"M{0} 13l4.5 8h-9z\" fill=\"none\" stroke=\"#444\"/>\n", x + 8);
    label(x + 18, 22, "given up", "start");
  }

  points values(const row& what, const column& where, peer who) const {
    points found;
    for (const auto& one : all_) {
      if (one.who != who || !one.complete || !where.holds(one.size)) continue;
      if (const double value = what.value(one); value > 0) {
        found[where.x(one.size)].push_back(value);
      }
    }
    return found;
  }

  /// Sets the range of the y axis, the same for all panels of a row.
  void fit(const row& what) {
    double least = 1e300, most = 1e-300;
    for (const auto& one : all_) {
      const double value = what.value(one);
      const bool drawn =
          std::ranges::any_of(columns, [&](const column& each) { return each.holds(one.size); });
      if (!drawn || value <= 0) continue;
      least = std::min(least, value);
      most = std::max(most, value);
    }
    lowest_ = least > most ? 0 : static_cast<int>(std::floor(std::log10(least)));
    highest_ = least > most ? 1 : static_cast<int>(std::ceil(std::log10(most) + 0.05));
  }

  double y_of(double value) const {
    return y_ + panel_height * (highest_ - std::log10(value)) / (highest_ - lowest_);
  }
  double x_of(const column& where, int value) const {
    const int most = largest(where);
    return x_ + panel_width * (value - 0.5) / most;
  }
  int largest(const column& where) const {
    int most = 1;
    for (const auto& one : all_) {
      if (where.holds(one.size)) most = std::max(most, where.x(one.size));
    }
    return most;
  }

  void panel(const row& what, const column& where, bool titled, bool labelled) {
    if (titled) label(x_ + panel_width / 2, y_ - 12, where.title, "middle", "bold");
    if (labelled) label(x_ - left + 8, y_ - 12, what.title, "start", "bold", titled ? -14 : 0);
    for (int power = lowest_; power <= highest_; ++power) {
      const double y = y_of(std::pow(10, power));
      line(x_, y, x_ + panel_width, y, "#ddd", 1, "none");
      if (labelled) label(x_ - 6, y + 4, what.label(power), "end");
    }
    for (int x = 1; x <= largest(where); ++x) {
      label(x_of(where, x), y_ + panel_height + 15, std::to_string(x), "middle");
    }
    label(x_ + panel_width / 2, y_ + panel_height + 31, where.axis, "middle");
    text_ += fmt::format(
        "<rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\" fill=\"none\" "
        "stroke=\"#888\"/>\n",
        x_, y_, panel_width, panel_height);
    for (const auto& each : looks) curve(what, where, each);
  }

  void curve(const row& what, const column& where, const look& how) {
    std::string path;
    int last = 0;
    for (const auto& [x, found] : values(what, where, how.who)) {
      const auto of = spread_of(found);
      const double at = x_of(where, x);
      path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", at, y_of(of.median));
      line(at, y_of(of.least), at, y_of(of.most), how.colour, 1, "none");
      dot(at, y_of(of.median), how.colour);
      last = x;
    }
    if (!path.empty()) {
      text_ += fmt::format(
          "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\" "
          "stroke-dasharray=\"{}\"/>\n",
          path, how.colour, how.dashes);
    }
    if (what.marks_given_up) mark_given_up(where, how, last);
  }

  /// A triangle at the first size behind `last` at which the search took too long.
  void mark_given_up(const column& where, const look& how, int last) {
    const measurement* first = nullptr;
    for (const auto& one : all_) {
      const bool here = one.who == how.who && !one.complete && where.holds(one.size);
      if (!here || where.x(one.size) <= last || one.repetition != 0) continue;
      if (first == nullptr || where.x(one.size) < where.x(first->size)) first = &one;
    }
    if (first == nullptr) return;
    text_ += fmt::format(
        "<path d=\"M{:.1f} {:.1f}l4.5 8h-9z\" fill=\"white\" stroke=\"{}\" "
        "stroke-width=\"1.5\"/>\n",
        x_of(where, where.x(first->size)), y_of(first->seconds) - 4, how.colour);
  }

  void line(double x1, double y1, double x2, double y2, const char* colour, double width,
            const char* dashes) {
    text_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\" "
        "stroke-width=\"{:g}\" stroke-dasharray=\"{}\"/>\n",
        x1, y1, x2, y2, colour, width, dashes);
  }
  void dot(double x, double y, const char* colour) {
    text_ +=
        fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x, y, colour);
  }
  void label(double x, double y, std::string_view what, const char* anchor,
             const char* weight = "normal", double shift = 0) {
    text_ += fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" font-weight=\"{}\">{}</text>\n", x,
        y + shift, anchor, weight, what);
  }

  std::span<const measurement> all_;
  std::vector<row> rows_;
  std::string text_;
  double x_ = 0, y_ = 0;  ///< of the panel's corner
  int lowest_ = 0, highest_ = 1;
};

}  // namespace

std::string plot(std::span<const measurement> all) { return plotter(all).draw(); }

}  // namespace benchmarks
