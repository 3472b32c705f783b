// SPDX-License-Identifier: GPL-2.0-only
#include "checker/toys/transfer.hpp"

namespace checker::toys {

void transfer(account* from, account* to, account* first, std::uint64_t amount) {
  account* second = first == from ? to : from;
  checker_lock_acquire(&first->lock, 0, checker_lock_write);
  checker_lock_acquire(&second->lock, 0, checker_lock_write);
  from->balance -= amount;
  to->balance += amount;
  checker_lock_release(&second->lock, checker_lock_write);
  checker_lock_release(&first->lock, checker_lock_write);
}

void transfer_unlocked(account* from, account* to, std::uint64_t amount) {
  from->balance -= amount;
  to->balance += amount;
}

}  // namespace checker::toys
