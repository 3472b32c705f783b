// SPDX-License-Identifier: GPL-2.0-only
// What commands that import kernels have in common.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "checker/source/import.hpp"
#include "checker/source/recipe.hpp"

namespace checker::cli {

/// Throws bad_request in a build without the kernel model.
const source::recipe& recipe_or_refuse();

/// "NAME=noop" of --stub. Throws bad_request.
std::pair<std::string, source::stub> parse_stub(const std::string& text);

/// A line for each thing that is wrong; none if it was made.
std::vector<std::string> faults_of(const source::import_outcome& outcome);

/// Adds the scenarios of the files (run/scenario_file.hpp). Throws bad_request.
void add_scenario_files(const std::vector<std::string>& files);

/// Whether a kernel's name is one that `validate` gives.
bool is_kept_name(const std::string& name);

/// The tree of a version that was fetched, unless there is a directory of that name.
std::filesystem::path tree_named(const std::string& tree);

}  // namespace checker::cli
