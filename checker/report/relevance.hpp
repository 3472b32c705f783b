// SPDX-License-Identifier: GPL-2.0-only
// Which steps of a counterexample a reader needs.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::report {

enum class relevance : std::uint8_t {
  none,       ///< touches nothing another thread touches
  shared,     ///< two threads meet there
  change,     ///< two threads meet there and it changes something, or the world changes
  essential,  ///< has to do with the violation itself
};

/// One value per step.
std::vector<relevance> relevance_of(const trace::document& document);

/// The steps to show: the least relevant are left out until at most `most` are left (the essential
/// ones, the last of them where there are more). Where fewer than `least` are left, also what the
/// violating thread wrote and locked last. `begin` and `end` are never among them.
std::vector<bool> choose_steps(const trace::document& document, std::size_t least,
                               std::size_t most);

}  // namespace checker::report
