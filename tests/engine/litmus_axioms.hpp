// SPDX-License-Identifier: GPL-2.0-only
// Which outcomes of a small program C++11 allows, by axioms: an oracle that shares nothing with the
// checker or Relacy.
//
// The model is RC11 (Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in
// C/C++11", PLDI 2017) with the release sequences of C++11: stronger than C++11 as printed (seq_cst
// fences as repaired in C++20, nothing out of thin air), so what it allows is allowed.
#pragma once

#include <set>
#include <vector>

#include "tests/engine/litmus_table.hpp"

namespace checker::engine_tests {

/// REQUIRES: loads, stores, adds, exchanges and fences only; at most 16 of them.
std::set<litmus_outcome> outcomes_by_axioms(
    const std::vector<std::vector<litmus_operation>>& threads);

}  // namespace checker::engine_tests
