// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "checker/report/details.hpp"
#include "checker/report/grid.hpp"
#include "checker/report/relevance.hpp"
#include "checker/report/style.hpp"
#include "checker/report/text.hpp"
#include "checker/report/timeline.hpp"

namespace checker::report {
namespace {

constexpr int narrowest_table = 40;
constexpr int narrowest_column = 16;   // below that, threads stand below each other
constexpr int narrow_column = 24;      // below that, indentation is kept small
constexpr std::size_t most_notes = 3;  // of a step, unless all is to be shown
constexpr std::size_t least_steps = 10, most_steps = 40, most_steps_narrow = 30;

class table_writer {
 public:
  table_writer(const trace::document& document, const table_options& options)
      : document_(document),
        options_(options),
        width_(std::max(options.width, narrowest_table)),
        number_width_(std::max(2, static_cast<int>(std::to_string(document.steps.size()).size()))),
        marks_(options.unicode),
        active_(active_threads(document)),
        columns_(column_count()),
        grid_(width_, number_width_ + 2, columns_, options.unicode, options.colour) {}

  std::string write() {
    const std::vector<bool> shown =
        options_.all
            ? all_steps()
            : choose_steps(document_, least_steps, narrow() ? most_steps_narrow : most_steps);
    const std::vector<timeline_row> rows = timeline_of(document_, shown, options_.all);
    indent_ = indent_for(rows);
    std::string text = heading();
    print_heads();
    for (const timeline_row& row : rows) print(row);
    // A check at the end, or a deadlock: no step is to blame.
    if (!broken_) print_violation();
    grid_.rule(true);
    text += grid_.take();
    text += legend(rows);
    return text +
           details(document_, {width_, options_.colour, options_.program, options_.trace_file});
  }

 private:
  /// Threads that do nothing in this execution get no column.
  static std::vector<bool> active_threads(const trace::document& document) {
    std::vector<bool> active(document.threads.size(), false);
    const auto note = [&](int thread) {
      const auto index = static_cast<std::size_t>(thread);
      if (thread >= 0 && index < active.size()) active[index] = true;
    };
    for (const trace::step& step : document.steps)
      if (step.kind != trace::step_kind::begin && step.kind != trace::step_kind::end)
        note(step.thread);
    for (const trace::wait& wait : document.result.waits) note(wait.thread);
    note(document.result.thread);
    if (std::none_of(active.begin(), active.end(), [](bool each) { return each; }))
      active.assign(active.size(), true);
    return active;
  }

  int thread_count() const {
    return std::max(1, static_cast<int>(std::count(active_.begin(), active_.end(), true)));
  }

  int column_of(int thread) const {
    const auto end = std::min(static_cast<std::ptrdiff_t>(active_.size()), std::ptrdiff_t{thread});
    return static_cast<int>(std::count(active_.begin(), active_.begin() + end, true));
  }

  int column_count() const {
    const int columns = thread_count();
    return (width_ - number_width_ - 2 - columns) / columns < narrowest_column ? 1 : columns;
  }

  /// All but the begin and end of operations, which have rows of their own.
  std::vector<bool> all_steps() const {
    std::vector<bool> shown;
    for (const trace::step& step : document_.steps)
      shown.push_back(step.kind != trace::step_kind::begin && step.kind != trace::step_kind::end);
    return shown;
  }

  bool narrow() const { return grid_.text_width() < narrow_column; }

  bool stacked() const { return columns_ < thread_count(); }

  /// Deep stacks in narrow columns are indented less.
  int indent_for(const std::vector<timeline_row>& rows) const {
    int deepest = 0;
    for (const timeline_row& row : rows) deepest = std::max(deepest, row.depth);
    return deepest * 2 <= grid_.text_width() / 3 ? 2 : 1;
  }

  std::string wrapped(const std::string& text, int hang, colour paint_with) const {
    std::string lines;
    for (const std::string& line : wrap(text, width_, hang))
      lines += paint(line, paint_with, options_.colour) + "\n";
    return lines;
  }

  std::string heading() const {
    std::string title = printable(document_.scenario);
    if (!document_.kernel.empty()) title += " on " + printable(document_.kernel);
    if (!document_.patch.empty()) title += " with patch " + printable(document_.patch);
    std::string how;
    for (const auto& [name, value] : document_.parameters)
      how += fmt::format("{}={}, ", printable(name), value);
    const schedule_size size = size_of(document_.schedule);
    how += fmt::format("{}, {}, memory model {}", counted(size.steps, "step"),
                       counted(size.switches, "switch"), printable(document_.memory_model));
    if (!document_.search.empty()) how += fmt::format(", found by {}", printable(document_.search));
    const trace::violation& result = document_.result;
    std::string text = wrapped(title, 2, colour::bold) + wrapped(how, 2, colour::dim) + "\n";
    text += wrapped("Violation: " + printable(result.kind), 2, colour::red);
    if (!result.message.empty())
      for (const std::string& line : wrap(printable(result.message), width_ - 2))
        text += "  " + line + "\n";
    return text + "\n";
  }

  void print_heads() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < document_.threads.size() && !stacked(); ++i)
      if (active_[i]) names.push_back(thread_name(document_.threads, static_cast<int>(i)));
    if (stacked()) names.emplace_back("all threads, one below the other");
    if (names.empty()) names.emplace_back();
    grid_.head(fmt::format("{:>{}}", "#", number_width_), names);
  }

  void print(const timeline_row& row) {
    if (row.kind == timeline_row::type::repeats || row.kind == timeline_row::type::repeated) {
      return print_bracket(row.kind == timeline_row::type::repeats);
    }
    if (stacked() && row.switched) {
      grid_.row(0, {}, {std::string(marks_.run), colour::bold},
                {{thread_name(document_.threads, row.thread), colour::bold}});
    }
    const int column = stacked() ? 0 : column_of(row.thread);
    const grid::line mark = row.switched && !stacked()
                                ? grid::line{std::string(marks_.run), colour::bold}
                                : grid::line{" ", colour::plain};
    switch (row.kind) {
      case timeline_row::type::operation:
        if (!row.name.empty())
          grid_.row(column, {}, mark, lines(row.depth, printable(row.name), 2, colour::bold));
        break;
      case timeline_row::type::call:
        grid_.row(column, {}, mark, lines(row.depth, call_words(row), 2, colour::plain));
        break;
      case timeline_row::type::folded:
        grid_.row(column, {}, mark,
                  lines(row.depth, fmt::format("{} {}", marks_.dots, counted(row.count, "step")), 2,
                        colour::dim));
        break;
      case timeline_row::type::blocked:
        grid_.row(column, {fmt::format("{:>{}} {}", "", number_width_, marks_.broken), colour::red},
                  mark, lines(row.depth, "waits  " + printable(row.name), 7, colour::red));
        break;
      case timeline_row::type::step:
        print_step(row, column, mark);
        break;
      case timeline_row::type::repeats:
      case timeline_row::type::repeated:
        break;  // not of any column
    }
  }

  /// One end of what repeats, over all columns.
  void print_bracket(bool opens) {
    repeating_ = opens;
    const auto& range = *document_.result.repeats;
    const std::string words =
        opens ? fmt::format("{} repeats for ever from here", marks_.opening)
              : fmt::format("{} after step {} everything is as it was before step {}",
                            marks_.closing, range.last, range.first);
    const int indent = number_width_ + 1;
    const std::string margin(static_cast<std::size_t>(indent), ' ');
    for (const std::string& line : wrap(words, width_ - indent, 2))
      grid_.span({margin + line, colour::yellow});
    grid_.margin({opens ? margin + std::string(marks_.vertical) : "", colour::yellow});
  }

  void print_step(const timeline_row& row, int column, const grid::line& mark) {
    const trace::step& step = document_.steps[static_cast<std::size_t>(row.step)];
    const trace::violation& result = document_.result;
    // In a deadlock nobody's step is wrong: the waits below are.
    const bool broken = row.step == result.step && result.waits.empty();
    const bool access = std::find(result.conflicting_steps.begin(), result.conflicting_steps.end(),
                                  row.step) != result.conflicting_steps.end();
    const bool lock = step.kind == trace::step_kind::lock ||
                      step.kind == trace::step_kind::trylock ||
                      step.kind == trace::step_kind::unlock;
    const colour paint_with = broken   ? colour::red
                              : access ? colour::yellow
                              : lock   ? colour::cyan
                                       : colour::plain;
    const step_words words = describe(step);
    const int verb_width = narrow() ? 0 : 6;
    // Below each other, the parts align behind the verb, unless one of them then needs two lines.
    int longest = 0;
    for (const std::string& part : words.parts) longest = std::max(longest, width_of(part));
    const bool aligned = longest <= grid_.text_width() - indent_of(row.depth) - verb_width - 1;
    std::vector<grid::line> text =
        lines(row.depth, glue(pad(words.verb, verb_width) + " ") + words.glued_rest(),
              aligned ? verb_width + 1 : 2, paint_with);
    const std::size_t told = options_.all ? step.notes.size() : most_notes;
    for (std::size_t i = 0; i < step.notes.size(); ++i) {
      // One more line is not worth saying that there is one more.
      const bool more = i >= told && i + 1 < step.notes.size();
      const std::string note = more ? fmt::format("{} {} more", marks_.dots, step.notes.size() - i)
                                    : fmt::format("{} {}", marks_.bullet, printable(step.notes[i]));
      for (grid::line& line : lines(row.depth + 1, note, 2, colour::dim))
        text.push_back(std::move(line));
      if (more) break;
    }
    const std::string_view sign = broken       ? marks_.broken
                                  : access     ? marks_.access
                                  : repeating_ ? marks_.vertical
                                               : " ";
    grid_.row(column,
              {fmt::format("{:>{}} {}", row.step, number_width_, sign),
               repeating_ ? colour::yellow : paint_with},
              mark, text);
    if (broken) print_violation();
  }

  void print_violation() {
    broken_ = true;
    const trace::violation& result = document_.result;
    const std::string sign(marks_.broken);
    const std::string words =
        fmt::format("{} {}: {}", sign, printable(result.kind),
                    result.message.empty() ? "violated" : printable(result.message));
    const int indent = number_width_ + 1;
    for (const std::string& line : wrap(words, width_ - indent, 2))
      grid_.span({std::string(static_cast<std::size_t>(indent), ' ') + line, colour::red});
  }

  /// "copy_pte_range()", without the brackets where only they would need a line of their own.
  std::string call_words(const timeline_row& row) const {
    const std::string name = printable(row.name);
    const int room = grid_.text_width() - indent_of(row.depth);
    return width_of(name) <= room && width_of(name) + 2 > room ? name : name + "()";
  }

  int indent_of(int depth) const {
    return std::min(depth * indent_, grid_.text_width() / (narrow() ? 4 : 3));
  }

  /// Text at its nesting depth, wrapped. Most of the column stays for the text: the deepest calls
  /// stand below each other.
  std::vector<grid::line> lines(int depth, const std::string& text, int hang, colour with) const {
    const int indent = indent_of(depth);
    std::vector<grid::line> cells;
    for (const std::string& line : wrap(text, grid_.text_width() - indent, hang))
      cells.push_back({std::string(static_cast<std::size_t>(indent), ' ') + line, with});
    return cells;
  }

  std::string legend(const std::vector<timeline_row>& rows) const {
    const auto any = [&](auto condition) {
      return std::any_of(rows.begin(), rows.end(), condition);
    };
    const auto entry = [](std::string_view mark, std::string_view meaning) {
      return glue(fmt::format("{} {}  ", mark, meaning)) + " ";
    };
    std::string text = entry(marks_.run, "another thread runs from here");
    if (!document_.result.conflicting_steps.empty())
      text += entry(marks_.access, "conflicting access");
    text += entry(marks_.broken, "what broke");
    if (any([](const timeline_row& row) { return row.kind == timeline_row::type::folded; }))
      text += entry(marks_.dots, "steps that do not matter here (--all shows them)");
    std::string idle;
    for (std::size_t i = 0; i < active_.size(); ++i)
      if (!active_[i])
        idle += (idle.empty() ? "" : ", ") + thread_name(document_.threads, static_cast<int>(i));
    std::string joined;
    if (!idle.empty())
      joined += wrapped("Without a column, as nothing happens there: " + idle, 2, colour::dim);
    for (std::string& line : wrap(text, width_)) {
      line.erase(line.find_last_not_of(' ') + 1);
      joined += paint(line, colour::dim, options_.colour) + "\n";
    }
    return joined;
  }

  const trace::document& document_;
  const table_options& options_;
  int width_;
  int number_width_;
  marks marks_;
  std::vector<bool> active_;
  int columns_;
  grid grid_;
  int indent_ = 1;
  bool broken_ = false;
  bool repeating_ = false;  ///< between the two ends of what repeats
};

}  // namespace

std::string table(const trace::document& document, const table_options& options) {
  return table_writer(document, options).write();
}

}  // namespace checker::report
