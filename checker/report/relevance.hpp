// SPDX-License-Identifier: GPL-2.0-only
// Which steps of a counterexample a reader needs.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::report {

enum class relevance : std::uint8_t {
  none,       ///< touches nothing another thread touches
  shared,     ///< two threads meet there, or the world changes
  essential,  ///< has to do with the violation itself
};

/// One value per step.
std::vector<relevance> relevance_of(const trace::document& document);

/// The steps to show: everything that is not `none`; only what is essential where that would be more
/// than `most` steps; and where it would be fewer than `least`, also what the violating thread wrote and
/// locked last. `begin` and `end` are never among them.
std::vector<bool> choose_steps(const trace::document& document, std::size_t least,
                               std::size_t most);

}  // namespace checker::report
