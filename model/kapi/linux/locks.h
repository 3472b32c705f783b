/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's lock calls on the checker's locks, for code from a kernel tree. */
#ifndef MODEL_KAPI_LINUX_LOCKS_H
#define MODEL_KAPI_LINUX_LOCKS_H

#include "model/kapi/linux/compiler.h"
#include "model/kapi/types.h"

#define SINGLE_DEPTH_NESTING 1

MODEL_INLINE void spin_lock(spinlock_t *lock) { checker_lock_acquire(lock, 0, checker_lock_write); }
MODEL_INLINE void spin_lock_nested(spinlock_t *lock, unsigned subclass) {
  checker_lock_acquire(lock, subclass, checker_lock_write);
}
MODEL_INLINE void spin_unlock(spinlock_t *lock) { checker_lock_release(lock, checker_lock_write); }

#define raw_write_seqcount_begin(count) checker_seqcount_write_begin(&(count)->sequence)
#define raw_write_seqcount_end(count) checker_seqcount_write_end(&(count)->sequence)

#define mmap_assert_write_locked(mm) VM_BUG_ON(!checker_lock_held_for_writing(&(mm)->mmap_sem))

#define cond_resched() checker_might_sleep("cond_resched")
#define need_resched() need_resched_or_needbreak()
/* need_resched() above stands for both. */
#define spin_needbreak(lock) ((void)(lock), 0)

#endif
