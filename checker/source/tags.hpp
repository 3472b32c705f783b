// SPDX-License-Identifier: GPL-2.0-only
// What C files define, as Universal Ctags sees it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace checker::source {

struct tag {
  std::string name;
  std::string kind;  ///< ctags' word: "function", "prototype", "macro", "variable", "enumerator"
  std::filesystem::path file;
  std::size_t line;  ///< of the name
};

/// Definitions and prototypes of all files, at file scope. Words in `ignored` are macros that stand
/// where they would mislead a parser. Throws std::runtime_error with one line if ctags can't be
/// had.
std::vector<tag> tags_of(const std::vector<std::filesystem::path>& files,
                         const std::vector<std::string>& ignored = {});

}  // namespace checker::source
