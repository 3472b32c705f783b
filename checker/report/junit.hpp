// SPDX-License-Identifier: GPL-2.0-only
// Results for CI servers.
#pragma once

#include <string>
#include <vector>

#include "checker/run/result.hpp"

namespace checker::report {

/// JUnit XML: one suite per kernel, one test case per result: classname the kernel ("toy" if none),
/// name "scenario[patch]". An unexpected verdict is a failure with the counterexample's table, an
/// error an error, and a bounded verdict is skipped: it neither proves nor refutes.
std::string junit(const std::vector<result>& results);

}  // namespace checker::report
