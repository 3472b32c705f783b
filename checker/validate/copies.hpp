// SPDX-License-Identifier: GPL-2.0-only
// A source tree before and after a patch, as copies of the few files that matter. The user's tree
// is only read.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checker/source/recipe.hpp"

namespace checker::validate {

struct change_request {
  std::filesystem::path tree;
  std::vector<std::string> patches;  ///< files: unified diffs or mails, applied in this order
  std::string base;                  ///< a git revision to take the tree from; empty: as it lies
  std::string range;                 ///< "A..B": two git revisions instead of patches; or empty
};

/// A mail or a diff that was applied.
struct applied_patch {
  std::string file;
  std::string subject;  ///< of a mail; empty for a diff
};

struct copies {
  std::filesystem::path before, after;
  std::vector<applied_patch> patches;
  std::vector<std::string> touched;  ///< files of the tree, sorted
  /// Places that were found elsewhere than the patch says: "mm/memory.c: Hunk #1 succeeded at ...".
  /// All context must match everywhere.
  std::vector<std::string> moved;
  std::string identity;  ///< the same for the same changes
};

/// Makes the copies below `where`: the recipe's files, and those that the patches touch. Throws
/// std::runtime_error with one line: a patch that does not apply, no such revision, no git.
copies make_copies(const source::recipe& how, const change_request& asked,
                   const std::filesystem::path& where);

}  // namespace checker::validate
