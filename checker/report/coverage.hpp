// SPDX-License-Identifier: GPL-2.0-only
// What was reached of the code under test, for people and for tools.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checker/coverage/source.hpp"
#include "checker/report/summary.hpp"
#include "checker/run/result.hpp"

namespace checker::report {

/// Where the source of this program was when it was built.
std::string source_root();

/// What all results together reached, file by file: lines that no execution reached and conditional
/// jumps that went one way only, with their source where it can be read; then choices, locks and
/// functions never entered. In 80 columns. `root`: what file names are relative to.
std::string coverage_listing(const std::vector<result>& results, const summary_options& options,
                             const std::string& root);

/// The same as an lcov tracefile (genhtml reads it). A line's count is that of its stretches of
/// code that were reached: how often they ran is not known. File names below `root` are made
/// absolute with it.
std::string lcov_tracefile(const std::vector<result>& results, const std::string& root);

}  // namespace checker::report
