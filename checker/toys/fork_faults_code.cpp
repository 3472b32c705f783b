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
    checker_forget_locals(static_cast<std::uint64_t>(i));
  }
  checker_lock_release(&tables->src_lock, checker_lock_write);
  checker_lock_release(&tables->dst_lock, checker_lock_write);
}

void fault(fork_faults* tables, int page) {
  const std::uint64_t seen = tables->src[page];
  checker_lock_acquire(&tables->src_lock, 0, checker_lock_write);
  const std::uint64_t value = tables->src[page];
  if (value == seen) tables->src[page] = value | 8;
  checker_lock_release(&tables->src_lock, checker_lock_write);
}

}  // namespace checker::toys
