// SPDX-License-Identifier: GPL-2.0-only
#include "checker/coverage/source.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "checker/coverage/marks.hpp"
#include "checker/trace/symbolize.hpp"

namespace checker {
namespace {

using source_line = std::pair<std::string, int>;  ///< file and number

/// Where a point's code stands in the source.
struct point_source {
  marks::point_kind kind;
  std::size_t entry;               ///< of its function: index of a point
  trace::frame place;              ///< of a function's entry; of a jump that was looked up
  std::vector<source_line> lines;  ///< of its code, if it was looked up
  bool looked_up = false;
};

bool is_bookkeeping(const std::string& file) {
  return file.starts_with("invariants/") || file.find("/invariants/") != std::string::npos;
}

/// The compiler's constructor that calls __tsan_init().
bool is_of_instrumentation(const std::string& function) {
  return function.starts_with("_sub_I_") || function.starts_with("tsan.module_ctor");
}

/// The innermost function at an instruction.
trace::frame frame_at(trace::symbolizer& names, std::uintptr_t address) {
  return names.frames_at(address + 1).back();  // which takes a return address
}

/// All points. Looking up their code takes time, so that is done where it is asked for.
class source_of_points {
 public:
  source_of_points() {
    std::size_t entry = 0;
    for (std::size_t i = 0; i < marks::count(); ++i) {
      const auto point = marks::at(i);
      point_source source{point.kind, entry, {}, {}};
      if (point.kind == marks::point_kind::entry) {
        source.entry = entry = i;
        source.place = names_.frames_at(point.begin + 1).front();
      }
      points_.push_back(std::move(source));
    }
  }

  std::size_t count() const { return points_.size(); }
  const point_source& operator[](std::size_t i) const { return points_[i]; }

  const point_source& looked_up(std::size_t i) {
    point_source& source = points_[i];
    if (!std::exchange(source.looked_up, true)) look_up(marks::at(i), source);
    return source;
  }

 private:
  void look_up(const marks::point& point, point_source& source) {
    if (point.kind == marks::point_kind::taken) source.place = frame_at(names_, point.begin);
    std::set<source_line> lines;
    for (auto address = point.begin; address < point.end; ++address) {
      // Code of a function that is inlined is code of the line that calls it, too.
      for (const auto& frame : names_.frames_at(address + 1)) {
        if (frame.line > 0 && !is_bookkeeping(frame.file)) {
          lines.emplace(frame.file, frame.line);
        }
      }
    }
    source.lines.assign(lines.begin(), lines.end());
  }

  trace::symbolizer names_;
  std::vector<point_source> points_;
};

source_of_points& all_points() {
  static source_of_points points;
  return points;
}

class source_builder {
 public:
  explicit source_builder(std::span<const std::uint8_t> marks) : marks_(marks) {}

  source_coverage build() {
    auto& points = all_points();
    for (std::size_t i = 0; i < std::min(points.count(), marks_.size()); ++i) add(points, i);
    source_coverage out;
    for (auto& [key, entered] : functions_) {
      const auto& [file, line, name] = key;
      file_named(file).functions.push_back({name, line, entered});
      ++out.functions;
      out.functions_entered += entered ? 1 : 0;
    }
    for (auto& [name, file] : files_) {
      std::ranges::stable_sort(file.branches, {}, &branch_coverage::line);
      out.files.push_back(std::move(file));
    }
    return out;
  }

 private:
  file_coverage& file_named(const std::string& name) {
    auto& file = files_[name];
    file.file = name;
    return file;
  }

  void add(source_of_points& points, std::size_t i) {
    const auto entry = points[i].entry;
    const auto& function = points[entry].place;
    if (function.line <= 0 || is_bookkeeping(function.file)) return;
    if (is_of_instrumentation(function.function)) return;
    const bool entered = marks_[entry] != 0;
    if (entry == i) functions_[{function.file, function.line, function.function}] |= entered;
    if (!entered) return;
    const auto& source = points.looked_up(i);
    for (const auto& [file, line] : source.lines) {
      auto& counts = file_named(file).lines[line];
      ++counts.stretches;
      counts.reached += marks_[i] != 0 ? 1 : 0;
    }
    if (source.kind == marks::point_kind::taken && i + 1 < marks_.size())
      add_branch(source.place, i);
  }

  void add_branch(const trace::frame& place, std::size_t i) {
    if (place.line <= 0 || is_bookkeeping(place.file)) return;
    const bool jumped = marks_[i] != 0, fell_through = marks_[i + 1] != 0;
    file_named(place.file)
        .branches.push_back({place.line, jumped || fell_through, jumped, fell_through});
  }

  std::span<const std::uint8_t> marks_;
  std::map<std::string, file_coverage> files_;
  std::map<std::tuple<std::string, int, std::string>, bool> functions_;
};

}  // namespace

unsigned file_coverage::lines_reached() const {
  return static_cast<unsigned>(
      std::ranges::count_if(lines, [](const auto& each) { return each.second.reached != 0; }));
}

unsigned file_coverage::ways_reached() const {
  unsigned ways = 0;
  for (const auto& each : branches) ways += (each.jumped ? 1U : 0U) + (each.fell_through ? 1U : 0U);
  return ways;
}

source_coverage by_source(std::span<const std::uint8_t> marks) {
  return source_builder(marks).build();
}

}  // namespace checker
