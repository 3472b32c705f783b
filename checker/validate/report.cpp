// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "checker/lockgraph/lockgraph.hpp"
#include "checker/report/cpu.hpp"
#include "checker/report/text.hpp"

namespace checker::validate {
namespace {

constexpr int screen_width = 80, mail_width = 72;

std::string wrapped(const std::string& text, int width, int hang) {
  std::string lines;
  for (const auto& line : report::wrap(text, width, hang)) lines += line + "\n";
  return lines;
}

const char* word_for(change what) {
  switch (what) {
    case change::none:
      return "same";
    case change::new_violation:
      return "NEW";
    case change::changed:
      return "CHANGED";
    case change::gone:
      return "gone";
    case change::still:
      return "still";
    case change::open:
      break;
  }
  return "open";
}

/// "12-14, 20, before: 11"; what is taken out has its number before the patch.
std::string line_words(const std::vector<changed_line>& lines) {
  std::string text;
  for (const bool removed : {false, true}) {
    std::vector<std::size_t> numbers;
    for (const auto& each : lines) {
      if (each.removed == removed) numbers.push_back(each.line);
    }
    std::sort(numbers.begin(), numbers.end());
    for (std::size_t i = 0; i < numbers.size();) {
      std::size_t last = i;
      while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
      text += text.empty() ? "" : ", ";
      if (removed && i == 0) text += "before: ";
      text +=
          last == i ? std::to_string(numbers[i]) : fmt::format("{}-{}", numbers[i], numbers[last]);
      i = last + 1;
    }
  }
  return text;
}

std::string words_for(const touched_function& each) {
  using kind = touched_function::kind;
  switch (each.what) {
    case kind::reached:
    case kind::not_reached:
    case kind::not_modelled: {
      auto text = fmt::format("{} of {} executed", each.reached,
                              report::counted(static_cast<int>(each.changed), "changed line"));
      if (!each.missed.empty()) text += "; not executed: " + line_words(each.missed);
      if (!each.not_modelled.empty()) {
        text += "; nothing to the model: " + line_words(each.not_modelled);
      }
      if (!each.without_code.empty()) text += "; no code: " + line_words(each.without_code);
      return text;
    }
    case kind::no_code:
      return "executed, but there is no code of what changes";
    case kind::not_imported:
      return "not imported: no scenario runs it";
    case kind::layout:
      return "the same code before and after";
    case kind::not_c:
      return "no C: not looked at";
    case kind::no_function:
      break;
  }
  return "not known whether it matters";
}

std::string place_of(const touched_function& each) {
  if (each.what == touched_function::kind::not_c) return each.file;
  const auto name = each.name.empty() ? "outside of functions" : each.name + "()";
  return fmt::format("{}, {}:{}", name, each.file, each.line);
}

std::string functions_touched(const validation& value, int width) {
  std::string text;
  for (const auto& each : value.touched) {
    text += wrapped(fmt::format("  {}: {}", place_of(each), words_for(each)), width, 6);
  }
  if (text.empty()) text = "  none\n";
  return text;
}

std::string table(const validation& value, int width) {
  int longest = 0;
  for (const auto& each : value.rows) {
    longest = std::max(longest, report::width_of(each.after.scenario));
  }
  std::string text =
      fmt::format("{} {}  before -> after\n", report::pad("", 7), report::pad("scenario", longest));
  for (const auto& each : value.rows) {
    text += wrapped(fmt::format("{} {}  {} -> {}", report::pad(word_for(each.what), 7),
                                report::pad(each.after.scenario, longest),
                                verdict_words(each.before), verdict_words(each.after)),
                    width, 10);
  }
  return text;
}

std::string kernel_words(const validation& value) {
  return value.kernel.version.empty() ? std::string("a kernel tree")
                                      : "Linux " + value.kernel.version;
}

std::string item(const char* name, const std::string& text) {
  return wrapped(fmt::format("{} {}", report::pad(fmt::format("{}:", name), 13), text), mail_width,
                 14);
}

std::string joined(const std::vector<std::string>& parts, const char* between) {
  return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, between));
}

/// Blank lines at both ends are the caller's.
std::string trimmed(std::string text) {
  while (text.ends_with("\n\n")) text.pop_back();
  while (text.starts_with('\n')) text.erase(0, 1);
  return text;
}

std::string what_it_rests_on(const validation& value) {
  std::string text = item("checked with", fmt::format("{}, {}", value.tool, value.compiler));
  text += item("kernel", kernel_words(value));
  for (const auto& file : value.kernel.files) {
    text += item("its own code",
                 fmt::format("{} of {}, compiled as they stand",
                             report::counted(static_cast<int>(file.functions.size()), "function"),
                             file.path));
  }
  std::vector<std::string> options;
  for (const auto& [name, setting] : value.kernel.options) {
    options.push_back(fmt::format("{}={}", name, setting));
  }
  text += item("config", joined(options, " "));
  text += item("stubs", joined(value.kernel.stubs, ", "));
  text += item("not modelled", joined(value.not_modelled, "; "));
  return text;
}

std::string what_happened(const comparison& row, const trace::document& document) {
  std::string parameters;
  for (const auto& [name, number] : document.parameters) {
    parameters += fmt::format(" {}={}", name, number);
  }
  std::string text =
      wrapped(fmt::format("{}: {}", document.result.kind, document.result.message), mail_width, 2);
  text += wrapped(
      fmt::format("Scenario {}{}, {}:", row.after.scenario, parameters, document.memory_model),
      mail_width, 2);
  return text + "\n" + trimmed(report::cpu(document)) + "\nLocks:\n\n" +
         trimmed(lockgraph::text(document)) + "\n";
}

std::string not_exercised_words(const validation& value) {
  std::vector<std::string> names;
  for (const auto& each : value.touched) {
    if (each.is_exercised()) continue;
    const bool in_part = each.is_executed();
    names.push_back((in_part ? "parts of " : "") +
                    (each.name.empty() ? each.file : each.name + "()"));
  }
  if (names.empty()) return {};
  return fmt::format("not exercised: {}", fmt::join(names, ", "));
}

}  // namespace

const comparison* shown_violation(const validation& value) {
  const comparison* first = nullptr;
  for (const auto& each : value.rows) {
    if (!each.is_worse()) continue;
    if (each.after.scenario == value.shown) return &each;
    if (first == nullptr) first = &each;
  }
  return first;
}

std::string conclusion_line(const validation& value) {
  const auto count = report::counted(static_cast<int>(value.rows.size()), "scenario");
  const auto further = not_exercised_words(value);
  const auto behind = [&](std::string text) {
    return further.empty() ? text : text + "; " + further;
  };
  switch (value.result) {
    case conclusion::no_new_violation: {
      const auto gone = std::count_if(value.rows.begin(), value.rows.end(),
                                      [](const auto& each) { return each.what == change::gone; });
      if (gone == 0) return fmt::format("no new violation in {}", count);
      return fmt::format("no violation any more in {} of {}, and no new one", gone, count);
    }
    case conclusion::new_violation: {
      const auto worse = std::count_if(value.rows.begin(), value.rows.end(),
                                       [](const comparison& each) { return each.is_worse(); });
      return behind(fmt::format("new violation in {} of {}", worse, count));
    }
    case conclusion::partly_exercised:
      return behind(fmt::format("only partly exercised: no new violation in {}", count));
    case conclusion::not_exercised:
      return "not exercised: no scenario tells anything about what the patch changes";
    case conclusion::open:
      break;
  }
  return behind(fmt::format("open: no new violation found, but not all of {} was explored", count));
}

std::string summary(const validation& value) {
  std::string text =
      wrapped(fmt::format("{} on {}", value.subject, kernel_words(value)), screen_width, 2);
  for (const auto& each : value.made.moved) text += wrapped("  " + each, screen_width, 4);
  text += "\nfunctions touched:\n" + functions_touched(value, screen_width);
  text += "\n" + table(value, screen_width);
  text += "\n";
  if (!value.kernel.stubs.empty()) {
    text += wrapped("stubs: " + joined(value.kernel.stubs, ", "), screen_width, 2);
  }
  text += wrapped("not modelled: " + joined(value.not_modelled, "; "), screen_width, 2);
  return text + wrapped("result: " + conclusion_line(value), screen_width, 2);
}

std::string for_a_mail(const validation& value, const trace::document* counterexample) {
  std::string text = wrapped(
      fmt::format("ptlcheck on {}: {}", value.subject, conclusion_line(value)), mail_width, 2);
  text += "\n";
  const comparison* const row = shown_violation(value);
  if (row != nullptr && counterexample != nullptr) text += what_happened(*row, *counterexample);
  text += "Functions touched:\n" + functions_touched(value, mail_width) + "\n";
  text += table(value, mail_width) + "\n";
  text += "  $ " + value.command + "\n\n";
  return text + what_it_rests_on(value);
}

void shorten_paths(trace::document& document, const std::string& tree) {
  const std::string prefix = tree.ends_with('/') ? tree : tree + "/";
  const auto shorten = [&](std::vector<trace::frame>& stack) {
    for (auto& frame : stack) {
      if (frame.file.starts_with(prefix)) frame.file.erase(0, prefix.size());
    }
  };
  const auto shorten_held = [&](std::vector<trace::held_lock>& held) {
    for (auto& each : held) shorten(each.acquired_stack);
  };
  const auto shorten_edges = [&](std::vector<trace::lock_edge>& edges) {
    for (auto& each : edges) {
      shorten(each.from_stack);
      shorten(each.stack);
    }
  };
  for (auto& each : document.steps) {
    shorten(each.stack);
    shorten_held(each.held);
  }
  for (auto& each : document.result.waits) shorten(each.stack);
  shorten_held(document.result.held);
  shorten_edges(document.result.cycle);
  shorten_edges(document.lock_edges);
}

}  // namespace checker::validate
