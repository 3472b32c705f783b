// SPDX-License-Identifier: GPL-2.0-only
// "Did you mean …": the known name nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace checker {

/// The known name that takes the fewest edits (insert, delete, replace, swap of neighbours) to
/// reach; empty if all are too far off to be what was meant.
std::string nearest_name(std::string_view given, const std::vector<std::string>& known);

/// `text` as it may stand in a one-line message: cut to `longest` bytes, control characters
/// escaped, which would break the line or talk to the terminal.
std::string escaped(std::string_view text, std::size_t longest = 100);

/// "unknown scenario 'fork-vs-swapof'; did you mean 'fork-vs-swapoff'?", or without a near name
/// "unknown scenario 'x'; " and `otherwise` ("see `ptlcheck list`").
std::string unknown_name(std::string_view what, std::string_view given,
                         const std::vector<std::string>& known, std::string_view otherwise);

}  // namespace checker
