// SPDX-License-Identifier: GPL-2.0-only
// A counterexample in the column layout of kernel commit messages.
#pragma once

#include <string>

#include "checker/trace/trace.hpp"

namespace checker::report {

/// "CPU0  CPU1" columns of calls and of the steps that matter, time downwards, plain ASCII, no line
/// wider than 72 columns: ready to paste into a changelog.
std::string cpu(const trace::document& document);

}  // namespace checker::report
