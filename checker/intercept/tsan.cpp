// SPDX-License-Identifier: GPL-2.0-only
// The entry points of the compiler's thread instrumentation (-fsanitize=thread), ours instead of
// libtsan's. Each is called before the access it announces.
//
// The names are the compiler's: __tsan_readN and __tsan_writeN are plain accesses,
// __tsan_volatile_* marked ones (READ_ONCE, WRITE_ONCE), __tsan_atomicN_* the __atomic builtins and
// std::atomic, which perform the operation themselves.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/intercept/stack_paint.hpp"

namespace {

using checker::execution;
using checker::memory_orders;

__extension__ using wide = unsigned __int128;

/// The compiler may add hints to an order, in higher bits.
checker::relacy::memory_order to_order(int order) {
  return static_cast<checker::relacy::memory_order>(std::min(order & 7, __ATOMIC_SEQ_CST));
}

memory_orders builtin(int order) { return {to_order(order), to_order(order), true}; }

[[gnu::cold]] void refuse_store() {
  execution::running->violate("checker-misuse", "a store to memory that was said to be constant");
}

inline void announce(const void* address, std::size_t size, bool reads, bool writes, bool marked,
                     void* caller, memory_orders orders = {}) {
  if (!checker::in_arena(address) || execution::running == nullptr) return;
  if (checker::is_constant(address, size)) {
    if (writes) refuse_store();
    return;
  }
  execution::running->look_for_loop();
  execution::running->access(const_cast<void*>(address), size, reads, writes, marked,
                             reinterpret_cast<std::uintptr_t>(caller), std::nullopt, orders);
}

/// A compare-exchange is a load; it is a store too if it is going to succeed. What it expects may
/// stand in the arena as well: that is read before, and written after it failed, plainly.
template <typename T>
bool compare_exchange(T* address, T* expected, T desired, int success, int failure, void* caller) {
  announce(expected, sizeof(T), true, false, false, caller);
  const T wanted = *expected;
  const bool counts = checker::in_arena(address) && execution::running != nullptr;
  if (counts) {
    execution::running->look_for_loop();
    execution::running->access(
        address, sizeof(T), true, false, true, reinterpret_cast<std::uintptr_t>(caller),
        static_cast<std::uint64_t>(wanted), {to_order(success), to_order(failure), true});
  }
  const T current = *address;
  if (current != wanted) {
    announce(expected, sizeof(T), false, true, false, caller);
    *expected = current;
    return false;
  }
  if (counts) execution::running->upgrade_to_write(address, sizeof(T));
  *address = desired;
  return true;
}

// Block operations read in one step and write in the next: what was read is kept in between, since
// another thread may change it. Larger blocks go piece by piece, for the fiber's stack.
constexpr std::size_t piece = 1024;

/// memmove().
void copy(char* to, const char* from, std::size_t size, void* caller) {
  if (!checker::in_arena(to) || !checker::in_arena(from)) {
    if (size == 0) return;
    announce(from, size, true, false, false, caller);
    announce(to, size, false, true, false, caller);
    std::memmove(to, from, size);
    return;
  }
  char kept[piece];
  const bool backwards = to > from;
  for (std::size_t done = 0; done < size;) {
    const auto length = std::min(piece, size - done);
    const auto offset = backwards ? size - done - length : done;
    announce(from + offset, length, true, false, false, caller);
    std::memcpy(kept, from + offset, length);
    announce(to + offset, length, false, true, false, caller);
    std::memcpy(to + offset, kept, length);
    done += length;
  }
}

/// memcmp(). The C library's own may read past the end of a block, as far as the page goes: it gets
/// copies.
int compare(const char* a, const char* b, std::size_t size, void* caller) {
  char kept[piece], kept_too[piece];
  int result = 0;
  for (std::size_t done = 0; done < size && result == 0;) {
    const auto length = std::min(piece, size - done);
    announce(a + done, length, true, false, false, caller);
    std::memcpy(kept, a + done, length);
    announce(b + done, length, true, false, false, caller);
    std::memcpy(kept_too, b + done, length);
    result = std::memcmp(kept, kept_too, length);
    done += length;
  }
  return result;
}

}  // namespace

// Only one thread of the program runs at a time, so plain operations behind an announcement are
// atomic. The memory order plays a part under memory_model::c11 only.
#define CHECKER_CALLER __builtin_return_address(0)

#define CHECKER_PLAIN_ACCESS(name, bytes, reads, writes, marked)     \
  void __tsan_##name##bytes(void* address) {                         \
    announce(address, bytes, reads, writes, marked, CHECKER_CALLER); \
    checker::stack_paint::renew();                                   \
  }

#define CHECKER_ACCESSES(bytes)                                           \
  CHECKER_PLAIN_ACCESS(read, bytes, true, false, false)                   \
  CHECKER_PLAIN_ACCESS(write, bytes, false, true, false)                  \
  CHECKER_PLAIN_ACCESS(unaligned_read, bytes, true, false, false)         \
  CHECKER_PLAIN_ACCESS(unaligned_write, bytes, false, true, false)        \
  CHECKER_PLAIN_ACCESS(read_write, bytes, true, true, false)              \
  CHECKER_PLAIN_ACCESS(unaligned_read_write, bytes, true, true, false)    \
  CHECKER_PLAIN_ACCESS(volatile_read, bytes, true, false, true)           \
  CHECKER_PLAIN_ACCESS(volatile_write, bytes, false, true, true)          \
  CHECKER_PLAIN_ACCESS(unaligned_volatile_read, bytes, true, false, true) \
  CHECKER_PLAIN_ACCESS(unaligned_volatile_write, bytes, false, true, true)

#define CHECKER_FETCH(bits, type, name, expression)                                    \
  type __tsan_atomic##bits##_fetch_##name(type* address, type operand, int order) {    \
    announce(address, sizeof(type), true, true, true, CHECKER_CALLER, builtin(order)); \
    const type before = *address;                                                      \
    *address = static_cast<type>(expression);                                          \
    return before;                                                                     \
  }

#define CHECKER_ATOMICS(bits, type)                                                              \
  type __tsan_atomic##bits##_load(const type* address, int order) {                              \
    announce(address, sizeof(type), true, false, true, CHECKER_CALLER, builtin(order));          \
    return *address;                                                                             \
  }                                                                                              \
  void __tsan_atomic##bits##_store(type* address, type value, int order) {                       \
    announce(address, sizeof(type), false, true, true, CHECKER_CALLER, builtin(order));          \
    *address = value;                                                                            \
  }                                                                                              \
  type __tsan_atomic##bits##_exchange(type* address, type value, int order) {                    \
    announce(address, sizeof(type), true, true, true, CHECKER_CALLER, builtin(order));           \
    const type before = *address;                                                                \
    *address = value;                                                                            \
    return before;                                                                               \
  }                                                                                              \
  CHECKER_FETCH(bits, type, add, before + operand)                                               \
  CHECKER_FETCH(bits, type, sub, before - operand)                                               \
  CHECKER_FETCH(bits, type, and, before& operand)                                                \
  CHECKER_FETCH(bits, type, or, before | operand)                                                \
  CHECKER_FETCH(bits, type, xor, before ^ operand)                                               \
  CHECKER_FETCH(bits, type, nand, ~(before & operand))                                           \
  int __tsan_atomic##bits##_compare_exchange_strong(type* address, type* expected, type desired, \
                                                    int success, int failure) {                  \
    return compare_exchange(address, expected, desired, success, failure, CHECKER_CALLER);       \
  }                                                                                              \
  int __tsan_atomic##bits##_compare_exchange_weak(type* address, type* expected, type desired,   \
                                                  int success, int failure) {                    \
    return compare_exchange(address, expected, desired, success, failure, CHECKER_CALLER);       \
  }                                                                                              \
  type __tsan_atomic##bits##_compare_exchange_val(type* address, type expected, type desired,    \
                                                  int success, int failure) {                    \
    compare_exchange(address, &expected, desired, success, failure, CHECKER_CALLER);             \
    return expected;                                                                             \
  }

extern "C" {

void __tsan_init() {}

void __tsan_func_entry(void* caller) {
  if (execution::running != nullptr) {
    execution::running->enter_function(reinterpret_cast<std::uintptr_t>(caller));
  }
  checker::stack_paint::renew();
}

void __tsan_func_exit() {
  if (execution::running != nullptr) execution::running->leave_function();
  checker::stack_paint::renew();
}

CHECKER_ACCESSES(1)
CHECKER_ACCESSES(2)
CHECKER_ACCESSES(4)
CHECKER_ACCESSES(8)
CHECKER_ACCESSES(16)

void __tsan_read_range(void* address, unsigned long size) {
  if (size != 0) announce(address, size, true, false, false, CHECKER_CALLER);
}
void __tsan_write_range(void* address, unsigned long size) {
  if (size != 0) announce(address, size, false, true, false, CHECKER_CALLER);
}
void __tsan_vptr_update(void** address, void*) {
  announce(address, sizeof *address, false, true, false, CHECKER_CALLER);
}
void __tsan_vptr_read(void** address) {
  announce(address, sizeof *address, true, false, false, CHECKER_CALLER);
}

// Block operations: what memory_functions.h turns memcpy() and its kin into in code under test, and
// what Clang calls for struct copies.
void* __tsan_memcpy(void* to, const void* from, unsigned long size) {
  copy(static_cast<char*>(to), static_cast<const char*>(from), size, CHECKER_CALLER);
  return to;
}
void* __tsan_memmove(void* to, const void* from, unsigned long size) {
  copy(static_cast<char*>(to), static_cast<const char*>(from), size, CHECKER_CALLER);
  return to;
}
void* __tsan_memset(void* to, int value, unsigned long size) {
  if (size != 0) announce(to, size, false, true, false, CHECKER_CALLER);
  return std::memset(to, value, size);
}
int checker_memcmp(const void* a, const void* b, unsigned long size) {
  return compare(static_cast<const char*>(a), static_cast<const char*>(b), size, CHECKER_CALLER);
}

CHECKER_ATOMICS(8, std::uint8_t)
CHECKER_ATOMICS(16, std::uint16_t)
CHECKER_ATOMICS(32, std::uint32_t)
CHECKER_ATOMICS(64, std::uint64_t)
CHECKER_ATOMICS(128, wide)

void __tsan_atomic_thread_fence(int order) {
  if (execution::running == nullptr) return;
  execution::running->fence(to_order(order), reinterpret_cast<std::uintptr_t>(CHECKER_CALLER));
}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
