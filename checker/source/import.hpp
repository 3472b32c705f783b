// SPDX-License-Identifier: GPL-2.0-only
// Makes a kernel of a source tree: cuts, compiles, and puts it into the cache.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checker/source/cache.hpp"
#include "checker/source/compiler.hpp"
#include "checker/source/recipe.hpp"

namespace checker::source {

enum class stub { noop, zero, nondet };

struct import_request {
  std::filesystem::path tree;
  std::string name;
  std::map<std::string, stub> stubs;
  /// Where the text is said to be, if `tree` is a copy that will be gone; empty: where it is.
  std::filesystem::path shown = {};
};

struct import_outcome {
  kernel_record record;
  bool from_cache = false;
  /// If not empty: nothing was made.
  std::vector<missing_name> missing;
  std::vector<std::string> errors;
  bool made() const { return missing.empty() && errors.empty(); }
};

/// Throws std::runtime_error with one line where there is no tree, no compiler, no ctags, or no
/// place to write to.
import_outcome import_kernel(const recipe& how, const import_request& asked);

/// Hash of the headers that imported code is compiled against, as they are now.
std::string interface_hash(const recipe& how);

/// "noop", "zero", "nondet".
const char* to_string(stub what);

}  // namespace checker::source
