// SPDX-License-Identifier: GPL-2.0-only
// The words for a trace's enumerations, as the trace format spells them.
#pragma once

#include <optional>
#include <string_view>

#include "checker/trace/trace.hpp"

namespace checker::trace {

std::string_view to_string(step_kind kind);
std::string_view to_string(lock_mode mode);
/// Nothing if no enumerator is spelled like that.
std::optional<step_kind> parse_step_kind(std::string_view word);
std::optional<lock_mode> parse_lock_mode(std::string_view word);

}  // namespace checker::trace
