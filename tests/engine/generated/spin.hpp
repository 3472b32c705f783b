// SPDX-License-Identifier: GPL-2.0-only
// Searches generated programs with Spin. It needs `spin` and `gcc` in the path.
#pragma once

#include <span>
#include <vector>

#include "tests/engine/generated/observe.hpp"

namespace checker::generated {

bool spin_installed();

enum class spin_reduction : std::uint8_t { none, partial_order };

/// Visits every state of every program (promela.hpp). Throws std::runtime_error, with what was
/// printed, if Spin, the compiler or the verifier fails.
std::vector<observations> search_with_spin(std::span<const program_spec> programs,
                                           spin_reduction reduction);

}  // namespace checker::generated
