// SPDX-License-Identifier: GPL-2.0-only
// Kernels that were imported from a source tree, as kernels that scenarios run on.
#pragma once

#include <string>

#include "scenarios/world_program.hpp"

namespace scenarios {

/// What the imported kernel lacks for this plan ("swapoff()"); empty if it can run. Loads the
/// kernel. Throws std::runtime_error with one line if it can't be loaded.
std::string missing_in(const std::string& kernel, const plan& what);

}  // namespace scenarios
