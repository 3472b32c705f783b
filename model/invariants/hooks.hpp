// SPDX-License-Identifier: GPL-2.0-only
// The invariants' side of checker::program's hooks. A scenario's program forwards to these.
#pragma once

#include "checker/intercept/api.h"

namespace model::invariants {

void on_watched_store(void* address);
void on_lock_released(checker_lock* lock);
void on_operation_end(int thread, int index);
// Everything, counted afresh: no thread runs any more.
void at_end();

}  // namespace model::invariants
