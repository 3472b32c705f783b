// SPDX-License-Identifier: GPL-2.0-only
// What `run` prints on a terminal.
#pragma once

#include <string>
#include <vector>

#include "checker/run/result.hpp"

namespace checker::report {

struct summary_options {
  bool colour = false;
  bool unicode = true;
  std::string program = "ptlcheck";  ///< as it was started: begins the commands
  std::string run_options = {};      ///< those of `run` that decide what a search finds; or empty
  bool several_kernels = false;      ///< tell which kernel, where a scenario has more than one
};

/// The heads of the columns of summary_line(), ended by a newline.
std::string summary_head(const summary_options& options = {});

/// One result: mark, scenario, patch, verdict and kind, executions, states, seconds; ended by a
/// newline and aligned at 80 columns. An unexpected verdict is followed by what was expected and
/// the one command that shows or reproduces it.
std::string summary_line(const result& value, const summary_options& options = {});

/// Closing lines: how many results came out as expected, how many did not, and which.
std::string summary_close(const std::vector<result>& results, const summary_options& options = {});

/// "ptlcheck run fork-vs-write-fault --kernel v4.14 --patch P --set pages=3": runs `value` again,
/// with the same `run_options`.
std::string reproduce_command(const result& value, const summary_options& options = {});

}  // namespace checker::report
