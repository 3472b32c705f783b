// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck run: explores cases, prints a line for each, writes traces and reports.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "checker/cli/arguments.hpp"
#include "checker/cli/command.hpp"
#include "checker/cli/kernel_arguments.hpp"
#include "checker/cli/output.hpp"
#include "checker/cli/trace_files.hpp"
#include "checker/report/coverage.hpp"
#include "checker/report/junit.hpp"
#include "checker/report/progress.hpp"
#include "checker/report/run_json.hpp"
#include "checker/report/summary.hpp"
#include "checker/report/text.hpp"
#include "checker/run/interrupt.hpp"
#include "checker/run/memory.hpp"
#include "checker/run/selection.hpp"
#include "checker/run/suite.hpp"
#include "checker/trace/json.hpp"

namespace checker::cli {
namespace {

constexpr const char* run_footer =
    "Without SCENARIO: the default suite on every kernel, unpatched and with each\n"
    "patch that something is known of.\n"
    "\n"
    "Exit status: 0 every verdict as expected, 1 one is not, 2 bad usage or input,\n"
    "3 inconclusive: a bound or ctrl-C where a proof was asked for.\n"
    "\n"
    "Examples:\n"
    "  ptlcheck run fork-vs-write-fault --set pages=3\n"
    "  ptlcheck run fork-vs-swapoff --patch all -j 2\n"
    "  ptlcheck run --search random --seed 7 --budget 60s\n"
    "  ptlcheck run --junit results.xml --json=results.json";

// A counterexample of that many steps can still be read.
constexpr std::int64_t most_steps = trace::max_recorded_steps;

struct run_arguments {
  std::vector<std::string> scenarios, settings, scenario_files;
  std::string kernel, patch, jobs, budget, search, seed, depth, executions, max_executions,
      max_steps, data_races, trace_dir = "ptlcheck-traces", junit, json, coverage_file,
                             colour = "auto", memory_model = "sc", reduce;
  std::string checkpoint, checkpoint_every, memory, preemptions;
  bool resume = false;
  bool no_state_cache = false;
  bool coverage = false;
  bool first = false;
  bool keep_going = false;
};

/// Never proves anything, whatever it runs.
bool by_chance(explore::search search) {
  return search == explore::search::random || search == explore::search::pct;
}

explore::reductions reductions_of(const std::string& list) {
  if (list.empty()) return {};
  if (list == "all") return {true, true, true};
  explore::reductions wanted{false, false, false};
  if (list == "none") return wanted;
  for (std::size_t at = 0; at <= list.size();) {
    const auto comma = std::min(list.find(',', at), list.size());
    const auto index = parse_choice("each of --reduce, if not all or none,",
                                    list.substr(at, comma - at), {"blocks", "threads", "counters"});
    (index == 0 ? wanted.blocks : index == 1 ? wanted.threads : wanted.counters) = true;
    at = comma + 1;
  }
  return wanted;
}

/// An option that would change nothing is a misunderstanding.
void refuse_reductions_without_effect(const run_arguments& asked, const explore::options& how) {
  if (asked.reduce.empty()) return;
  const bool graph = how.search == explore::search::graph;
  if (how.search == explore::search::preemptions) {
    if (how.reduce.blocks || how.reduce.threads) {
      throw bad_request("--preemptions counts single steps: of --reduce, only counters is for it");
    }
  } else if (!graph && (how.reduce.blocks || how.reduce.threads)) {
    throw bad_request("--reduce blocks and threads are for --search graph");
  } else if (!graph && how.search != explore::search::dpor && how.reduce.counters) {
    throw bad_request("--reduce is for --search graph and dpor");
  }
}

explore::options exploration(const run_arguments& asked) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  explore::options how;
  how.search = static_cast<explore::search>(
      parse_choice("--search", asked.search.empty() ? "graph" : asked.search,
                   {"graph", "dpor", "brute-force", "random", "pct"}));
  how.memory_model =
      static_cast<memory_model>(parse_choice("--memory-model", asked.memory_model, {"sc", "c11"}));
  if (how.memory_model == memory_model::c11 && how.search == explore::search::graph) {
    // A state's key does not cover what loads may still see.
    if (!asked.search.empty()) throw bad_request("--search graph is for --memory-model sc");
    how.search = explore::search::dpor;
  }
  if (!by_chance(how.search)) {
    if (!asked.seed.empty()) throw bad_request("--seed is for --search random and pct");
    if (!asked.executions.empty()) {
      throw bad_request(
          "--executions is for --search random and pct; others take --max-executions");
    }
  }
  if (!asked.depth.empty()) {
    if (how.search != explore::search::pct) throw bad_request("--depth is for --search pct");
    how.bug_depth = static_cast<unsigned>(parse_number("--depth", asked.depth, 1, 10));
  }
  if (!asked.seed.empty()) {
    how.seed = static_cast<std::uint64_t>(parse_number("--seed", asked.seed, 0, most));
  }
  if (!asked.executions.empty()) {
    how.random_executions =
        static_cast<std::uint64_t>(parse_number("--executions", asked.executions, 1, most));
  }
  if (!asked.max_executions.empty()) {
    how.max_executions =
        static_cast<std::uint64_t>(parse_number("--max-executions", asked.max_executions, 1, most));
  }
  if (!asked.max_steps.empty()) {
    how.max_steps =
        static_cast<std::uint64_t>(parse_number("--max-steps", asked.max_steps, 1, most_steps));
  }
  how.reduce = reductions_of(asked.reduce);
  if (!asked.budget.empty()) how.max_seconds = parse_duration("--budget", asked.budget);
  if (!asked.preemptions.empty()) {
    if (how.memory_model == memory_model::c11) {
      throw bad_request("--preemptions is for --memory-model sc");
    }
    if (how.search != explore::search::graph || asked.no_state_cache) {
      throw bad_request("--preemptions is for --search graph");
    }
    how.search = explore::search::preemptions;
    how.max_preemptions =
        static_cast<unsigned>(parse_number("--preemptions", asked.preemptions, 0, 200));
  }
  how.state_cache = false;  // the graph has its own
  if (asked.no_state_cache && how.search == explore::search::graph) {
    how.search = explore::search::dpor;
  }
  refuse_reductions_without_effect(asked, how);
  return how;
}

// A third of the memory, for all cases that are explored at a time.
std::size_t memory_unless_told(std::size_t preferred, std::size_t at_a_time) {
  const auto memory = usable_memory();
  return memory ? std::min(preferred, *memory / 3 / at_a_time) : preferred;
}

// What the smallest graph takes: see state_graph. It holds one to four thousand states.
constexpr std::size_t least_memory = std::size_t{1} << 20;

// Of each case, where so many are explored at a time.
std::size_t memory_for_states(const run_arguments& asked, const suite_options& options,
                              std::size_t cases) {
  const auto at_a_time = std::max<std::size_t>(1, std::min<std::size_t>(options.jobs, cases));
  if (asked.memory.empty()) return memory_unless_told(options.how.max_state_bytes, at_a_time);
  if (options.how.search != explore::search::graph &&
      options.how.search != explore::search::preemptions) {
    throw bad_request("--memory is for --search graph; others store no states");
  }
  const auto bytes = parse_size("--memory", asked.memory, least_memory);
  const auto usable = usable_memory();
  if (usable && bytes > *usable / at_a_time) {
    throw bad_request(fmt::format(
        "--memory {} for each of {} is more than the {} there are", asked.memory,
        report::counted(static_cast<int>(at_a_time), "case"), report::short_bytes(*usable)));
  }
  return bytes;
}

suite_options suite_of(const run_arguments& asked) {
  suite_options options;
  options.how = exploration(asked);
  if (!asked.data_races.empty()) {
    options.data_races = static_cast<data_race_policy>(
        parse_choice("--data-races", asked.data_races, {"off", "report", "fail"}));
  }
  options.jobs = std::max(1U, std::thread::hardware_concurrency());
  if (!asked.jobs.empty()) {
    options.jobs = static_cast<unsigned>(parse_number("-j", asked.jobs, 1, 1024));
  }
  if (asked.first && asked.keep_going)
    throw bad_request("--first and --keep-going exclude each other");
  options.stop_at_first_unexpected = asked.first;
  options.source_is_asked_for =
      asked.coverage || !asked.json.empty() || !asked.coverage_file.empty();
  if (asked.checkpoint.empty()) {
    if (asked.resume) throw bad_request("--resume needs --checkpoint DIR");
    if (!asked.checkpoint_every.empty()) {
      throw bad_request("--checkpoint-every needs --checkpoint DIR");
    }
  } else {
    if (options.how.search != explore::search::graph) {
      throw bad_request("--checkpoint is for --search graph, without --preemptions");
    }
    const double every = asked.checkpoint_every.empty()
                             ? 10
                             : parse_duration("--checkpoint-every", asked.checkpoint_every);
    options.kept = checkpoints(asked.checkpoint, every, asked.resume);
  }
  options.on_warning = [](const std::string& warning) {
    fmt::print(stderr, "ptlcheck: warning: {}\n", warning);
  };
  if (options.kept.nothing_to_resume()) {
    options.on_warning(fmt::format("--resume: there is nothing in {} yet", asked.checkpoint));
  }
  options.stop = &interrupt::requested();
  options.how.estimate = options.how.search == explore::search::graph;
  return options;
}

selection selection_of(const run_arguments& asked) {
  if (asked.trace_dir.empty()) throw bad_request("--trace-dir takes a directory, not ''");
  if (asked.json == "-" && asked.junit == "-") {
    throw bad_request("--json and --junit cannot both go to standard output");
  }
  selection wanted{asked.scenarios, asked.kernel, asked.patch, {}};
  for (const auto& each : asked.settings) wanted.settings.push_back(parse_setting(each));
  if (asked.coverage_file == "-") throw bad_request("--coverage-file takes the name of a file");
  return wanted;
}

std::string status_text(const suite_status& status) {
  // One case alone has the line to itself.
  std::string text = status.total == 1 ? "" : fmt::format("{}/{} done", status.done, status.total);
  for (const auto& each : status.running) {
    if (!text.empty()) text += " | ";
    text += case_name(*each.subject);
    text += report::progress_text(each.progress, status.running.size() > 1);
  }
  return text;
}

// Random search never proves anything, so nobody who chose it asked for a proof.
bool is_as_good_as_asked(const result& value, explore::search search) {
  return value.as_expected() ||
         (by_chance(search) && value.outcome == verdict::bounded && value.bound != "interrupted" &&
          value.expected.verdict == expectation::verdict_type::verified);
}

int status_of(const std::vector<result>& results, explore::search search) {
  bool inconclusive = false;
  for (const auto& each : results) {
    if (is_as_good_as_asked(each, search)) continue;
    if (each.outcome != verdict::bounded) return exit_unexpected;
    inconclusive = true;
  }
  return inconclusive ? exit_inconclusive : exit_as_expected;
}

// The closing lines that say how to read what was found: a command per unexpected violation; if
// there is none, one for the first counterexample.
std::string reading_hints(const std::vector<result>& results) {
  constexpr std::size_t most = 10;
  std::vector<const result*> unexpected;
  const result* expected = nullptr;
  for (const auto& each : results) {
    if (leading_trace_file(each).empty()) continue;
    if (!each.as_expected()) unexpected.push_back(&each);
    if (expected == nullptr) expected = &each;
  }
  std::string text;
  if (unexpected.empty() && expected != nullptr) unexpected.push_back(expected);
  for (std::size_t i = 0; i < std::min(most, unexpected.size()); ++i) {
    text += fmt::format("{} show {}\n", report::shell_quoted(program()),
                        report::shell_quoted(leading_trace_file(*unexpected[i])));
  }
  if (unexpected.size() > most) {
    text += fmt::format("and {} more traces beside it\n", unexpected.size() - most);
  }
  return text;
}

// The arguments that decide what a search finds, as they were given.
std::string options_to_repeat(const run_arguments& asked) {
  std::string text;
  const auto add = [&text](const char* name, const std::string& value) {
    if (value.empty()) return;
    text += fmt::format("{}{} {}", text.empty() ? "" : " ", name, report::shell_quoted(value));
  };
  for (const auto& each : asked.scenario_files) add("--scenario", each);
  add("--search", asked.search);
  if (asked.memory_model != "sc") add("--memory-model", asked.memory_model);
  add("--reduce", asked.reduce);
  add("--seed", asked.seed);
  add("--depth", asked.depth);
  add("--executions", asked.executions);
  add("--max-executions", asked.max_executions);
  add("--max-steps", asked.max_steps);
  add("--budget", asked.budget);
  add("--memory", asked.memory);
  add("--preemptions", asked.preemptions);
  add("--data-races", asked.data_races);
  if (asked.no_state_cache) text += text.empty() ? "--no-state-cache" : " --no-state-cache";
  return text;
}

// A command, too: how to read the data races that were only reported.
std::string race_hint(const std::vector<result>& results, const std::string& file) {
  if (file.empty()) return {};
  std::size_t races = 0;
  for (const auto& each : results) races += each.reports.size();
  return fmt::format("less {}  # {}\n", report::shell_quoted(file),
                     report::counted(static_cast<int>(races), "data race"));
}

bool write_reports(const run_arguments& asked, const std::vector<result>& results, output& out) {
  bool written = true;
  if (!asked.junit.empty()) {
    report::junit_options style;
    style.program = program();
    written &= write_result_file(asked.junit, report::junit(results, style), out);
  }
  if (!asked.json.empty()) {
    written &= write_result_file(asked.json, report::run_json(results, asked.coverage), out);
  }
  if (!asked.coverage_file.empty()) {
    const auto lines = report::lcov_tracefile(results, report::source_root());
    written &= write_result_file(asked.coverage_file, lines, out);
  }
  return written;
}

int run(const run_arguments& asked) {
  add_scenario_files(asked.scenario_files);
  suite_options options = suite_of(asked);
  const auto cases = select_cases(selection_of(asked));
  options.how.max_state_bytes = memory_for_states(asked, options, cases.size());
  const terminal shown = describe_terminal(asked.colour);
  const bool several = std::any_of(cases.begin(), cases.end(), [&](const suite_case& each) {
    return each.kernel != cases.front().kernel;
  });
  const report::summary_options style{shown.colour, shown.unicode, program(),
                                      options_to_repeat(asked), several};
  // What a program reads from standard output must not be mixed with what people read.
  const bool quiet = asked.json == "-" || asked.junit == "-";
  output out;
  progress_line progress;
  trace_files traces(asked.trace_dir);
  auto say = [&](const std::string& text) {
    progress.clear();
    if (!quiet) out.write(text);
  };

  interrupt::install();
  say(report::summary_head(style));
  options.on_result = [&](result& each) {
    progress.clear();
    traces.write(each);
    say(report::summary_line(each, style));
  };
  std::set<const suite_case*> foretold;
  options.on_status = [&](const suite_status& status) {
    for (const auto& each : status.running) {
      const auto words = report::long_search(each.progress);
      if (words.empty() || !foretold.insert(each.subject).second) continue;
      progress.print(case_name(*each.subject) + ": " + words);
    }
    progress.show(status_text(status));
  };
  const auto results = run_suite(cases, options);

  progress.clear();
  if (interrupt::requested()) {
    // To a program, JSON says it with each result.
    complain(asked.json == "-" ? "interrupted" : "interrupted; what was found so far follows");
  }
  if (asked.coverage) say(report::coverage_listing(results, style, report::source_root()));
  say(report::summary_close(results, style));
  if (by_chance(options.how.search)) {
    say("A random search proves nothing: where nothing was found, `bounded` is as asked for.\n");
  }
  if (options.how.memory_model == memory_model::c11) {
    say("Under c11 there is no state cache, and not every outcome that C++11 allows is tried:\n"
        "threads execute in program order. See docs/limits.md.\n");
  }
  say(reading_hints(results));
  say(race_hint(results, traces.write_data_races(results)));
  const bool reported = write_reports(asked, results, out);
  const int status = status_of(results, options.how.search);
  const bool all_written = reported && traces.all_written() && !out.failed();
  return status == exit_as_expected && !all_written ? exit_bad_usage : status;
}

}  // namespace

command run_command(CLI::App& parent) {
  auto asked = std::make_shared<run_arguments>();
  CLI::App* app = parent.add_subcommand("run", "Explore scenarios and check their verdicts");
  app->footer(run_footer);
  auto option = [&](const char* name, auto& value, const char* type, const char* meaning) {
    app->add_option(name, value, meaning)->type_name(type);
  };
  option("SCENARIO", asked->scenarios, "", "What to run (default: the suite)");
  option("--kernel", asked->kernel, "K", "Only on this kernel");
  option("--patch", asked->patch, "P", "With this patch; none; all: each that is known of");
  app->add_option("--set", asked->settings, "A parameter of the scenario")
      ->type_name("NAME=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  app->add_option("--scenario", asked->scenario_files, "C++ file with scenarios to add to these")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
  option("-j,--jobs", asked->jobs, "N", "Processes at work (default: processors)");
  option("--budget", asked->budget, "TIME", "Time for each case, such as 60s");
  option("--memory", asked->memory, "SIZE", "For the states of each case, such as 512M");
  option("--search", asked->search, "S", "graph, dpor, brute-force, random or pct");
  option("--reduce", asked->reduce, "R", "all, none, or some of blocks,threads,counters");
  option("--preemptions", asked->preemptions, "K",
         "Of graph: leave out what takes more preemptions");
  option("--seed", asked->seed, "N", "Of random and pct");
  option("--executions", asked->executions, "N", "Of random and pct (default: 10000)");
  option("--depth", asked->depth, "D", "Of the bugs pct looks for (default: 3)");
  option("--memory-model", asked->memory_model, "M", "sc, or c11: Relacy's C++11 model, by dpor");
  option("--checkpoint", asked->checkpoint, "DIR", "Keep what has been explored in DIR");
  option("--checkpoint-every", asked->checkpoint_every, "TIME", "How often (default: 10s)");
  app->add_flag("--resume", asked->resume, "Go on from what --checkpoint DIR holds");
  app->add_flag("--no-state-cache", asked->no_state_cache, "The same as --search dpor");
  option("--max-executions", asked->max_executions, "N", "Bound for each case");
  option("--max-steps", asked->max_steps, "N", "Bound for each execution (default: 20000)");
  option("--data-races", asked->data_races, "D", "off, report or fail");
  option("--trace-dir", asked->trace_dir, "DIR",
         "For traces and data races (default: ptlcheck-traces)");
  option("--junit", asked->junit, "FILE", "Results for CI servers; - is stdout");
  option("--json", asked->json, "[=FILE]",
         "Results for programs (default: to stdout);\nFILE is - or has a dot in its name");
  app->add_flag("--coverage", asked->coverage, "Say what of the code under test was not reached");
  option("--coverage-file", asked->coverage_file, "FILE", "The same for genhtml (lcov)");
  option("--colour,--color", asked->colour, "WHEN", "auto, always or never");
  app->add_flag("--first", asked->first, "Stop at the first unexpected verdict");
  app->add_flag("--keep-going", asked->keep_going, "Run all cases (the default)");
  return {app, [asked] { return run(*asked); }};
}

}  // namespace checker::cli
