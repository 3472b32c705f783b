// SPDX-License-Identifier: GPL-2.0-only
// Counterexamples written by hand, to judge readers and reports by.
#pragma once

#include <string>
#include <string_view>

#include "checker/trace/trace.hpp"

namespace samples {

/// fork drops rss at a need_resched break while a write fault runs: 2 threads, a final-state
/// violation.
checker::trace::document rss();
/// Two paths nest the PTLs of two mms in opposite order: 2 threads, a deadlock.
checker::trace::document deadlock();
/// A plain load of a pte beside a plain store: 2 threads.
checker::trace::document data_race();
/// fork, a write fault and swapoff; a page is used after it was freed: 3 threads, about 60 steps.
checker::trace::document use_after_free();
/// The second PTL taken without a nesting subclass: 1 thread.
checker::trace::document recursion();
/// The order of three lock classes closes a cycle over executions that did not deadlock: 4 threads.
checker::trace::document inversion();

/// Two threads that try for each other's lock and back off: the steps that repeat.
checker::trace::document livelock();

/// Compares with tests/golden/`name`; rewrites the file where PTLCHECK_UPDATE_GOLDEN is set.
void expect_golden(std::string_view name, const std::string& text);

/// Columns of a terminal the widest line of `text` takes.
int widest(std::string_view text);

}  // namespace samples
