// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck replay: runs a recorded schedule again and compares.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checker/cli/command.hpp"
#include "checker/cli/kernel_arguments.hpp"
#include "checker/cli/output.hpp"
#include "checker/explore/explore.hpp"
#include "checker/report/text.hpp"
#include "checker/run/nearest.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"
#include "checker/trace/json.hpp"

namespace checker::cli {
namespace {

struct replay_arguments {
  std::string trace, file;
  std::vector<std::string> scenario_files;
};

// The case a trace was recorded from. Throws bad_request if this binary does not have it.
suite_case case_of(const trace::document& document) {
  selection wanted{{document.scenario}, document.kernel, document.patch, {}};
  if (wanted.patch.empty()) wanted.patch = "none";
  for (const auto& each : document.parameters) wanted.settings.emplace_back(each);
  const auto cases = select_cases(wanted);
  if (cases.size() != 1 || cases.front().kernel != document.kernel) {
    throw bad_request("the trace names no kernel");
  }
  return cases.front();
}

std::string describe(const trace::step& step) {
  std::string text = fmt::format("thread {} at '{}'", step.thread, escaped(step.object));
  if (!step.after.empty()) text += fmt::format(" with '{}'", escaped(step.after));
  if (!step.stack.empty()) {
    const auto& top = step.stack.back();
    text += fmt::format(" ({} {}:{})", escaped(top.function), escaped(top.file), top.line);
  }
  return text;
}

// Stacks may have moved with the code; they are compared apart.
bool same_locks(const std::vector<trace::held_lock>& left,
                const std::vector<trace::held_lock>& right) {
  return std::ranges::equal(left, right, [](const auto& one, const auto& other) {
    return one.name == other.name && one.lock_class == other.lock_class && one.kind == other.kind &&
           one.subclass == other.subclass && one.mode == other.mode && one.thread == other.thread &&
           one.acquired_step == other.acquired_step;
  });
}

bool same_event(const trace::step& left, const trace::step& right) {
  return left.thread == right.thread && left.operation == right.operation &&
         left.kind == right.kind && left.marked == right.marked && left.object == right.object &&
         left.address == right.address && left.size == right.size && left.before == right.before &&
         left.after == right.after && left.lock_class == right.lock_class &&
         left.subclass == right.subclass && left.mode == right.mode && left.notes == right.notes &&
         same_locks(left.held, right.held);
}

bool same_wait(const trace::wait& left, const trace::wait& right) {
  return left.thread == right.thread && left.lock == right.lock &&
         left.lock_class == right.lock_class && left.holders == right.holders;
}

bool same_edge(const trace::lock_edge& left, const trace::lock_edge& right) {
  return left.thread == right.thread && left.from == right.from && left.to == right.to &&
         left.from_class == right.from_class && left.to_class == right.to_class &&
         left.from_subclass == right.from_subclass && left.to_subclass == right.to_subclass;
}

// What the two violations tell differently, in one word or two; empty if nothing.
std::string difference(const trace::violation& old, const trace::violation& fresh) {
  if (fresh.thread != old.thread) return "another thread broke it";
  if (fresh.step != old.step) return "another step broke it";
  if (fresh.conflicting_steps != old.conflicting_steps) return "the conflicting steps differ";
  if (fresh.covering_lock != old.covering_lock) return "the lock that was missing differs";
  if (!std::ranges::equal(fresh.waits, old.waits, same_wait)) return "the waits differ";
  if (!same_locks(fresh.held, old.held)) return "the locks held differ";
  if (!std::ranges::equal(fresh.cycle, old.cycle, same_edge)) return "the cycle differs";
  if (fresh.repeats != old.repeats) return "other steps repeat";
  return {};
}

// Where the new recording does not match, in one line; empty if it does.
std::string difference(const trace::document& old, const trace::document& fresh) {
  if (old.result.kind.empty()) return "the trace names no violation";
  const std::size_t common = std::min(old.steps.size(), fresh.steps.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (!same_event(old.steps[i], fresh.steps[i])) {
      const std::string before = describe(old.steps[i]), now = describe(fresh.steps[i]);
      if (before == now) return fmt::format("step {}, {}, is recorded otherwise now", i, now);
      return fmt::format("step {} was {} and is now {}", i, before, now);
    }
  }
  if (fresh.result.kind != old.result.kind) {
    return fmt::format(
        "it ends {} instead of in {}",
        fresh.result.kind.empty() ? "without a violation" : "in " + escaped(fresh.result.kind),
        escaped(old.result.kind));
  }
  if (old.steps.size() != fresh.steps.size()) {
    return fmt::format("it takes {} steps instead of {}", fresh.steps.size(), old.steps.size());
  }
  if (fresh.result.message != old.result.message) {
    return fmt::format("the violation now says '{}'", escaped(fresh.result.message, 500));
  }
  return difference(old.result, fresh.result);
}

// Same events from other lines: the code was edited around them.
std::optional<std::size_t> first_moved_step(const trace::document& old,
                                            const trace::document& fresh) {
  for (std::size_t i = 0; i < old.steps.size(); ++i) {
    if (old.steps[i].stack != fresh.steps[i].stack) return i;
  }
  return std::nullopt;
}

explore::options options_for(const trace::document& document, const suite_case& subject) {
  explore::options how;
  // A race only ends an execution where races are violations, whatever the scenario says.
  how.data_races =
      document.result.kind == "data-race" ? data_race_policy::fail : subject.subject->data_races;
  return how;
}

int replay(const replay_arguments& asked) {
  const auto document = trace::read_file(asked.trace);
  add_scenario_files(asked.scenario_files);
  suite_case subject;
  try {
    subject = case_of(document);
  } catch (const bad_request& error) {
    const bool own = registry::find_scenario(document.scenario) == nullptr;
    throw bad_request(fmt::format("{}: {}{}", escaped(asked.trace), error.what(),
                                  own ? " (--scenario FILE adds one of yours)" : ""));
  }
  const auto program = subject.subject->make(subject.parameters, subject.kernel, subject.patch);
  auto seen = explore::replay(*program, document, options_for(document, subject));
  seen.recorded.scenario = document.scenario;
  seen.recorded.kernel = document.kernel;
  seen.recorded.patch = document.patch;
  seen.recorded.parameters = subject.parameters;
  seen.recorded.search = document.search;

  output out;
  bool written = true;
  if (!asked.file.empty()) {
    written = write_result_file(asked.file, trace::to_json(seen.recorded), out);
  }
  const std::string how = seen.fits ? difference(document, seen.recorded) : seen.divergence;
  if (!how.empty() || !seen.fits) {
    out.write(fmt::format("not reproduced: {}\n", how));
    if (document.tool_version != seen.recorded.tool_version) {
      out.write(fmt::format("The trace was recorded by ptlcheck {}; this is {}.\n",
                            escaped(document.tool_version), seen.recorded.tool_version));
    }
    return exit_unexpected;
  }
  out.write(fmt::format("reproduced: {}: {} ({})\n", escaped(document.result.kind),
                        escaped(document.result.message, 500),
                        report::counted(report::size_of(document.schedule).steps, "step")));
  if (const auto& range = seen.recorded.result.repeats) {
    out.write(fmt::format("It repeats: after step {} everything is as it was before step {}.\n",
                          range->last, range->first));
  }
  if (const auto moved = first_moved_step(document, seen.recorded)) {
    out.write(
        fmt::format("The code has moved: from step {} on, calls stand on other lines.\n", *moved));
  }
  return written && !out.failed() ? exit_as_expected : exit_bad_usage;
}

}  // namespace

command replay_command(CLI::App& parent) {
  auto asked = std::make_shared<replay_arguments>();
  CLI::App* app = parent.add_subcommand("replay", "Run a counterexample's schedule again");
  app->footer(
      "Exit status: 0 it ends in the same violation by the same steps, 1 it does not\n"
      "(and where it no longer fits is said), 2 not a trace of this program.\n"
      "\n"
      "Example:\n"
      "  ptlcheck replay ptlcheck-traces/toy-mutex.trace.json");
  app->add_option("TRACE", asked->trace, "A file that `ptlcheck run` wrote")
      ->required()
      ->type_name("");
  app->add_option("--scenario", asked->scenario_files, "C++ file that has the trace's scenario")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app->add_option("--output", asked->file, "Write what was seen this time, as a trace")
      ->type_name("FILE");
  return {app, [asked] { return replay(*asked); }};
}

}  // namespace checker::cli
