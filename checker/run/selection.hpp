// SPDX-License-Identifier: GPL-2.0-only
// Which cases a run is made of: scenario x kernel x patch, with parameters and what is expected.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "checker/run/scenario.hpp"

namespace checker {

/// Something asked for does not exist or is out of range. what() is one line for the user.
struct bad_request : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One row of the matrix.
struct suite_case {
  const scenario* subject = nullptr;
  std::string kernel;           ///< empty for toys
  std::string patch;            ///< empty: unpatched
  parameter_values parameters;  ///< every parameter of the scenario
  expectation expected;
};

struct selection {
  std::vector<std::string> scenarios;  ///< empty: the default suite
  std::string kernel;                  ///< empty: every kernel a scenario runs on
  /// "none": unpatched. "all": unpatched and each patch with an expected violation. Otherwise one
  /// patch. Empty: "all" for the default suite, "none" for named scenarios.
  std::string patch;
  std::vector<std::pair<std::string, std::int64_t>> settings;  ///< for scenarios that have it
};

/// The cases asked for, in suite order: scenarios as listed (or as named), per scenario the
/// kernels, per kernel unpatched first. Throws bad_request for names that don't exist, for values
/// out of range, and where nothing is left to run; std::logic_error where a scenario expects a
/// violation under a patch that none of its kernels has.
std::vector<suite_case> select_cases(const selection& asked);

/// "fork-vs-swapoff v4.14 +no-src-ptl".
std::string case_name(const suite_case& subject);

}  // namespace checker
