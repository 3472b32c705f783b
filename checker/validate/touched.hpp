// SPDX-License-Identifier: GPL-2.0-only
// The functions that a patch touches, and whether any execution came to what it changes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "checker/source/cache.hpp"
#include "checker/validate/copies.hpp"

namespace checker::validate {

/// Of each line that the compiler made code of: whether any of it was run. By file, as the compiler
/// names it.
using reached_lines = std::map<std::string, std::map<std::size_t, bool>>;

/// Reads lcov's format, as `run --coverage-file` writes it.
reached_lines read_lcov(const std::string& text);

/// One of the two kernels: its text, what was imported of it, and what the executions reached.
struct side {
  std::filesystem::path copy;
  source::kernel_record record;
  reached_lines reached;
};

/// A line that is put in, or one that is taken out, which has its number before the patch.
struct changed_line {
  std::size_t line = 0;
  bool removed = false;
  bool operator==(const changed_line&) const = default;
};

struct touched_function {
  enum class kind {
    reached,       ///< an execution came to one of the changed lines
    not_reached,   ///< it was imported, and none did
    not_imported,  ///< it takes no part in any scenario
    not_modelled,  ///< executed, but to the model the changed lines are nothing
    no_code,       ///< executed, and the compiler made nothing of the changed lines: declarations
    layout,        ///< the same tokens before and after: comments, spaces
    no_function,   ///< declarations, macros and the like, outside of functions
    not_c,         ///< a file that is not C
  } what = kind::not_imported;
  std::string name = {};  ///< empty outside of functions
  std::string file = {};  ///< in the tree
  std::size_t line = 0;  ///< of its first changed line after the patch, or before it if it has none
  std::size_t changed = 0, reached = 0;   ///< lines, taken out or put in, with a statement on them
  std::vector<changed_line> missed = {};  ///< of `changed`: no execution came to them
  std::vector<changed_line> not_modelled = {};  ///< calls that are nothing, barriers
  std::vector<changed_line> without_code = {};  ///< the compiler made nothing of them

  /// Executions came to it.
  bool is_executed() const { return what == kind::reached || what == kind::no_code; }
  /// Nothing about it is left that the scenarios could not have told.
  bool is_exercised() const {
    return what == kind::layout || (is_executed() && missed.empty() && not_modelled.empty());
  }
};

/// In the order of files and lines; documentation is passed over. A line that the compiler made no
/// code of counts as the statement it is part of does. Without code in all of that, it is missed
/// unless something behind it in the same block was executed: what the compiler or the
/// configuration left out has no code either.
/// Neither a call without code, nor a line with a name in `memory_order` (recipe.hpp), is executed
/// in any way that means something.
std::vector<touched_function> touched_functions(const copies& made, const side& before,
                                                const side& after,
                                                const std::vector<std::string>& memory_order);

}  // namespace checker::validate
