// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "checker/report/outcome.hpp"
#include "checker/report/style.hpp"
#include "checker/report/text.hpp"

namespace checker::report {
namespace {

coverage merged(const std::vector<result>& results) {
  coverage all;
  for (const auto& each : results) {
    // Threads and operations of different scenarios have nothing to do with each other.
    coverage one = each.reached;
    one.operations.clear();
    merge(all, one);
  }
  return all;
}

std::vector<std::string> read_lines(const std::string& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(printable(line));
  return lines;
}

std::string shortened(std::string text, int width) {
  if (width_of(text) <= width) return text;
  while (width_of(text) > width - 3) text.pop_back();
  return text + "...";
}

/// What is to be said about a line.
struct line_note {
  line_coverage code;
  unsigned ways = 0, ways_reached = 0;  ///< out of its conditional jumps

  bool missed() const { return code.stretches != 0 && code.reached == 0; }
  bool partial() const { return !missed() && ways_reached < ways; }
};

std::map<int, line_note> notes_of(const file_coverage& file) {
  std::map<int, line_note> notes;
  for (const auto& [line, code] : file.lines) notes[line].code = code;
  for (const auto& branch : file.branches) {
    auto& note = notes[branch.line];
    note.ways += 2;
    note.ways_reached += (branch.jumped ? 1U : 0U) + (branch.fell_through ? 1U : 0U);
  }
  return notes;
}

class listing_writer {
 public:
  listing_writer(const summary_options& options, const std::string& root)
      : options_(options), root_(root) {}

  std::string write(const std::vector<result>& results) {
    const auto all = merged(results);
    const auto source = by_source(all.marks);
    if (all.marks.empty()) text_ += "No code in this program was compiled with coverage marks.\n";
    if (!source.files.empty()) add_legend();
    for (const auto& file : source.files) add_file(file);
    add_functions(source, results.size() > 1);
    add_choices(all);
    add_locks(all);
    add_unreached(results);
    return std::move(text_);
  }

 private:
  void heading(const std::string& words) {
    text_ += "\n" + paint(words, colour::bold, options_.colour) + "\n";
  }
  void add_wrapped(const std::string& words) {
    for (const auto& line : wrap(words, line_width - 2, 4)) text_ += "  " + line + "\n";
  }

  void add_legend() {
    text_ +=
        "\nFunctions that were entered, as the compiler left them. Before a line's number,\n"
        "  -    none of the line's code was run\n"
        "  n/m  n of the m ways out of its branches were taken, in all of its copies\n";
  }

  void add_file(const file_coverage& file) {
    if (file.lines.empty()) return;
    heading(fmt::format("{}: {} of {} lines, {} of {} ways out of branches", printable(file.file),
                        file.lines_reached(), file.lines.size(), file.ways_reached(),
                        2 * file.branches.size()));
    const auto source = read_lines(root_ + "/" + file.file);
    int last = 0;
    for (const auto& [line, note] : notes_of(file)) {
      if (!note.missed() && !note.partial()) continue;
      if (last != 0 && line > last + 1) text_ += "\n";
      last = line;
      const auto index = static_cast<std::size_t>(line) - 1;
      const auto words = index < source.size() ? source[index] : std::string();
      const auto ways =
          note.partial() ? fmt::format("{}/{}", note.ways_reached, note.ways) : std::string("-");
      const auto shown = shortened(fmt::format("{:>7} {:>5}  {}", ways, line, words), line_width);
      text_ += paint(shown, note.missed() ? colour::red : colour::yellow, options_.colour) + "\n";
    }
  }

  void add_functions(const source_coverage& source, bool by_name) {
    heading(fmt::format("{} of {} functions entered by the search", source.functions_entered,
                        source.functions));
    if (!by_name) return;
    for (const auto& file : source.files) {
      if (file.lines.empty()) continue;  // another program's, as likely as not
      std::string names;
      for (const auto& function : file.functions) {
        if (!function.entered) names += (names.empty() ? "" : ", ") + printable(function.name);
      }
      if (!names.empty()) add_wrapped(fmt::format("never, {}: {}", printable(file.file), names));
    }
  }

  void add_choices(const coverage& all) {
    if (!all.choices.empty()) heading("choices");
    for (const auto& each : all.choices) {
      std::string values;
      for (unsigned i = 0; i < each.alternatives; ++i) {
        if ((each.taken >> i & 1) != 0) values += fmt::format("{}{}", values.empty() ? "" : " ", i);
      }
      add_wrapped(fmt::format("{} = {} (of {}) in {}, {}", printable(each.label), values,
                              each.alternatives, printable(each.place.function),
                              place_of(each.place)));
    }
  }

  void add_locks(const coverage& all) {
    if (!all.locks.empty()) heading("locks");
    for (const auto& each : all.locks) {
      const char* waits = each.waited_by != 0 ? "a thread waited for it"
                          : each.shared       ? "shared, but no execution shows a thread waiting"
                                              : "no thread could have to wait for it";
      add_wrapped(fmt::format("{}: {}", printable(each.lock_class), waits));
    }
    for (const auto& pair : all.lock_pairs) {
      add_wrapped(fmt::format("{} taken under {}", printable(pair.taken), printable(pair.held)));
    }
  }

  void add_unreached(const std::vector<result>& results) {
    bool any = false;
    for (const auto& each : results) {
      if (each.outcome == verdict::violation) continue;  // the search ended there
      for (const auto& part : unreached_parts(each.reached)) {
        if (!any) heading("parts of scenarios that no execution reached");
        any = true;
        add_wrapped(fmt::format("{}: {}", printable(result_name(each)), printable(part)));
      }
    }
  }

  const summary_options& options_;
  const std::string& root_;
  std::string text_;
};

}  // namespace

std::string source_root() { return PTLCHECK_SOURCE_DIR; }

std::string coverage_listing(const std::vector<result>& results, const summary_options& options,
                             const std::string& root) {
  return listing_writer(options, root).write(results);
}

std::string lcov_tracefile(const std::vector<result>& results, const std::string& root) {
  std::string text = "TN:ptlcheck\n";
  for (const auto& file : by_source(merged(results).marks).files) {
    const bool relative = !file.file.starts_with("/");
    text += fmt::format("SF:{}{}\n", relative ? root + "/" : "", printable(file.file));
    std::size_t entered = 0;
    for (const auto& each : file.functions) {
      text += fmt::format("FN:{},{}\n", each.line, each.name);
      text += fmt::format("FNDA:{},{}\n", each.entered ? 1 : 0, each.name);
      entered += each.entered ? 1 : 0;
    }
    text += fmt::format("FNF:{}\nFNH:{}\n", file.functions.size(), entered);
    int last_line = 0, number = 0;
    for (const auto& each : file.branches) {
      number = each.line == last_line ? number + 1 : 0;
      last_line = each.line;
      const auto way = [&](bool reached) { return !each.evaluated ? "-" : reached ? "1" : "0"; };
      text += fmt::format("BRDA:{0},{1},0,{2}\nBRDA:{0},{1},1,{3}\n", each.line, number,
                          way(each.jumped), way(each.fell_through));
    }
    text += fmt::format("BRF:{}\nBRH:{}\n", 2 * file.branches.size(), file.ways_reached());
    for (const auto& [line, code] : file.lines)
      text += fmt::format("DA:{},{}\n", line, code.reached);
    text += fmt::format("LF:{}\nLH:{}\nend_of_record\n", file.lines.size(), file.lines_reached());
  }
  return text;
}

}  // namespace checker::report
