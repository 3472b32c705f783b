// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck show: a counterexample for people.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "checker/cli/arguments.hpp"
#include "checker/cli/command.hpp"
#include "checker/cli/output.hpp"
#include "checker/lockgraph/lockgraph.hpp"
#include "checker/report/cpu.hpp"
#include "checker/report/lockdep.hpp"
#include "checker/report/table.hpp"
#include "checker/trace/json.hpp"

namespace checker::cli {
namespace {

constexpr const char* show_footer =
    "Formats: table (a column per thread), cpu (for a changelog), lockdep (as the\n"
    "kernel would print it), locks (the lock graph in words), dot and svg (the lock\n"
    "graph drawn), json (the trace itself).\n"
    "\n"
    "Examples:\n"
    "  ptlcheck show FILE --all | less -R\n"
    "  ptlcheck show FILE --format svg --output locks.svg";

struct show_arguments {
  std::string trace, format = "table", file = "-", width, colour = "auto";
  bool all = false;
};

std::string table_of(const trace::document& document, const show_arguments& asked) {
  const terminal shown = describe_terminal(asked.colour);
  report::table_options options;
  options.width = shown.width;
  if (!asked.width.empty()) {
    options.width = static_cast<int>(parse_number("--width", asked.width, 40, 1000));
  }
  // A file is read elsewhere: colours only go into it when asked for.
  options.colour = shown.colour && (asked.file == "-" || asked.colour == "always");
  options.unicode = shown.unicode;
  options.all = asked.all;
  options.program = program();
  options.trace_file = asked.trace;
  return report::table(document, options);
}

int show(const show_arguments& asked) {
  const auto format = parse_choice("--format", asked.format,
                                   {"table", "cpu", "lockdep", "locks", "dot", "svg", "json"});
  const auto document = trace::read_file(asked.trace);
  std::string text;
  switch (format) {
    case 0:
      text = table_of(document, asked);
      break;
    case 1:
      text = report::cpu(document);
      break;
    case 2:
      text = report::lockdep(document);
      break;
    case 3:
      text = lockgraph::text(document);
      break;
    case 4:
      text = lockgraph::to_dot(document);
      break;
    case 5:
      text = lockgraph::svg(document);
      break;
    default:
      text = trace::to_json(document);
      break;
  }
  output out;
  return write_result_file(asked.file, text, out) ? exit_as_expected : exit_bad_usage;
}

}  // namespace

command show_command(CLI::App& parent) {
  auto asked = std::make_shared<show_arguments>();
  CLI::App* app = parent.add_subcommand("show", "Print a counterexample");
  app->footer(show_footer);
  app->add_option("TRACE", asked->trace, "A file that `ptlcheck run` wrote")
      ->required()
      ->type_name("");
  app->add_option("--format", asked->format, "How (default: table)")->type_name("F");
  app->add_option("--output", asked->file, "Where to (default: stdout)")->type_name("FILE");
  app->add_option("--width", asked->width, "Of the table (default: the terminal's)")
      ->type_name("N");
  app->add_flag("--all", asked->all, "Every step of the table; nothing is folded");
  app->add_option("--colour,--color", asked->colour, "auto, always or never")->type_name("WHEN");
  return {app, [asked] { return show(*asked); }};
}

}  // namespace checker::cli
