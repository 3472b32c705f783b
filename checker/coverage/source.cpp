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
  trace::frame place;              ///< of a function's entry, or of a jump
  std::vector<source_line> lines;  ///< of its code
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

std::vector<point_source> read_points() {
  std::vector<point_source> points;
  trace::symbolizer names;
  std::size_t entry = 0;
  for (std::size_t i = 0; i < marks::count(); ++i) {
    const auto point = marks::at(i);
    point_source source{point.kind, entry, {}, {}};
    if (point.kind == marks::point_kind::entry) {
      source.entry = entry = i;
      source.place = names.frames_at(point.begin + 1).front();
    } else if (point.kind == marks::point_kind::taken) {
      source.place = frame_at(names, point.begin);
    }
    std::set<source_line> lines;
    for (auto address = point.begin; address < point.end; ++address) {
      // Code of a function that is inlined is code of the line that calls it, too.
      for (const auto& frame : names.frames_at(address + 1)) {
        if (frame.line > 0 && !is_bookkeeping(frame.file)) {
          lines.emplace(frame.file, frame.line);
        }
      }
    }
    source.lines.assign(lines.begin(), lines.end());
    points.push_back(std::move(source));
  }
  return points;
}

const std::vector<point_source>& all_points() {
  static const auto points = read_points();
  return points;
}

class source_builder {
 public:
  explicit source_builder(std::span<const std::uint8_t> marks) : marks_(marks) {}

  source_coverage build() {
    const auto& points = all_points();
    for (std::size_t i = 0; i < std::min(points.size(), marks_.size()); ++i) add(points, i);
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

  void add(const std::vector<point_source>& points, std::size_t i) {
    const auto& source = points[i];
    const auto& function = points[source.entry].place;
    if (function.line <= 0 || is_bookkeeping(function.file)) return;
    if (is_of_instrumentation(function.function)) return;
    const bool entered = marks_[source.entry] != 0;
    if (source.kind == marks::point_kind::entry) {
      functions_[{function.file, function.line, function.function}] |= entered;
    }
    if (!entered) return;
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
