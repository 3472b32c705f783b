// SPDX-License-Identifier: GPL-2.0-only
// A second opinion: searches a generated program's states directly, without the engine, its
// instrumentation, or any reduction. What a step is follows from checker/intercept/api.h alone.
//
// States are compared whole (no hashes), so this reaches much larger programs than enumerating
// executions does.
#pragma once

#include "tests/engine/generated/observe.hpp"

namespace checker::generated {

/// Visits every state that the program can reach. Gives up after `max_states`.
observations search_states(const program_spec& program, std::size_t max_states);

}  // namespace checker::generated
