// SPDX-License-Identifier: GPL-2.0-only
// Gets a kernel's source package from the distribution, through apt.
#pragma once

#include <filesystem>
#include <string>

#include "checker/source/recipe.hpp"

namespace checker::source {

struct fetched_tree {
  std::filesystem::path tree;
  bool was_there = false;  ///< nothing was downloaded or unpacked
};

/// Debian's linux-source-VERSION; of its files those the recipe names. What was fetched before is
/// found again without a network. Throws std::runtime_error with one line.
fetched_tree fetch(const recipe& how, const std::string& version);

/// Where fetch() would put the tree, and whether it is there.
fetched_tree fetched(const std::string& version);

}  // namespace checker::source
