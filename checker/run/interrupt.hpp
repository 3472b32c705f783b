// SPDX-License-Identifier: GPL-2.0-only
// ctrl-C: the first asks a run to finish with what it has, a second one ends the process at once.
#pragma once

#include <atomic>

namespace checker::interrupt {

/// Takes over SIGINT and SIGTERM, and has writes to a closed pipe or beyond the file size limit
/// fail instead of killing the process.
void install();

/// True once a signal came. Safe to hand to a search as its stop flag.
const std::atomic<bool>& requested();

/// In a worker, whose parent decides: no number of signals ends the process.
void never_quit();

}  // namespace checker::interrupt
