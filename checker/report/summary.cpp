// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "checker/report/outcome.hpp"
#include "checker/report/style.hpp"
#include "checker/report/text.hpp"
#include "checker/run/registry.hpp"

namespace checker::report {
namespace {

// Together with a mark, and spaces in between, 80.
constexpr int name_width = 23, verdict_width = 31;
constexpr int executions_width = 8, states_width = 7, seconds_width = 5;

std::string short_seconds(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  if (seconds < 9.995) return fmt::format("{:.2f}s", seconds);
  if (seconds < 99.95) return fmt::format("{:.1f}s", seconds);
  if (seconds < 9999) return fmt::format("{:.0f}s", seconds);
  return fmt::format("{:.0f}h", seconds / 3600);
}

std::string right(const std::string& text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - width_of(text))), ' ') + text;
}

/// The command that shows what a reader of the line wants to see next.
std::string next_command(const result& value, const summary_options& options) {
  const std::string trace = leading_trace_file(value);
  if (value.outcome == verdict::violation && !trace.empty())
    return shell_quoted(options.program) + " show " + shell_quoted(trace);
  return reproduce_command(value, options);
}

/// How far a search came that was ended early; empty if that is not known.
std::string explored_share(const result& value) {
  const auto& made = value.last_estimate;
  if (!made.made() || value.memory_full) return {};
  const auto percent = [&](std::uint64_t of) {
    return std::min(99.0, 100.0 * static_cast<double>(value.states) / static_cast<double>(of));
  };
  if (made.states == 0) {
    return fmt::format("that was at most about {:.2g} % of the search, of {} states or more",
                       percent(made.low), short_count(made.low));
  }
  return fmt::format(
      "that was about {:.0f} % of the search ({:.0f} to {:.0f} %), of an estimated {} states",
      percent(made.states), percent(made.high), percent(made.low), short_count(made.states));
}

class line_writer {
 public:
  line_writer(const result& value, const summary_options& options)
      : value_(value), options_(options), marks_(options.unicode) {}

  std::string write() {
    const bool expected = value_.as_expected();
    const colour shade = expected               ? colour::green
                         : inconclusive(value_) ? colour::yellow
                                                : colour::red;
    const std::string_view mark = expected               ? marks_.passed
                                  : inconclusive(value_) ? marks_.unknown
                                                         : marks_.broken;
    const bool names_kernel = options_.several_kernels && runs_on_several();
    const std::string both =
        printable(value_.patch.empty() ? value_.scenario : value_.scenario + " + " + value_.patch);
    const bool fits = !names_kernel && width_of(both) <= name_width;
    const std::string name = fits ? both : printable(value_.scenario);
    const std::string words = printable(verdict_words(value_));
    // A name or verdict too long for its column takes what the other leaves. Where that is not
    // enough, the name has the line to itself.
    constexpr int room = name_width + verdict_width;
    const bool apart = width_of(name) + width_of(words) > room;
    int verdict_at = std::max(0, std::min(name_width, room - width_of(words)));
    text_ = paint(mark, shade, options_.colour) + " ";
    if (apart) {
      text_ += name + "\n" + pad("", verdict_at + 3);
    } else {
      verdict_at = std::max(verdict_at, width_of(name));
      text_ += pad(name, verdict_at) + " ";
    }
    text_ += paint(words, expected ? colour::plain : shade, options_.colour);
    text_ += pad("", room - verdict_at - width_of(words));
    text_ += " " + right(short_count(value_.executions), executions_width);
    text_ += " " + right(value_.states == 0 ? "-" : short_count(value_.states), states_width);
    text_ += " " + right(short_seconds(value_.seconds), seconds_width) + "\n";
    if (names_kernel) {
      const std::string patch = value_.patch.empty() ? "" : " + " + value_.patch;
      below("on " + printable(value_.kernel + patch), colour::plain);
    } else if (!fits && !value_.patch.empty()) {
      below("+ " + printable(value_.patch), colour::plain);
    }
    explain(expected);
    return std::move(text_);
  }

 private:
  bool runs_on_several() const {
    const scenario* const subject = registry::find_scenario(value_.scenario);
    return subject != nullptr && subject->kernels.size() > 1;
  }

  void below(const std::string& words, colour shade) {
    for (const std::string& line : wrap(words, line_width - 4, 2))
      text_ += "    " + paint(line, shade, options_.colour) + "\n";
  }

  void explain(bool expected) {
    const violation_group* const group = leading_violation(value_);
    const imported_kernel* const imported = registry::find_imported_kernel(value_.kernel);
    if (imported != nullptr && !imported->stubs.empty())
      below(printable(fmt::format("stubs: {}", fmt::join(imported->stubs, ", "))), colour::yellow);
    if (!value_.error.empty()) below(printable(value_.error), colour::red);
    if (inconclusive(value_))
      below(fmt::format("bounded by {}: neither proved nor refuted", printable(value_.bound)),
            colour::yellow);
    if (const auto words = explored_share(value_); inconclusive(value_) && !words.empty())
      below(words, colour::dim);
    if (group != nullptr && !group->repeats)
      below("did not repeat: " + printable(group->divergence), colour::red);
    if (!value_.reports.empty())
      below(fmt::format("{} data race{} reported", value_.reports.size(),
                        value_.reports.size() == 1 ? "" : "s"),
            colour::dim);
    if (value_.memory_full)
      below("no memory was left for further states: the rest was searched almost without storing",
            colour::dim);
    if (value_.outcome == verdict::verified) say_what_was_not_reached();
    if (expected) return;
    if (value_.outcome == verdict::violation && group != nullptr)
      below(printable(group->counterexample.result.message), colour::plain);
    below("expected " + printable(expected_words(value_.expected)), colour::plain);
    // On a line of its own and never broken, so that it can be copied.
    text_ += "    " + paint(next_command(value_, options_), colour::bold, options_.colour) + "\n";
  }

  void say_what_was_not_reached() {
    const auto parts = unreached_parts(value_.reached);
    if (parts.empty()) return;
    std::string words = "not reached: " + printable(parts.front());
    if (parts.size() > 1) {
      words += fmt::format(" (and {} more: --coverage)", parts.size() - 1);
    }
    below(words, colour::yellow);
  }

  const result& value_;
  const summary_options& options_;
  marks marks_;
  std::string text_;
};

}  // namespace

std::string summary_head(const summary_options& options) {
  const std::string line = "  " + pad("scenario", name_width) + " " +
                           pad("verdict", verdict_width) + " " + right("runs", executions_width) +
                           " " + right("states", states_width) + " " + right("time", seconds_width);
  return paint(line, colour::dim, options.colour) + "\n";
}

std::string summary_line(const result& value, const summary_options& options) {
  return line_writer(value, options).write();
}

std::string summary_close(const std::vector<result>& results, const summary_options& options) {
  std::size_t expected = 0, bounded = 0;
  std::uint64_t executions = 0, steps = 0;
  double seconds = 0;
  std::string list;
  for (const result& value : results) {
    executions += value.executions;
    steps += value.steps;
    seconds += std::isfinite(value.seconds) ? value.seconds : 0;
    if (value.as_expected()) {
      ++expected;
      continue;
    }
    if (inconclusive(value)) ++bounded;
    const violation_group* const group = leading_violation(value);
    const bool repeats = group == nullptr || group->repeats;
    const std::string words =
        fmt::format("{}: {}{}", printable(result_name(value)), printable(verdict_words(value)),
                    repeats ? "" : " (did not repeat)");
    for (const std::string& part : wrap(words, line_width - 2, 2)) list += "  " + part + "\n";
  }
  const std::size_t unexpected = results.size() - expected - bounded;
  std::string line = fmt::format("{} of {} as expected", expected, results.size());
  if (unexpected > 0) line += fmt::format(", {} not", unexpected);
  if (bounded > 0) line += fmt::format(", {} inconclusive", bounded);
  const colour shade = unexpected > 0 ? colour::red : bounded > 0 ? colour::yellow : colour::green;
  std::string text =
      "\n" + paint(line, shade, options.colour) +
      fmt::format(": {} {}, {} steps, {:.2f} s\n", grouped(executions),
                  executions == 1 ? "execution" : "executions", grouped(steps), seconds);
  return list.empty() ? text : text + list;
}

std::string reproduce_command(const result& value, const summary_options& options) {
  std::string command = shell_quoted(options.program) + " run " + shell_quoted(value.scenario);
  if (!value.kernel.empty()) command += " --kernel " + shell_quoted(value.kernel);
  if (!value.patch.empty()) command += " --patch " + shell_quoted(value.patch);
  const scenario* const known = registry::find_scenario(value.scenario);
  const bool imported = registry::find_imported_kernel(value.kernel) != nullptr;
  for (const auto& [name, number] : value.parameters) {
    const auto is_default = [&name = name, number = number, imported](const parameter& entry) {
      return entry.name == name && entry.default_on(imported) == number;
    };
    if (known != nullptr &&
        std::any_of(known->parameters.begin(), known->parameters.end(), is_default))
      continue;
    command += fmt::format(" --set {}={}", shell_quoted(name), number);
  }
  if (!options.run_options.empty()) command += " " + options.run_options;
  return command;
}

}  // namespace checker::report
