// SPDX-License-Identifier: GPL-2.0-only
// Whether code under test and hooks announce their accesses, i.e. were compiled as code under test.
#pragma once

#include <string>

#include "checker/run/scenario.hpp"

namespace checker::explore {

/// Runs `subject`, which has been set up, once: thread after thread, slowly, each access compared
/// with what was announced for its step. Returns what was not announced and where, one line; empty
/// if nothing, or where that cannot be told (trap.hpp). What this execution doesn't reach is not
/// seen; stores are looked for in other executions too (unseen-store).
std::string unannounced_access(program& subject);

}  // namespace checker::explore
