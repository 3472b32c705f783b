// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck: finds the subcommand, turns every error into one line and an exit status.
#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "checker/cli/command.hpp"
#include "checker/cli/output.hpp"
#include "checker/run/nearest.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"

namespace checker::cli {
namespace {

constexpr const char* overview_footer =
    "Examples:\n"
    "  ptlcheck run                        the whole suite, every seeded bug\n"
    "  ptlcheck run fork-vs-write-fault    one scenario\n"
    "  ptlcheck show FILE                  a counterexample as a table\n"
    "  ptlcheck validate P --tree LINUX    a patch, on the kernel's own source\n"
    "`ptlcheck COMMAND --help` says more.";

// No scenario is named "-" or with a dot.
bool can_only_be_a_file(std::string_view argument) {
  return argument == "-" || (!argument.starts_with("-") && argument.find('.') != argument.npos);
}

// `--json` takes a file only where there is no doubt that it is one, or the next scenario's name
// would be taken for it.
std::vector<std::string> joined_arguments(int count, char** values) {
  std::vector<std::string> arguments;
  for (int i = 1; i < count; ++i) {
    std::string argument = values[i];
    if (argument == "--json" && i + 1 < count && can_only_be_a_file(values[i + 1])) {
      argument += fmt::format("={}", values[++i]);
    } else if (argument == "--json") {
      argument += "=-";
    }
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

[[noreturn]] void reject_extra(const CLI::App& app, const std::string& given) {
  const std::string name = app.get_parent() == nullptr ? "ptlcheck" : "ptlcheck " + app.get_name();
  if (given.starts_with("-") && given.size() > 1) {
    const auto option = given.substr(0, given.find('='));
    throw bad_request(
        unknown_name("option", option, option_names(app), fmt::format("see `{} --help`", name)));
  }
  if (app.get_parent() == nullptr) {
    std::vector<std::string> commands;
    for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; })) {
      commands.push_back(each->get_name());
    }
    throw bad_request(unknown_name("command", given, commands, "see `ptlcheck --help`"));
  }
  throw bad_request(fmt::format("`{}` takes no argument '{}'", name, escaped(given)));
}

void reject_extras(const CLI::App& app, const std::vector<command>& commands) {
  for (const command& each : commands) {
    const auto extra = each.arguments->remaining();
    if (each.arguments->parsed() && !extra.empty()) reject_extra(*each.arguments, extra.front());
  }
  const auto extra = app.remaining();
  if (!extra.empty()) reject_extra(app, extra.front());
}

std::string& program_name() {
  static std::string name = "ptlcheck";
  return name;
}

int run_main(int count, char** values) {
  CLI::App app("Checks page-table locking under every interleaving that matters.", "ptlcheck");
  app.set_version_flag("--version", std::string("ptlcheck ") + PTLCHECK_VERSION,
                       "Print the version");
  app.footer(overview_footer);
  app.get_formatter()->column_width(26);
  app.allow_extras();
  const std::vector<command> commands{list_command(app),   run_command(app),
                                      show_command(app),   replay_command(app),
                                      kernel_command(app), validate_command(app)};
  for (const command& each : commands) each.arguments->allow_extras();

  auto arguments = joined_arguments(count, values);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  output out;
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForVersion& version) {
    out.write(fmt::format("{}\n", version.what()));
    return out.failed() ? exit_bad_usage : exit_as_expected;
  } catch (const CLI::Success&) {  // a call for help, of the innermost command named
    out.write(app.help());
    return out.failed() ? exit_bad_usage : exit_as_expected;
  } catch (const CLI::ParseError& error) {
    reject_extras(app, commands);  // a misspelt option may be behind it
    throw bad_request(escaped(error.what()));
  }
  reject_extras(app, commands);
  registry::discover();
  for (const command& each : commands) {
    if (each.arguments->parsed()) return each.run();
  }
  throw bad_request("no command given; see `ptlcheck --help`");
}

}  // namespace

void set_program(const char* name) {
  if (name != nullptr && *name != '\0') program_name() = name;
}

const std::string& program() { return program_name(); }

}  // namespace checker::cli

int main(int count, char** values) {
  using namespace checker::cli;
  occupy_standard_descriptors();
  // Writing to a closed pipe or beyond a limit then fails, which is said, instead of ending us.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  if (count > 0) set_program(values[0]);
  try {
    return run_main(count, values);
  } catch (const std::bad_alloc&) {
    complain("out of memory");
  } catch (const std::exception& error) {
    complain(error.what());
  }
  return exit_bad_usage;
}
