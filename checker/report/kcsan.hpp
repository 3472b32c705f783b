// SPDX-License-Identifier: GPL-2.0-only
// A data race in the words of the kernel's concurrency sanitizer.
#pragma once

#include <span>
#include <string>

#include "checker/trace/trace.hpp"

namespace checker::report {

/// The report of two accesses that race. `threads` names the tasks; an index outside it is printed
/// as a number.
std::string kcsan(const trace::step& one, const trace::step& other,
                  std::span<const trace::thread> threads);

/// "BUG: KCSAN: data-race in A / B": the report's first line without the bars, which names the
/// race.
std::string kcsan_title(const trace::step& one, const trace::step& other);

}  // namespace checker::report
