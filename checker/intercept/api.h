/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What code under test, and the kernel API it is built on, may ask of the checker. Usable from C
 * and C++; the only header of the checker that code under test includes.
 *
 * Memory accesses need no call: the compiler's thread instrumentation announces every load and
 * store, and those that fall into the arena (arena.hpp) become steps. This header holds the steps
 * a compiler can't see: locks, choices, atomic blocks, sleeping points.
 *
 * All functions are called on the thread whose step it is, between the start and the end of an
 * execution, unless they say "setup". None of them may be called from a signal handler. A
 * function that finds a violation does not return: the execution is given up. So code under test
 * must own nothing through destructors on its stack. A pointer to a lock, a word or a sequence
 * count that is not in the modelled memory, or has no initialised lock there, is a violation
 * (crash); a call that breaks the rules of this header is one of kind checker-misuse.
 */
#ifndef CHECKER_INTERCEPT_API_H
#define CHECKER_INTERCEPT_API_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define CHECKER_PRINTF(format_index, first_argument) \
  __attribute__((format(printf, format_index, first_argument)))
#endif

/* ---- Locks ------------------------------------------------------------------------------- */

enum checker_lock_kind {
  checker_lock_spin = 1, /* spinlock: the holder may not sleep */
  checker_lock_rwsem,    /* reader/writer semaphore: a sleeping lock */
  checker_lock_mutex,    /* mutual exclusion, a sleeping lock */
  checker_lock_bit,      /* a lock bit such as the page lock: sleeping, trylock allowed */
};

enum checker_lock_mode { checker_lock_write = 0, checker_lock_read = 1 };

/* A lock lives in the arena. `state` is 0 while the lock is free; only the checker writes it. */
struct checker_lock {
  uint64_t state;
  uint32_t lock_class; /* set by checker_lock_init */
  uint32_t instance;   /* set by checker_lock_init, unique per arena, never 0 */
};

/* Makes `lock` a free lock. `class_name` as lockdep would print it ("ptlock"), `instance_name` what
 * the user should read ("parent ptlock[0]"); both are copied. During setup or an execution. */
void checker_lock_init(struct checker_lock *lock, enum checker_lock_kind kind,
                       const char *class_name, const char *instance_name);

/* Blocks until the lock is free (a thread is never scheduled into a held lock), then takes it.
 * `subclass` is lockdep's nesting subclass, below 8: 0, or SINGLE_DEPTH_NESTING. Violations:
 * recursion, sleep-in-atomic (a sleeping lock taken under a spinlock). */
void checker_lock_acquire(struct checker_lock *lock, unsigned subclass,
                          enum checker_lock_mode mode);
/* Takes the lock if it is free. Returns 1 if taken, else 0. Never blocks, never sleeps. */
int checker_lock_try(struct checker_lock *lock, unsigned subclass, enum checker_lock_mode mode);
/* Violations: wrong-owner. A bit lock may be released by a thread that did not take it. */
void checker_lock_release(struct checker_lock *lock, enum checker_lock_mode mode);
/* 1 if the calling thread holds `lock` (in any mode). Not a step. */
int checker_lock_held(const struct checker_lock *lock);
/* 1 if the calling thread holds `lock` for writing. Not a step. */
int checker_lock_held_for_writing(const struct checker_lock *lock);
/* 1 if any thread holds `lock`: a step that reads the lock's state. */
int checker_lock_is_locked(struct checker_lock *lock);

/* Sequence counts. begin/end by the writer (violation seqcount: two writers at once, or end without
 * begin); read_begin blocks while a writer is inside, read_retry returns 1 if the section ran
 * beside a writer. */
void checker_seqcount_write_begin(unsigned *sequence);
void checker_seqcount_write_end(unsigned *sequence);
unsigned checker_seqcount_read_begin(const unsigned *sequence);
int checker_seqcount_read_retry(const unsigned *sequence, unsigned start);

/* Blocks the calling thread until the 8-byte arena word has a value v with (v & mask) == value.
 * Use it where the kernel waits for an event (wait_on_page_writeback, wait_event). A step that
 * reads the word. */
void checker_wait_until(const uint64_t *word, uint64_t mask, uint64_t value, const char *what);

/* `object` was found by way of what the thread has loaded so far, other than by a pointer into the
 * modelled memory (by the page frame's number in a PTE). Under --memory-model c11 its accesses to
 * the object come after those loads, as an address dependency has it. Pointers need no call. Not a
 * step. */
void checker_depends(const void *object);

/* Adds to a counter of 4 or 8 bytes, as atomic_inc(), atomic_sub(), atomic_long_add() do: relaxed,
 * and what the counter was is not learned. So two of these on one counter commute. */
void checker_add(void *counter, size_t size, uint64_t amount);

/* ---- Choices ----------------------------------------------------------------------------- */

/* A nondeterministic value in [0, alternatives); at most 32 alternatives (violation
 * checker-misuse). Every value is explored. `label` names the choice
 * in traces ("need_resched"); it must outlive the exploration. 0 is explored first: give it to the
 * ordinary case. A loop that goes on only as long as choices come out otherwise is no livelock. Not
 * a scheduling point. */
unsigned checker_choose(unsigned alternatives, const char *label);

/* ---- Atomic blocks ----------------------------------------------------------------------- */

/* Everything between begin and end is one step: no other thread runs in between. For what the
 * hardware does in one go (a page-table walk that sets the accessed bit, a TLB flush) and for ghost
 * state. The accesses inside make up the step's footprint. Blocks nest; inner ones belong to the
 * outer. A lock must not be acquired inside, except by try. A block ends before its operation does
 * (violation checker-misuse). `label` must outlive the exploration.
 */
void checker_atomic_begin(const char *label);
void checker_atomic_end(void);

/* Ghost code: accesses between begin and end belong to the step that is already under way (or the
 * thread's last one): no new scheduling point, nothing new in the trace. For bookkeeping that
 * invariants need and hardware does not have. */
void checker_ghost_begin(void);
void checker_ghost_end(void);

/* ---- Saying things ----------------------------------------------------------------------- */

/* A violation of the named kind ("rss", "use-after-free"); `kind` and a message of one line. Does
 * not return. */
void checker_violation(const char *kind, const char *format, ...) CHECKER_PRINTF(2, 3)
    __attribute__((noreturn));

/* 1 while a trace is recorded. Use it to skip building text nobody will read. */
int checker_recording(void);
/* Attaches a line about the world to the current step ("page 3: refcount 1 -> 2"). Only while
 * recording; otherwise ignored. */
void checker_note(const char *format, ...) CHECKER_PRINTF(1, 2);

/* The functions called so far are scaffolding (a user program's loop around its accesses): stacks
 * in traces begin below them. Until the calling function returns. */
void checker_hide_callers(void);

/* A point where the kernel may sleep (allocation with GFP_KERNEL, cond_resched). Violation
 * sleep-in-atomic if the thread holds a spinlock. Not a step. */
void checker_might_sleep(const char *what);

/* A section in which the thread may not sleep, as under a spinlock, though it holds none:
 * rcu_read_lock() to rcu_read_unlock(). `what` names it in messages; it must outlive the
 * exploration. Sections nest, and nobody waits for one. Violations: sleep-in-atomic inside;
 * wrong-owner, an end without a begin; lock-held-at-exit, where the operation ends inside. Neither
 * is a step. */
void checker_no_sleep_begin(const char *what);
void checker_no_sleep_end(const char *what);

/* A point from which on what the thread does depends on nothing it has read since the operation
 * began, but for `position` (a loop's index, say), which together with the operation must tell
 * where in the code it stands. Lets states meet that differ only in dead locals. Called at the head
 * of a loop that waits by trying again, it lets the search decide whether that ends (a livelock).
 * Wrong use is unsound; the engine calls it between operations. */
void checker_forget_locals(uint64_t position);

/* Index of the calling thread, 0-based; -1 outside an execution (setup, final checks). */
int checker_thread(void);

#ifdef __cplusplus
}
#endif
#endif
