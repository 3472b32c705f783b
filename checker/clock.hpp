// SPDX-License-Identifier: GPL-2.0-only
// Time that passes while the program runs.
#pragma once

#include <chrono>

namespace checker {

using clock = std::chrono::steady_clock;

inline double seconds_since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

}  // namespace checker
