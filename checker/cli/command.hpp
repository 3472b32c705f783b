// SPDX-License-Identifier: GPL-2.0-only
// The subcommands of `ptlcheck`, one file each.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace checker::cli {

/// What the process ends with.
enum exit_status : int {
  exit_as_expected = 0,
  exit_unexpected = 1,    ///< a verdict that is not the expected one; a replay that doesn't repeat
  exit_bad_usage = 2,     ///< bad arguments or input, or a file that can't be written
  exit_inconclusive = 3,  ///< a bound or ctrl-C where a proof was asked for
};

/// A subcommand: its arguments, and what to do once they are parsed. `run` returns the exit status;
/// it throws bad_request (and other exceptions) with one line for the user.
struct command {
  CLI::App* arguments;
  std::function<int()> run;
};

/// How this process was started, as the user typed it: what a command printed for them begins with.
void set_program(const char* name);
const std::string& program();

command list_command(CLI::App& parent);
command run_command(CLI::App& parent);
command show_command(CLI::App& parent);
command replay_command(CLI::App& parent);
command kernel_command(CLI::App& parent);
command validate_command(CLI::App& parent);

}  // namespace checker::cli
