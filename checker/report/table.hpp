// SPDX-License-Identifier: GPL-2.0-only
// A counterexample for a terminal: one column per thread, time downwards, calls nested.
#pragma once

#include <string>

#include "checker/trace/trace.hpp"

namespace checker::report {

struct table_options {
  int width = 80;                    ///< columns of the terminal; at least 40 are used
  bool colour = false;               ///< ANSI colours
  bool unicode = true;               ///< line-drawing characters and arrows; otherwise ASCII
  bool all = false;                  ///< show every step: nothing is folded
  std::string program = "ptlcheck";  ///< as it was started: begins the replay command
  std::string trace_file = "TRACE";  ///< named in the replay command
};

/// No line is wider than `options.width`, but for the replay command, which must be copied whole.
/// Control characters of the trace's own text are shown
/// as '?', so a trace can't speak to the terminal.
std::string table(const trace::document& document, const table_options& options = {});

}  // namespace checker::report
