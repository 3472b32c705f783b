// SPDX-License-Identifier: GPL-2.0-only
// A result on its way from a worker process to the suite. Not a format for users: that is
// checker/report/run_json.hpp.
#pragma once

#include <string>
#include <string_view>

#include "checker/run/result.hpp"

namespace checker {

/// One line, without a line break inside.
std::string result_to_line(const result& value);
/// Inverse of result_to_line(). Throws std::runtime_error if `line` is not one.
result result_from_line(std::string_view line);

}  // namespace checker
