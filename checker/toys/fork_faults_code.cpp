// SPDX-License-Identifier: GPL-2.0-only
#include "checker/toys/fork_faults.hpp"

namespace checker::toys {

void copy(fork_faults* tables, int pages) {
  checker_lock_acquire(&tables->dst_lock, 0, checker_lock_write);
  checker_lock_acquire(&tables->src_lock, 1, checker_lock_write);
  for (int i = 0; i < pages; ++i) {
    const std::uint64_t value = tables->src[i] & ~std::uint64_t{1};
    tables->src[i] = value;
    tables->dst[i] = value;
  }
  checker_lock_release(&tables->src_lock, checker_lock_write);
  checker_lock_release(&tables->dst_lock, checker_lock_write);
}

void fault(fork_faults* tables, int pages) {
  for (int i = 0; i < pages; ++i) {
    // Volatile, or the compiler would keep the first load's value across the lock.
    const std::uint64_t seen = *static_cast<volatile std::uint64_t*>(&tables->src[i]);
    checker_lock_acquire(&tables->src_lock, 0, checker_lock_write);
    const std::uint64_t value = tables->src[i];
    if (value == seen) tables->src[i] = value | 8;
    checker_lock_release(&tables->src_lock, checker_lock_write);
  }
}

}  // namespace checker::toys
