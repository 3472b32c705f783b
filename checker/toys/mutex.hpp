// SPDX-License-Identifier: GPL-2.0-only
// A counter under a lock.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::toys {

struct counter {
  checker_lock lock;
  std::uint64_t value;
};

/// Adds 1, `rounds` times, taking the lock each time unless `locked` is false.
void increment(counter* shared, int rounds, bool locked);

}  // namespace checker::toys
