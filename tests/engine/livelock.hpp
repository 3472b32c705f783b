// SPDX-License-Identifier: GPL-2.0-only
// Code under test for the tests of livelocks: loops that wait by trying again.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::engine_tests {

struct retries {
  checker_lock a, b;  ///< spinlocks
  checker_lock sem;   ///< a semaphore
  std::uint64_t flag, other, x;
};

void init(retries* world);

void take_a_try_b(retries* world);
void take_b_try_a(retries* world);
void spin_on_flag(retries* world);
void spin_on_other(retries* world);
void spin_on_flag_under_a(retries* world);
void set_flag(retries* world);
void set_flag_under_a(retries* world);
void leave_with_a(retries* world);
void store_x(retries* world);
/// Lets go of the lock between two looks at the flag.
void poll_flag_under_a(retries* world);
void allocate_until_it_succeeds(retries* world);
void retry_while_all_goes_well(retries* world);
/// Goes on until a choice comes out 1; between two of its rounds another one has to come out 1.
void retry_for_mixed_values(retries* world);
void poll_flag_as_reader(retries* world);
void store_and_poll_flag_as_reader(retries* world);
void spin_on_flag_as_reader(retries* world);
void set_flag_as_writer(retries* world);

}  // namespace checker::engine_tests
