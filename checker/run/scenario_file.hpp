// SPDX-License-Identifier: GPL-2.0-only
// Scenarios of the user's own: a C++ file that registers them as those of scenarios/ do.
#pragma once

#include <filesystem>

namespace checker {

/// Compiles the file against the headers below `root`, loads it, and adds its scenarios to the
/// registry. Once for each file, before the first search. Throws std::runtime_error with one line:
/// no such file, no compiler, what the compiler says first, a name that is taken, no scenario in
/// it.
void add_scenarios_of(const std::filesystem::path& file, const std::filesystem::path& root);

/// Whether a word names such a file, and not a scenario: those have no dot in their names.
bool is_scenario_file(const std::string& word);

}  // namespace checker
