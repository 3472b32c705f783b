// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck validate: a kernel tree before and after a patch.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checker/cli/command.hpp"
#include "checker/cli/kernel_arguments.hpp"
#include "checker/cli/output.hpp"
#include "checker/report/text.hpp"
#include "checker/run/interrupt.hpp"
#include "checker/run/scenario_file.hpp"
#include "checker/run/selection.hpp"
#include "checker/source/compiler.hpp"
#include "checker/source/program.hpp"
#include "checker/source/temporary_directory.hpp"
#include "checker/trace/json.hpp"
#include "checker/validate/comparison.hpp"
#include "checker/validate/copies.hpp"
#include "checker/validate/report.hpp"

namespace checker::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* validate_footer =
    "The patch is applied to a copy. Only the functions that scenarios call are\n"
    "imported (`ptlcheck kernel import`); what else it changes is `not exercised`,\n"
    "and so are changed lines that no execution came to.\n"
    "\n"
    "Exit status: 0 no new violation, and all changed code was executed; 1 a new\n"
    "violation; 2 bad usage or input (a patch that does not apply or compile);\n"
    "3 not exercised in full, a scenario not explored to its end, or interrupted.\n"
    "\n"
    "Examples:\n"
    "  ptlcheck validate fix.patch --tree ~/src/linux\n"
    "  ptlcheck validate series.mbox --tree ~/src/linux --base v6.1.100\n"
    "  ptlcheck validate fix.patch --tree 6.1 --scenario my-race.cpp\n"
    "  ptlcheck validate --range v6.1.100..HEAD --tree ~/src/linux --report mail.txt";

struct validate_arguments {
  std::vector<std::string> patches, scenarios, settings, stubs;
  std::string tree, base, range, jobs, budget, report, json, trace_dir = "ptlcheck-traces";
};

/// It has been said what is wrong.
struct refused {};

/// What the kernels are called in the cache.
std::string kept_name(const char* which, const source::text_hash& hash) {
  return which + hash.digits().substr(0, 8);
}

/// Stopped by the user.
struct interrupted {
  bool told = false;
};

std::string command_of(const validate_arguments& asked) {
  std::string text = report::shell_quoted(program()) + " validate";
  const auto add = [&text](const char* name, const std::string& value) {
    if (!value.empty()) text += fmt::format(" {} {}", name, report::shell_quoted(value));
  };
  for (const auto& each : asked.patches) text += " " + report::shell_quoted(each);
  add("--range", asked.range);
  add("--tree", asked.tree);
  add("--base", asked.base);
  for (const auto& each : asked.scenarios) add("--scenario", each);
  for (const auto& each : asked.settings) add("--set", each);
  for (const auto& each : asked.stubs) add("--stub", each);
  add("--budget", asked.budget);
  return text;
}

std::string subject_of(const validate_arguments& asked, const validate::copies& made) {
  if (!asked.range.empty()) return asked.range;
  std::vector<std::string> names;
  for (const auto& each : made.patches) {
    const auto file = fs::path(each.file).filename().string();
    if (names.empty() || names.back() != file) names.push_back(file);
  }
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (made.patches.size() > names.size()) text += fmt::format(" ({} patches)", made.patches.size());
  return text;
}

void check_arguments(const validate_arguments& asked) {
  if (asked.patches.empty() == asked.range.empty()) {
    throw bad_request(asked.range.empty() ? "validate takes a PATCH, or --range A..B"
                                          : "--range is in place of a PATCH");
  }
  if (!asked.range.empty() && !asked.base.empty()) {
    throw bad_request("--range has a base of its own; --base is for a PATCH");
  }
  if (asked.json == "-" && asked.report == "-") {
    throw bad_request("--json and --report cannot both go to standard output");
  }
  if (asked.trace_dir.empty()) throw bad_request("--trace-dir takes a directory, not ''");
}

class validator {
 public:
  explicit validator(const validate_arguments& asked)
      : asked_(asked), how_(recipe_or_refuse()), tree_(tree_named(asked.tree)) {
    for (const auto& each : asked.stubs) stubs_.insert(parse_stub(each));
  }

  validate::validation run() {
    say("applying the patch");
    value_.made = validate::make_copies(how_, {tree_, asked_.patches, asked_.base, asked_.range},
                                        scratch_.path());
    go_on();
    source::text_hash before, after;
    for (auto* const each : {&before, &after}) {
      each->add(fs::absolute(tree_).string());
      each->add(fmt::format("{}", fmt::join(asked_.stubs, " ")));
    }
    before.add(asked_.base + asked_.range);
    after.add(value_.made.identity);
    before_.copy = value_.made.before;
    after_.copy = value_.made.after;
    import(before_, kept_name("before-", before), "before the patch");
    import(after_, kept_name("after-", after), "after the patch");
    constexpr std::size_t most_kept = 20;  // traces name them
    source::remove_kernels(is_kept_name, most_kept);
    const auto was = run_scenarios(before_, scratch_.path() / "traces");
    go_on();
    const auto is = run_scenarios(after_, asked_.trace_dir);
    value_.rows = validate::compare(was, is);
    value_.touched = validate::touched_functions(value_.made, before_, after_, how_.memory_order);
    value_.result = validate::conclude(value_.rows, value_.touched);
    value_.command = command_of(asked_);
    value_.subject = subject_of(asked_, value_.made);
    value_.tool = "ptlcheck " PTLCHECK_VERSION;
    value_.compiler = source::compiler_version();
    value_.kernel = after_.record;
    value_.not_modelled = how_.not_modelled;
    return std::move(value_);
  }

 private:
  void say(const std::string& what) { progress_.show(what); }

  static void go_on() {
    if (interrupt::requested()) throw interrupted();
  }

  void import(validate::side& into, const std::string& name, const char* which) {
    say(fmt::format("importing {} {}", tree_.string(), which));
    const auto outcome = source::import_kernel(how_, {into.copy, name, stubs_, tree_});
    progress_.clear();
    go_on();
    for (const auto& each : faults_of(outcome)) complain(fmt::format("{}: {}", which, each));
    if (!outcome.made()) throw refused();
    into.record = outcome.record;
  }

  /// This program once more, since a process has one imported kernel only.
  std::vector<validate::case_outcome> run_scenarios(validate::side& on, const fs::path& traces) {
    const fs::path reached = scratch_.path() / (on.record.name + ".info");
    std::vector<std::string> words{fs::read_symlink("/proc/self/exe").string(), "run"};
    for (const auto& each : asked_.scenarios) {
      if (is_scenario_file(each)) words.push_back("--scenario");
      words.push_back(each);
    }
    words.insert(words.end(),
                 {"--kernel", on.record.name, "--patch", "none", "--json=-", "--coverage-file",
                  reached.string(), "--trace-dir", traces.string()});
    for (const auto& each : asked_.settings) words.insert(words.end(), {"--set", each});
    if (!asked_.jobs.empty()) words.insert(words.end(), {"-j", asked_.jobs});
    if (!asked_.budget.empty()) words.insert(words.end(), {"--budget", asked_.budget});
    const auto outcome = source::run_program_until(words, interrupt::requested());
    if (interrupt::requested()) throw interrupted{outcome.status == exit_inconclusive};
    if (outcome.out.empty() && outcome.status == exit_bad_usage) throw refused();
    if (outcome.status > exit_inconclusive) {
      throw bad_request(fmt::format("running the scenarios ended with status {}", outcome.status));
    }
    if (fs::exists(reached)) on.reached = validate::read_lcov(source::read_file(reached));
    return validate::read_run(outcome.out);
  }

  const validate_arguments& asked_;
  const source::recipe& how_;
  const fs::path tree_;
  const source::temporary_directory scratch_;
  std::map<std::string, source::stub> stubs_;
  progress_line progress_;
  validate::side before_, after_;
  validate::validation value_;
};

int status_of(validate::conclusion result) {
  switch (result) {
    case validate::conclusion::no_new_violation:
      return exit_as_expected;
    case validate::conclusion::new_violation:
      return exit_unexpected;
    case validate::conclusion::partly_exercised:
    case validate::conclusion::not_exercised:
    case validate::conclusion::open:
      break;
  }
  return exit_inconclusive;
}

/// The counterexample with the fewest switches between threads, then the fewest steps, and makes it
/// the one that is shown.
std::optional<trace::document> easiest_counterexample(validate::validation& value) {
  std::optional<trace::document> best;
  const auto length = [](const trace::document& of) {
    const auto size = report::size_of(of.schedule);
    return std::pair(size.switches, size.steps);
  };
  for (const auto& each : value.rows) {
    if (!each.is_worse() || each.after.trace.empty()) continue;
    auto document = trace::read_file(each.after.trace);
    if (best && length(*best) <= length(document)) continue;
    best = std::move(document);
    value.shown = each.after.scenario;
  }
  if (best) validate::shorten_paths(*best, value.kernel.tree);
  return best;
}

int validate_patch(const validate_arguments& asked) {
  check_arguments(asked);
  interrupt::install();
  interrupt::never_quit();  // all it starts ends by itself, and then the copies must go
  auto value = validator(asked).run();
  const auto counterexample = easiest_counterexample(value);
  const auto mail = validate::for_a_mail(value, counterexample ? &*counterexample : nullptr);
  output out;
  // What a program reads from standard output must not be mixed with what people read.
  const bool quiet = asked.json == "-";
  if (!quiet) out.write(validate::summary(value));
  if (counterexample && asked.report != "-" && !quiet) {
    const auto& trace = validate::shown_violation(value)->after.trace;
    out.write(fmt::format("{} show {}\n\n-- 8< -- for a mail --\n{}",
                          report::shell_quoted(program()), report::shell_quoted(trace), mail));
  }
  bool written = asked.report.empty() || write_result_file(asked.report, mail, out);
  if (!asked.json.empty()) {
    written &= write_result_file(asked.json, validate::to_json(value), out);
  }
  const int status = status_of(value.result);
  return status == exit_as_expected && (!written || out.failed()) ? exit_bad_usage : status;
}

int validate_or_refuse(const validate_arguments& asked) try {
  return validate_patch(asked);
} catch (const refused&) {
  return exit_bad_usage;
} catch (const interrupted& stop) {
  if (!stop.told) complain("interrupted");
  return exit_inconclusive;
} catch (const std::exception&) {
  // What ctrl-C ended has failed, too, but that is not why.
  if (!interrupt::requested()) throw;
  complain("interrupted");
  return exit_inconclusive;
}

}  // namespace

command validate_command(CLI::App& parent) {
  auto asked = std::make_shared<validate_arguments>();
  CLI::App* app =
      parent.add_subcommand("validate", "Check a patch: a kernel tree before and after it");
  app->footer(validate_footer);
  const auto option = [&](const char* name, auto& value, const char* type, const char* meaning) {
    return app->add_option(name, value, meaning)->type_name(type);
  };
  const auto several = [&](const char* name, auto& value, const char* type, const char* meaning) {
    option(name, value, type, meaning)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  };
  option("PATCH", asked->patches, "", "Diffs or mails (mbox), applied in this order");
  option("--tree", asked->tree, "LINUX_TREE", "A kernel tree, or a version that was fetched")
      ->required();
  option("--base", asked->base, "REV", "The tree's files as of this git revision");
  option("--range", asked->range, "A..B", "Two git revisions of the tree instead of a PATCH");
  several("--scenario", asked->scenarios, "NAME|FILE",
          "Only this one (default: the suite);\na C++ file: what it has, too");
  several("--set", asked->settings, "NAME=VALUE", "A parameter of the scenarios");
  several("--stub", asked->stubs, "NAME=WHAT", "Put noop, zero or nondet in place of a name");
  option("-j,--jobs", asked->jobs, "N", "Processes at work (default: processors)");
  option("--budget", asked->budget, "TIME", "Time for each scenario, such as 60s");
  option("--report", asked->report, "FILE", "Write the text for a mail there; - is stdout");
  option("--json", asked->json, "[=FILE]",
         "Results for programs (default: to stdout);\nFILE is - or has a dot in its name");
  option("--trace-dir", asked->trace_dir, "DIR", "For traces (default: ptlcheck-traces)");
  return {app, [asked] { return validate_or_refuse(*asked); }};
}

}  // namespace checker::cli
