// SPDX-License-Identifier: GPL-2.0-only
// The kernel's lock calls on the checker's locks. Forced inline: a lock step stands in the function
// that takes the lock.
#pragma once

#include "model/kapi/compiler.hpp"

namespace model {

inline constexpr unsigned SINGLE_DEPTH_NESTING = 1;

MODEL_INLINE void spin_lock(spinlock_t* lock) { checker_lock_acquire(lock, 0, checker_lock_write); }
MODEL_INLINE void spin_lock_nested(spinlock_t* lock, unsigned subclass) {
  checker_lock_acquire(lock, subclass, checker_lock_write);
}
MODEL_INLINE void spin_unlock(spinlock_t* lock) { checker_lock_release(lock, checker_lock_write); }

MODEL_INLINE void down_write(checker_lock* sem) {
  checker_lock_acquire(sem, 0, checker_lock_write);
}
MODEL_INLINE void down_write_nested(checker_lock* sem, unsigned subclass) {
  checker_lock_acquire(sem, subclass, checker_lock_write);
}
MODEL_INLINE void up_write(checker_lock* sem) { checker_lock_release(sem, checker_lock_write); }
MODEL_INLINE void down_read(checker_lock* sem) { checker_lock_acquire(sem, 0, checker_lock_read); }
MODEL_INLINE bool down_read_trylock(checker_lock* sem) {
  return checker_lock_try(sem, 0, checker_lock_read) != 0;
}
MODEL_INLINE void up_read(checker_lock* sem) { checker_lock_release(sem, checker_lock_read); }

MODEL_INLINE void lock_page(page* p) { checker_lock_acquire(&p->lock, 0, checker_lock_write); }
MODEL_INLINE bool trylock_page(page* p) {
  return checker_lock_try(&p->lock, 0, checker_lock_write) != 0;
}
MODEL_INLINE void unlock_page(page* p) { checker_lock_release(&p->lock, checker_lock_write); }
// A word the lock keeps at 0 while it is free.
MODEL_INLINE void wait_on_page_locked(page* p) {
  checker_wait_until(&p->lock.state, ~u64{0}, 0, "wait_on_page_locked");
}

}  // namespace model
