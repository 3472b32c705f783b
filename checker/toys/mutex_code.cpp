// SPDX-License-Identifier: GPL-2.0-only
#include "checker/toys/mutex.hpp"

namespace checker::toys {

void increment(counter* shared, int rounds, bool locked) {
  for (int i = 0; i < rounds; ++i) {
    if (locked) checker_lock_acquire(&shared->lock, 0, checker_lock_write);
    const std::uint64_t value = shared->value;
    shared->value = value + 1;
    if (locked) checker_lock_release(&shared->lock, checker_lock_write);
  }
}

}  // namespace checker::toys
