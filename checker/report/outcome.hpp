// SPDX-License-Identifier: GPL-2.0-only
// Words about a result that several reports need.
#pragma once

#include <string>
#include <vector>

#include "checker/run/result.hpp"

namespace checker::report {

/// The violations a result may be expected to end in ("a|b" taken apart); empty: any.
std::vector<std::string> expected_kinds(const expectation& expected);

/// "verified", "violation rss", "a violation"
std::string expected_words(const expectation& expected);

/// "verified", "violation rss", "bounded", "error"
std::string verdict_words(const result& value);

/// The result's name in reports: "fork-vs-write-fault[fork-without-src-ptl]"; without brackets
/// where there is no patch.
std::string result_name(const result& value);

/// True for a search that ran into a bound where a proof was asked for.
bool inconclusive(const result& value);

}  // namespace checker::report
