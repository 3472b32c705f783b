// SPDX-License-Identifier: GPL-2.0-only
// Results for CI servers.
#pragma once

#include <string>
#include <vector>

#include "checker/run/result.hpp"

namespace checker::report {

struct junit_options {
  std::string timestamp;             ///< "2024-05-17T09:30:00", UTC; empty: now
  std::string hostname;              ///< empty: this machine's
  std::string program = "ptlcheck";  ///< as it was started: begins the commands
};

/// JUnit XML: one suite per kernel, one test case per result: classname the kernel ("toy" if none),
/// name "scenario[patch]". An unexpected verdict is a failure with the counterexample's table, an
/// error an error, and a bounded verdict is skipped: it neither proves nor refutes. Valid for the
/// schemas of Ant's JUnit task and of Jenkins' xUnit plugin.
std::string junit(const std::vector<result>& results, const junit_options& options = {});

}  // namespace checker::report
