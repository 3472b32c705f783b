// SPDX-License-Identifier: GPL-2.0-only
// Values of arguments, checked; every error is a bad_request of one line that names the argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace checker::cli {

/// A whole number from `minimum` to `maximum`.
std::int64_t parse_number(std::string_view argument, std::string_view text, std::int64_t minimum,
                          std::int64_t maximum);
/// "60s", "1.5m", "2h", "500ms" or "60", in seconds: more than none, at most a year.
double parse_duration(std::string_view argument, std::string_view text);
/// "512M", "2G", "64K" or "1048576", in bytes (K, M, G and T are powers of 1024): at least
/// `minimum`.
std::size_t parse_size(std::string_view argument, std::string_view text, std::size_t minimum);
/// "name=value" of --set.
std::pair<std::string, std::int64_t> parse_setting(std::string_view text);
/// Index of `text` in `known`; the error names them all.
std::size_t parse_choice(std::string_view argument, const std::string& text,
                         const std::vector<std::string>& known);

}  // namespace checker::cli
