// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/arena.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "checker/intercept/lock_registry.hpp"
#include "checker/intercept/watch.hpp"

namespace checker {

std::array<std::uint64_t, arena_words / 64> constant_words;

namespace {

/// A region handed out from its start.
struct region {
  std::uintptr_t base;
  std::size_t capacity;
  std::size_t used = 0;

  void* take(std::size_t size, std::size_t alignment) {
    const std::size_t begin = (used + alignment - 1) / alignment * alignment;
    if (size > capacity || begin > capacity - size) throw std::bad_alloc();
    used = begin + size;
    return reinterpret_cast<void*>(base + begin);
  }
  void clear() {
    std::memset(reinterpret_cast<void*>(base), 0, capacity);
    used = 0;
  }
};

region arena{arena_base, arena_capacity};
region constants{constants_base, constants_capacity};

void map(const region& where) {
  void* const wanted = reinterpret_cast<void*>(where.base);
  void* const got = mmap(wanted, where.capacity, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (got != wanted) throw std::system_error(errno, std::generic_category(), "mapping the arena");
}

void map_once() {
  static const bool mapped = [] {
    map(arena);
    map(constants);
    return true;
  }();
  (void)mapped;
}

}  // namespace

void arena_reset() {
  map_once();
  constants_protect(false);
  arena.clear();
  constants.clear();
  lock_registry::instance().clear();
  watched_words().assign(arena_words, false);
  constant_words.fill(0);
}

void* arena_allocate(std::size_t size, std::size_t alignment) {
  map_once();
  return arena.take(size, alignment);
}

std::size_t arena_used() { return arena.used; }

void* constant_allocate(std::size_t size, std::size_t alignment) {
  map_once();
  return constants.take(size, alignment);
}

void mark_constant(const void* address, std::size_t size) {
  if (size == 0) return;
  const auto last = arena_word(static_cast<const unsigned char*>(address) + size - 1);
  for (auto word = arena_word(address); word <= last; ++word) {
    constant_words.at(word / 64) |= std::uint64_t{1} << (word % 64);
  }
}

void constants_protect(bool read_only) {
  mprotect(reinterpret_cast<void*>(constants_base), constants_capacity,
           read_only ? PROT_READ : PROT_READ | PROT_WRITE);
}

std::vector<bool>& watched_words() {
  static std::vector<bool> words(arena_words, false);
  return words;
}

void watch(const void* address, std::size_t size) {
  if (size == 0) return;
  const auto last = arena_word(static_cast<const unsigned char*>(address) + size - 1);
  for (auto word = arena_word(address); word <= last; ++word) watched_words().at(word) = true;
}

}  // namespace checker
