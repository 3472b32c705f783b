// SPDX-License-Identifier: GPL-2.0-only
// Cuts functions and what they need of the same file out of a C file, without changing a character
// of them.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "checker/source/tags.hpp"

namespace checker::source {

/// A name and where it stands in the file.
struct place_of_name {
  std::string name;
  std::size_t line;
};

struct cut_text {
  /// Line N of it is line N of the file, or empty: what is left out leaves empty lines, so that a
  /// single #line directive makes the compiler's places those of the file. Conditional directives
  /// are all kept.
  std::string text;
  std::vector<place_of_name> functions;  ///< in the file's order
  /// Variables that the functions use and that are not constant, of the file or of a function: they
  /// live outside of the modelled memory.
  std::vector<place_of_name> variables;
  std::set<std::string> options;  ///< CONFIG_* that the text asks for
  /// Names of the text that have a meaning elsewhere, with their first use: a call if a parenthesis
  /// follows.
  std::map<std::string, bool> used_as_call;
  std::vector<std::string> missing;  ///< of the functions asked for
};

/// Cuts `wanted` and, of the file's own definitions, all that they use, directly or not; but for
/// names that `is_provided` says yes to (and that are not wanted). `tags` are those of the file.
cut_text cut(const std::string& source, const std::vector<tag>& tags,
             const std::vector<std::string>& wanted,
             const std::function<bool(const std::string&)>& is_provided);

}  // namespace checker::source
