// SPDX-License-Identifier: GPL-2.0-only
// Words for a search that is under way.
#pragma once

#include <string>

#include "checker/explore/explore.hpp"

namespace checker::report {

/// What stands behind the name of a case on the status line, from a space on: what is done and
/// left, where that is known, and then what matters less, since the line is cut off where the
/// terminal ends. `brief`: the first part only.
std::string progress_text(const explore::progress& now, bool brief);

/// What is said once of a search that is going to take more than ten seconds; empty if it is not,
/// or if that is not known.
std::string long_search(const explore::progress& now);

}  // namespace checker::report
