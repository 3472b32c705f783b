// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/details.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/report/code_under_test.hpp"
#include "checker/report/style.hpp"
#include "checker/report/text.hpp"

namespace checker::report {
namespace {

class details_writer {
 public:
  details_writer(const trace::document& document, const details_options& options)
      : document_(document), options_(options), subject_(document) {}

  std::string write() {
    print_accesses();
    print_repeating();
    print_waits();
    print_cycle();
    print_held();
    section("Replay");
    // Never broken, so that it can be copied.
    text_ += "  " + shell_quoted(options_.program) + " replay " +
             shell_quoted(options_.trace_file) + "\n";
    return std::move(text_);
  }

 private:
  void section(std::string_view title) {
    text_ += "\n" + paint(title, colour::bold, options_.colour) + "\n";
  }

  void put(int indent, const std::string& text, int hang = 2) {
    for (const std::string& line : wrap(text, options_.width - indent, hang))
      text_.append(static_cast<std::size_t>(indent), ' ').append(line).append("\n");
  }

  /// Innermost first, as the kernel prints stacks; places in a column of their own where they fit.
  void put_stack(int indent, const std::vector<trace::frame>& stack) {
    int name_width = 0;
    for (const trace::frame& frame : stack)
      name_width = std::max(name_width, width_of(printable(frame.function)) + 2);
    name_width = std::min(name_width, options_.width / 3);
    for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame)
      put(indent, pad(printable(frame->function) + "()", name_width) + "  " + place_of(*frame));
  }

  std::string name_of(int thread) const { return thread_name(document_.threads, thread); }

  static std::string lock_words(const trace::held_lock& lock) {
    std::string words = printable(lock.name);
    std::string about = printable(lock.kind);
    if (lock.mode == trace::lock_mode::read) about += about.empty() ? "read" : ", read";
    if (lock.subclass > 0)
      about += fmt::format("{}nested {}", about.empty() ? "" : ", ", lock.subclass);
    return about.empty() ? words : fmt::format("{} ({})", words, about);
  }

  void put_step(int index) {
    const trace::step& step = document_.steps[static_cast<std::size_t>(index)];
    const step_words words = describe(step);
    put(2,
        fmt::format("step {}, {}: {} {}{}", index, name_of(step.thread), words.verb, words.rest(),
                    step.kind == trace::step_kind::load || step.kind == trace::step_kind::store
                        ? (step.marked ? " (marked)" : " (plain)")
                        : ""));
    put_stack(6, step.stack);
    std::string holding;
    for (const trace::held_lock& lock : step.held)
      holding += (holding.empty() ? "" : ", ") + glue(lock_words(lock));
    put(6, glue("holding ") + (holding.empty() ? "no lock" : holding), 8);
  }

  void print_accesses() {
    const trace::violation& result = document_.result;
    if (!result.conflicting_steps.empty()) {
      section("Conflicting accesses");
      for (const int index : result.conflicting_steps) put_step(index);
      if (!result.covering_lock.empty())
        put(2, "Both should hold " + printable(result.covering_lock) + ".");
    }
    const bool told = std::find(result.conflicting_steps.begin(), result.conflicting_steps.end(),
                                result.step) != result.conflicting_steps.end();
    if (result.step >= 0 && !told && result.waits.empty()) {
      section("Where it broke");
      put_step(result.step);
    }
  }

  /// Who goes round, with the step that each of them makes first.
  void print_repeating() {
    if (!document_.result.repeats) return;
    section("Who goes round");
    const auto [first, last] = *document_.result.repeats;
    std::vector<int> steps(document_.threads.size(), 0), starts(document_.threads.size(), -1);
    for (int i = first; i <= last; ++i) {
      const trace::step& step = document_.steps[static_cast<std::size_t>(i)];
      const auto thread = static_cast<std::size_t>(step.thread);
      if (step.kind != trace::step_kind::choice) ++steps[thread];
      if (starts[thread] < 0) starts[thread] = i;
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (starts[i] < 0) continue;
      put(2, fmt::format("{}: {}, from", name_of(static_cast<int>(i)), counted(steps[i], "step")));
      put_stack(6, document_.steps[static_cast<std::size_t>(starts[i])].stack);
    }
  }

  void print_waits() {
    if (document_.result.waits.empty()) return;
    section("Who waits for whom");
    for (const trace::wait& wait : document_.result.waits) {
      std::string holders;
      for (const int holder : wait.holders)
        holders +=
            (holders.empty() ? "" : ", ") + (holder == wait.thread ? "itself" : name_of(holder));
      put(2, fmt::format("{} waits for {}{}", name_of(wait.thread), printable(wait.lock),
                         holders.empty() ? "" : ", held by " + holders));
      put_stack(6, wait.stack);
    }
  }

  void print_cycle() {
    if (document_.result.cycle.empty()) return;
    section("Lock order");
    for (const trace::lock_edge& edge : document_.result.cycle) {
      put(2,
          fmt::format("{} takes {} while it holds {}{}", name_of(edge.thread), printable(edge.to),
                      printable(edge.from), edge.step < 0 ? " (in another execution)" : ""));
      if (!edge.stack.empty()) put(6, subject_.place_in(edge.stack));
    }
  }

  void print_held() {
    const std::vector<trace::held_lock>& held = document_.result.held;
    if (held.empty()) return;
    section("Locks held");
    for (std::size_t i = 0; i < document_.threads.size(); ++i) {
      const auto thread = static_cast<int>(i);
      const auto own = [&](const trace::held_lock& lock) { return lock.thread == thread; };
      if (std::none_of(held.begin(), held.end(), own)) continue;
      put(2, name_of(thread));
      for (const trace::held_lock& lock : held) {
        if (!own(lock)) continue;
        std::string since = lock.acquired_step < 0
                                ? "from the start"
                                : fmt::format("since step {}", lock.acquired_step);
        const std::string place = subject_.place_in(lock.acquired_stack);
        if (!place.empty()) since += ", " + place;
        put(4, fmt::format("{}, {}", lock_words(lock), since));
      }
    }
  }

  const trace::document& document_;
  const details_options& options_;
  code_under_test subject_;
  std::string text_;
};

}  // namespace

std::string details(const trace::document& document, const details_options& options) {
  return details_writer(document, options).write();
}

}  // namespace checker::report
