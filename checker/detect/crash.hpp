// SPDX-License-Identifier: GPL-2.0-only
// Signals that code under test brings about: a bad pointer, a division by zero, abort(), and a loop
// that makes no step. Each becomes a violation of the execution under way instead of the process's
// end. A fault in the checker itself still kills the process.
#pragma once

#include <functional>

namespace checker {

/// Installs the handlers and an alternate signal stack for the life of the object, and a timer that
/// notices when code under test runs for about two seconds of processor time without a step.
class crash_guard {
 public:
  crash_guard();
  ~crash_guard();
  crash_guard(const crash_guard&) = delete;
  crash_guard& operator=(const crash_guard&) = delete;
};

/// Calls what a scenario provides for explanations only. False if it threw or crashed (under a
/// crash_guard): an explanation is missing then, and nothing else. Does not nest.
bool survives(const std::function<void()>& call);

}  // namespace checker
