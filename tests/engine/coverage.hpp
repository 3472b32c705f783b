// SPDX-License-Identifier: GPL-2.0-only
// Code under test of which a part is never reached.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::engine_tests {

struct coverage_world {
  checker_lock outer, inner, free;
  std::uint64_t x, y;
};

void init_coverage(coverage_world* world);
/// Under both locks; a part of it only if x was 7, which it never is.
void take_both(coverage_world* world);
/// Takes `outer` only.
void take_outer(coverage_world* world);
/// A choice of three.
void choose_one(coverage_world* world);
/// Never called.
void never_called(coverage_world* world);
/// Waits for a value that x never has.
void wait_for_ever(coverage_world* world);
void violate_by_choice(coverage_world* world);

}  // namespace checker::engine_tests
