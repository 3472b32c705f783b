// SPDX-License-Identifier: GPL-2.0-only
// The model's memory in words people use: "parent pte[0]", "present RO pfn 3".
#pragma once

#include <cstdint>
#include <string>

#include "checker/run/scenario.hpp"

namespace scenarios {

/// REQUIRES: a world has been built.
checker::place describe_place(const void* address);
std::string describe_value(const void* address, std::uint64_t value);
/// The page-table lock of a PTE, si->lock for swap_map, mmlist_lock for an mm's links; else
/// nullptr.
const checker_lock* rule_lock(const void* address);

}  // namespace scenarios
