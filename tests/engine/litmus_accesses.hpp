// SPDX-License-Identifier: GPL-2.0-only
// The accesses, fences and locks that litmus tests are made of, under short names. Code under test.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::engine_tests {

using word = std::uint64_t;

inline word read_once(const word& from) { return *const_cast<const volatile word*>(&from); }
inline void write_once(word& to, word value) { *const_cast<volatile word*>(&to) = value; }
inline word load_acquire(const word& from) { return __atomic_load_n(&from, __ATOMIC_ACQUIRE); }
inline void store_release(word& to, word value) { __atomic_store_n(&to, value, __ATOMIC_RELEASE); }
inline word load_sc(const word& from) { return __atomic_load_n(&from, __ATOMIC_SEQ_CST); }
inline void store_sc(word& to, word value) { __atomic_store_n(&to, value, __ATOMIC_SEQ_CST); }
inline void mb() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
inline void wmb() { __atomic_thread_fence(__ATOMIC_RELEASE); }
inline void rmb() { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
inline void lock(checker_lock& which) { checker_lock_acquire(&which, 0, checker_lock_write); }
inline void unlock(checker_lock& which) { checker_lock_release(&which, checker_lock_write); }

}  // namespace checker::engine_tests
