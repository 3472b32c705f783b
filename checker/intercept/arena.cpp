// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/arena.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "checker/intercept/lock_registry.hpp"
#include "checker/intercept/watch.hpp"

namespace checker {
namespace {

std::size_t used = 0;

void map_once() {
  static const bool mapped = [] {
    void* const wanted = reinterpret_cast<void*>(arena_base);
    void* const got = mmap(wanted, arena_capacity, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got != wanted) throw std::system_error(errno, std::generic_category(), "mapping the arena");
    return true;
  }();
  (void)mapped;
}

}  // namespace

void arena_reset() {
  map_once();
  std::memset(reinterpret_cast<void*>(arena_base), 0, arena_capacity);
  used = 0;
  lock_registry::instance().clear();
  watched_words().assign(arena_words, false);
}

void* arena_allocate(std::size_t size, std::size_t alignment) {
  map_once();
  const std::size_t begin = (used + alignment - 1) / alignment * alignment;
  if (size > arena_capacity || begin > arena_capacity - size) throw std::bad_alloc();
  used = begin + size;
  return reinterpret_cast<void*>(arena_base + begin);
}

std::size_t arena_used() { return used; }

std::vector<bool>& watched_words() {
  static std::vector<bool> words(arena_words, false);
  return words;
}

void watch(const void* address, std::size_t size) {
  const auto* byte = static_cast<const unsigned char*>(address);
  for (std::size_t i = 0; i < size; i += 8) watched_words()[arena_word(byte + i)] = true;
}

}  // namespace checker
