// SPDX-License-Identifier: GPL-2.0-only
// What stands below the table: the facts of the violation with stacks and locks.
#pragma once

#include <string>

#include "checker/trace/trace.hpp"

namespace checker::report {

struct details_options {
  int width;
  bool colour;
  std::string program;
  std::string trace_file;
};

/// Conflicting accesses, waits, locks held, the lock-order cycle, and how to replay; each
/// part begins with an empty line.
std::string details(const trace::document& document, const details_options& options);

}  // namespace checker::report
