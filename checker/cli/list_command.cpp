// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck list: what there is to run.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "checker/cli/command.hpp"
#include "checker/cli/output.hpp"
#include "checker/report/text.hpp"
#include "checker/run/nearest.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"

namespace checker::cli {
namespace {

using nlohmann::ordered_json;

struct list_arguments {
  std::string scenario;
  std::string json;
  bool patches = false;
  bool kernels = false;
  bool ctest = false;
};

ordered_json scenario_json(const scenario& subject) {
  ordered_json parameters = ordered_json::array();
  for (const auto& each : subject.parameters) {
    parameters.push_back({{"name", each.name},
                          {"meaning", each.meaning},
                          {"default", each.default_value},
                          {"minimum", each.minimum},
                          {"maximum", each.maximum}});
  }
  return {{"name", subject.name},
          {"summary", subject.summary},
          {"default_suite", subject.in_default_suite},
          {"kernels", subject.kernels},
          {"fails_on", subject.fails_on},
          {"finds", subject.finds},
          {"mended_by", subject.mended_by},
          {"parameters", std::move(parameters)},
          {"expected_violations", subject.expected_violations}};
}

std::string list_json() {
  ordered_json scenarios = ordered_json::array();
  for (const auto& each : registry::scenarios()) scenarios.push_back(scenario_json(each));
  ordered_json patches = ordered_json::array();
  for (const auto& each : registry::patches()) {
    patches.push_back({{"name", each.name}, {"kernel", each.kernel}, {"summary", each.summary}});
  }
  const ordered_json all = {{"version", 1},
                            {"scenarios", std::move(scenarios)},
                            {"kernels", registry::kernels()},
                            {"patches", std::move(patches)}};
  return all.dump(2) + "\n";
}

constexpr int page_width = 80;

// `text` with `indent` spaces before each of its lines; `hang` more before all but the first.
std::string paragraph(const std::string& text, int indent, int hang = 0) {
  std::string lines;
  for (const std::string& line : report::wrap(text, page_width - indent, hang)) {
    lines += std::string(static_cast<std::size_t>(indent), ' ') + line + "\n";
  }
  return lines;
}

// Rows of a name and a text. A name too long for its column gets a line of its own.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  constexpr std::size_t widest = 32;
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, std::min(widest, row.first.size()));
  std::string text;
  for (const auto& [name, meaning] : rows) {
    const std::string beside = paragraph(meaning, static_cast<int>(width) + 4);
    if (name.size() > width) {
      text += fmt::format("  {}\n{}", name, beside);
    } else {
      text += fmt::format("  {:{}}  {}", name, width, beside.substr(width + 4));
    }
  }
  return text;
}

// Whether no built-in kernel has it in its default suite; imported ones may.
bool runs_only_when_named(const scenario& subject) {
  const auto fails = [&](const std::string& kernel) {
    return std::find(subject.fails_on.begin(), subject.fails_on.end(), kernel) !=
           subject.fails_on.end();
  };
  return !subject.in_default_suite ||
         (!subject.kernels.empty() &&
          std::all_of(subject.kernels.begin(), subject.kernels.end(), fails));
}

std::string list_scenarios() {
  std::vector<std::pair<std::string, std::string>> suite, others;
  for (const auto& each : registry::scenarios()) {
    (runs_only_when_named(each) ? others : suite).emplace_back(each.name, each.summary);
  }
  std::string text;
  if (!suite.empty()) text += "Scenarios of the default suite:\n" + two_columns(suite);
  if (!others.empty()) text += "Other scenarios, run when named:\n" + two_columns(others);
  return text + "`ptlcheck list SCENARIO` shows its parameters, `--patches` the patches.\n";
}

std::string list_patches() {
  std::string text, kernel;
  std::vector<std::pair<std::string, std::string>> rows;
  auto flush = [&] {
    if (!rows.empty()) {
      text += (kernel.empty() ? "Patches of toys:\n" : fmt::format("Patches of {}:\n", kernel)) +
              two_columns(rows);
    }
    rows.clear();
  };
  for (const auto& each : registry::patches()) {
    if (each.kernel != kernel) flush();
    kernel = each.kernel;
    rows.emplace_back(each.name, each.summary);
  }
  flush();
  return text;
}

std::string list_kernels() {
  std::string text;
  for (const auto& each : registry::kernels()) text += each + "\n";
  return text;
}

std::string describe_scenario(const std::string& name) {
  const scenario* subject = registry::find_scenario(name);
  if (subject == nullptr) {
    std::vector<std::string> known;
    for (const auto& each : registry::scenarios()) known.push_back(each.name);
    throw bad_request(unknown_name("scenario", name, known, "`ptlcheck list` shows them"));
  }
  std::string text = paragraph(fmt::format("{}: {}", subject->name, subject->summary), 0, 2);
  if (!subject->kernels.empty()) {
    text += paragraph(fmt::format("Kernels: {}", fmt::join(subject->kernels, ", ")), 0, 2);
  }
  if (!subject->fails_on.empty()) {
    text +=
        paragraph(fmt::format("Known to fail on: {}", fmt::join(subject->fails_on, ", ")), 0, 2);
  }
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [kernel, kinds] : subject->finds) {
    rows.emplace_back("--kernel " + kernel, fmt::format("violation: {}", fmt::join(kinds, " or ")));
  }
  if (!rows.empty()) text += "Kernels it finds a bug of:\n" + two_columns(rows);
  rows.clear();
  for (const auto& each : subject->parameters) {
    rows.emplace_back(fmt::format("--set {}={}", each.name, each.default_value),
                      fmt::format("{} ({} to {})", each.meaning, each.minimum, each.maximum));
  }
  if (!rows.empty()) text += "Parameters and their defaults:\n" + two_columns(rows);
  rows.clear();
  for (const auto& [patch, kinds] : subject->expected_violations) {
    rows.emplace_back("--patch " + patch, fmt::format("violation: {}", fmt::join(kinds, " or ")));
  }
  if (!rows.empty()) text += "Patches it must catch:\n" + two_columns(rows);
  if (!subject->mended_by.empty()) {
    text += paragraph(
        fmt::format("Verified with: --patch {}", fmt::join(subject->mended_by, ", --patch ")), 0,
        2);
  }
  return text;
}

// One line per case of the default suite, for the script that makes tests of them: name, scenario,
// kernel, patch. No name holds a tab.
std::string list_for_ctest() {
  std::string text;
  // A build without the kernel model has no default suite.
  if (!registry::has_default_suite()) return text;
  for (const auto& each : select_cases({})) {
    text += fmt::format("{}\t{}\t{}\t{}\n", case_name(each), each.subject->name, each.kernel,
                        each.patch);
  }
  return text;
}

int list(const list_arguments& asked) {
  std::string text;
  output out;
  if (!asked.json.empty()) {
    const bool written = write_result_file(asked.json, list_json(), out);
    return written ? exit_as_expected : exit_bad_usage;
  }
  if (!asked.scenario.empty()) text += describe_scenario(asked.scenario);
  if (asked.ctest) text += list_for_ctest();
  if (asked.kernels) text += list_kernels();
  if (asked.patches) text += list_patches();
  if (asked.scenario.empty() && !asked.ctest && !asked.kernels && !asked.patches) {
    text = list_scenarios();
  }
  out.write(text);
  return out.failed() ? exit_bad_usage : exit_as_expected;
}

}  // namespace

command list_command(CLI::App& parent) {
  auto asked = std::make_shared<list_arguments>();
  CLI::App* app = parent.add_subcommand("list", "Scenarios, kernels and patches");
  app->footer(
      "Examples:\n"
      "  ptlcheck list fork-vs-write-fault\n"
      "  ptlcheck list --patches");
  app->add_option("SCENARIO", asked->scenario, "Show its parameters and patches")->type_name("");
  app->add_flag("--patches", asked->patches, "The patches: seeded bugs, and fixes");
  app->add_flag("--kernels", asked->kernels, "The kernels");
  app->add_option("--json", asked->json, "All of it for a program")->type_name("[=FILE]");
  app->add_flag("--ctest", asked->ctest)->group("");
  return {app, [asked] { return list(*asked); }};
}

}  // namespace checker::cli
