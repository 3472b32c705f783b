// SPDX-License-Identifier: GPL-2.0-only
// From the last recorded execution to a trace people can read.
#pragma once

#include <string>
#include <vector>

#include "checker/intercept/execution.hpp"
#include "checker/trace/trace.hpp"

namespace checker::explore {

/// Everything but scenario, kernel, patch, parameters. REQUIRES: the last execution was recorded.
trace::document to_document(const execution& engine, const std::string& search);

/// A lock-order edge with its stacks named.
trace::lock_edge to_lock_edge(const raw_lock_edge& raw);

/// Edges of a cycle that were seen in other executions get their stacks back from `known`.
void restore_stacks(trace::document& document, const std::vector<trace::lock_edge>& known);

/// A data race as KCSAN would report it.
std::string race_report(const racing_access& one, const racing_access& other,
                        const execution& engine);

}  // namespace checker::explore
