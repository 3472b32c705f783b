// SPDX-License-Identifier: GPL-2.0-only
// Results for programs: the object `run --json` prints (docs/run.schema.json).
#pragma once

#include <string>
#include <vector>

#include "checker/run/result.hpp"

namespace checker::report {

inline constexpr int run_json_version = 1;

/// The whole object, ended by a newline. `lines`: with the lines that were not reached.
std::string run_json(const std::vector<result>& results, bool lines = false);

}  // namespace checker::report
