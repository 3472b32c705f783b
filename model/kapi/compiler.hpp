// SPDX-License-Identifier: GPL-2.0-only
// READ_ONCE, WRITE_ONCE and the kernel's atomics on the model's 8-byte words. All are forced
// inline, so that a trace shows the kernel function an access stands in.
#pragma once

#include "model/kapi/types.hpp"

namespace model {

MODEL_INLINE u64 READ_ONCE(const u64& word) { return *const_cast<const volatile u64*>(&word); }
MODEL_INLINE void WRITE_ONCE(u64& word, u64 value) { *const_cast<volatile u64*>(&word) = value; }
MODEL_INLINE pte_t READ_ONCE(const pte_t& pte) { return pte_t{READ_ONCE(pte.pte)}; }
MODEL_INLINE void barrier() { __asm__ __volatile__("" ::: "memory"); }
// These order something under --memory-model c11 only.
MODEL_INLINE void smp_mb() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
MODEL_INLINE void smp_wmb() { __atomic_thread_fence(__ATOMIC_RELEASE); }

MODEL_INLINE u64 atomic_read(const u64& word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); }
MODEL_INLINE void atomic_set(u64& word, u64 value) {
  __atomic_store_n(&word, value, __ATOMIC_RELAXED);
}
// atomic_add(), atomic_long_add(), atomic_inc() and atomic_dec(): relaxed, and nothing is returned.
MODEL_INLINE void atomic_add(u64& word, u64 value) { checker_add(&word, sizeof word, value); }
// Return the new value.
MODEL_INLINE u64 atomic_add_return(u64& word, u64 value) {
  return __atomic_add_fetch(&word, value, __ATOMIC_SEQ_CST);
}
MODEL_INLINE u64 atomic_sub_return(u64& word, u64 value) {
  return __atomic_sub_fetch(&word, value, __ATOMIC_SEQ_CST);
}
// Return the old value.
MODEL_INLINE u64 atomic_or(u64& word, u64 bits) {
  return __atomic_fetch_or(&word, bits, __ATOMIC_SEQ_CST);
}
MODEL_INLINE u64 atomic_and(u64& word, u64 bits) {
  return __atomic_fetch_and(&word, bits, __ATOMIC_SEQ_CST);
}
MODEL_INLINE u64 atomic_xchg(u64& word, u64 value) {
  return __atomic_exchange_n(&word, value, __ATOMIC_SEQ_CST);
}
// False, and nothing done, if the word is 0. `label` as in checker_atomic_begin(). A full barrier
// where it succeeds; here always.
MODEL_INLINE bool atomic_inc_not_zero(u64& word, const char* label) {
  smp_mb();
  checker_atomic_begin(label);
  const u64 value = word;
  if (value != 0) {
    word = value + 1;
  } else {
    checker_note("nothing taken, it is 0");
  }
  checker_atomic_end();
  smp_mb();
  return value != 0;
}

}  // namespace model
