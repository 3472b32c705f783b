// SPDX-License-Identifier: GPL-2.0-only
// The arena: the one region of memory whose accesses are steps of the code under test.
//
// It is mapped once per process at a fixed address, so an address means the same in every process
// and in every replay. What setup leaves in it is the initial world; each execution starts from a
// copy of that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

namespace checker {

// Functions here are always inlined: an instrumented copy of one, made for code under test, could
// be merged by the linker with the engine's own.

inline constexpr std::uintptr_t arena_base = 0x2000'0000'0000;  // clear of sanitizers' shadows
inline constexpr std::size_t arena_capacity = 256 * 1024;       // bytes
inline constexpr std::size_t arena_words = arena_capacity / 8;
inline constexpr std::uintptr_t constants_base = 0x2100'0000'0000;
inline constexpr std::size_t constants_capacity = 64 * 1024;  // bytes

[[gnu::always_inline]] inline bool in_arena(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address) - arena_base < arena_capacity;
}

/// Index of the 8-byte word that holds `address`. REQUIRES: in_arena(address).
[[gnu::always_inline]] inline std::uint32_t arena_word(const void* address) {
  return static_cast<std::uint32_t>((reinterpret_cast<std::uintptr_t>(address) - arena_base) / 8);
}

/// REQUIRES: word < arena_words.
[[gnu::always_inline]] inline void store_word(std::uint32_t word, std::uint64_t value) {
  std::memcpy(reinterpret_cast<void*>(arena_base + std::uintptr_t{word} * 8), &value, sizeof value);
}

/// What a word of the arena holds. REQUIRES: word < arena_words.
[[gnu::always_inline]] inline std::uint64_t load_word(std::uint32_t word) {
  std::uint64_t value;
  std::memcpy(&value, reinterpret_cast<const void*>(arena_base + std::uintptr_t{word} * 8), 8);
  return value;
}

/// Forgets everything allocated; the memory is zero afterwards. Maps the arena on first use.
void arena_reset();

/// `size` bytes of zeroed arena memory, aligned to `alignment` (a power of two, at least 8). Setup
/// only: code under test allocates from pools its world sets up. Throws std::bad_alloc when full.
void* arena_allocate(std::size_t size, std::size_t alignment = 16);

/// Bytes allocated so far.
std::size_t arena_used();

/// Memory beside the arena, also at a fixed address, for what never changes after setup: reading it
/// is no step. Writing to it during an execution is a crash of the code under test. Otherwise as
/// arena_allocate().
void* constant_allocate(std::size_t size, std::size_t alignment = 16);

/// Setup only: the 8-byte words of [address, address + size) of the arena keep the value they get
/// from setup. Reading one is no step; storing to one during an execution is a violation
/// (checker-misuse). For members that never change of objects that otherwise do.
void mark_constant(const void* address, std::size_t size);

/// A bit for each word of the arena that mark_constant() has named. For the engine.
extern std::array<std::uint64_t, arena_words / 64> constant_words;

/// True if all of [address, address + size) lies in one constant word. REQUIRES: in_arena(address).
[[gnu::always_inline]] inline bool is_constant(const void* address, std::size_t size) {
  const std::uint32_t word = arena_word(address);
  return (constant_words[word / 64] >> (word % 64) & 1) != 0 &&
         reinterpret_cast<std::uintptr_t>(address) % 8 + size <= 8;
}

/// Makes constants read-only, or writable again. For the engine.
void constants_protect(bool read_only);

/// Builds a T in the arena. T must not own memory outside of it.
template <typename T, typename... Arguments>
T* arena_new(Arguments&&... arguments) {
  return new (arena_allocate(sizeof(T), alignof(T) < 16 ? 16 : alignof(T)))
      T(std::forward<Arguments>(arguments)...);
}

}  // namespace checker
