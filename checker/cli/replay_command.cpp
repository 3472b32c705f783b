// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck replay: runs a recorded schedule again and compares.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include "checker/cli/command.hpp"
#include "checker/cli/output.hpp"
#include "checker/explore/explore.hpp"
#include "checker/run/nearest.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"
#include "checker/trace/json.hpp"

namespace checker::cli {
namespace {

struct replay_arguments {
  std::string trace, file;
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
  std::string text = fmt::format("thread {} at '{}'", step.thread, printable(step.object));
  if (!step.after.empty()) text += fmt::format(" with '{}'", printable(step.after));
  if (!step.stack.empty()) {
    const auto& top = step.stack.back();
    text += fmt::format(" ({} {}:{})", printable(top.function), printable(top.file), top.line);
  }
  return text;
}

bool same_event(const trace::step& left, const trace::step& right) {
  return left.thread == right.thread && left.operation == right.operation &&
         left.kind == right.kind && left.marked == right.marked && left.object == right.object &&
         left.address == right.address && left.size == right.size && left.before == right.before &&
         left.after == right.after && left.lock_class == right.lock_class &&
         left.subclass == right.subclass && left.mode == right.mode;
}

// Where the new recording does not match, in one line; empty if it does.
std::string difference(const trace::document& old, const trace::document& fresh) {
  const std::size_t common = std::min(old.steps.size(), fresh.steps.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (!same_event(old.steps[i], fresh.steps[i])) {
      return fmt::format("step {} was {} and is now {}", i, describe(old.steps[i]),
                         describe(fresh.steps[i]));
    }
  }
  if (fresh.result.kind != old.result.kind) {
    return fmt::format(
        "it ends {} instead of in {}",
        fresh.result.kind.empty() ? "without a violation" : "in " + printable(fresh.result.kind),
        printable(old.result.kind));
  }
  if (old.steps.size() != fresh.steps.size()) {
    return fmt::format("it takes {} steps instead of {}", fresh.steps.size(), old.steps.size());
  }
  if (fresh.result.message != old.result.message) {
    return fmt::format("the violation now says '{}'", printable(fresh.result.message, 500));
  }
  return {};
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
  suite_case subject;
  try {
    subject = case_of(document);
  } catch (const bad_request& error) {
    throw bad_request(fmt::format("{}: {}", printable(asked.trace), error.what()));
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
                            printable(document.tool_version), seen.recorded.tool_version));
    }
    return exit_unexpected;
  }
  out.write(fmt::format("reproduced: {}: {} ({} steps)\n", printable(document.result.kind),
                        printable(document.result.message, 500), document.steps.size()));
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
  app->add_option("--output", asked->file, "Write what was seen this time, as a trace")
      ->type_name("FILE");
  return {app, [asked] { return replay(*asked); }};
}

}  // namespace checker::cli
