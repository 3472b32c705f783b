// SPDX-License-Identifier: GPL-2.0-only
// What the scenarios of page tables that parent and child share find.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace scenarios::cow_pte {

inline constexpr const char* rfc_v2 = "cow-pte-rfc-v2";
inline constexpr const char* safe = "cow-pte-safe";
inline constexpr const char* v5 = "cow-pte-v5";
inline constexpr const char* odf = "odf";

/// Kinds of violations, or patches.
using names = std::vector<std::string>;

/// Of one scenario. Kernels that are not named are verified.
struct known {
  std::map<std::string, names> finds = {};   ///< by kernel
  std::map<std::string, names> caught = {};  ///< by patch that breaks one
  names mended_by = {};                      ///< patches that mend one
};

/// Throws std::out_of_range where the table has no row of the scenario.
const known& known_of(const std::string& scenario);

}  // namespace scenarios::cow_pte
