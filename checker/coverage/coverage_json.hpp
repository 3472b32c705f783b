// SPDX-License-Identifier: GPL-2.0-only
// Coverage on its way from one process to another. Not a format for users: that is
// checker/report/run_json.hpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "checker/coverage/coverage.hpp"

namespace checker {

nlohmann::json coverage_to_json(const coverage& value);
/// Inverse of coverage_to_json(). Throws nlohmann::json::exception if `value` is none of its.
coverage coverage_from_json(const nlohmann::json& value);

}  // namespace checker
