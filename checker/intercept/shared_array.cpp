// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/shared_array.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "checker/clock.hpp"

namespace checker {
namespace {

constexpr std::size_t page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t little_at_a_time = std::size_t{1} << 20;
constexpr std::size_t much_at_a_time = 4 * huge_page;
/// Less is not worth a huge page.
constexpr std::size_t much = 2 * huge_page;

#ifdef MADV_COLLAPSE
constexpr int collapse = MADV_COLLAPSE;
#else
constexpr int collapse = 25;  // Linux 6.1, which Debian 12's C library does not know of
#endif

constexpr std::size_t rounded_down(std::size_t value, std::size_t to) { return value / to * to; }
constexpr std::size_t rounded_up(std::size_t value, std::size_t to) {
  return rounded_down(value + to - 1, to);
}

/// Several small pages at a time, if another process has touched them before.
bool get_small_pages(char* memory, std::size_t from, std::size_t to) {
  return madvise(memory + from, to - from, MADV_POPULATE_READ) == 0;
}

/// Makes huge pages of [from, to), each of the one small page that is there of it. For shared
/// memory the kernel does so only when told to, and then faster than it maps small ones.
bool get_huge_pages(char* memory, std::size_t from, std::size_t to) {
  // Where memory is in pieces, the kernel may have to make room for each: once is enough.
  constexpr double most_seconds_each = 10e-3;
  static bool are_to_be_had = true;
  if (!are_to_be_had) return false;
  const auto start = clock::now();
  for (auto at = from; at < to; at += huge_page) {
    if (!get_small_pages(memory, at, at + page)) return false;
  }
  const bool got = madvise(memory + from, to - from, collapse) == 0;
  const bool by_chance = !got && errno == EAGAIN;  // another process is at it
  const auto pages = (to - from) / huge_page;
  const bool soon = seconds_since(start) <= most_seconds_each * static_cast<double>(pages);
  are_to_be_had = (got && soon) || by_chance;
  return got;
}

}  // namespace

char* map_shared_memory(std::size_t bytes) {
  const auto failed = [] {
    return std::system_error(errno, std::generic_category(), "reserving memory for states");
  };
  // Where a huge page may begin, as the kernel counts them in this memory.
  const auto size = rounded_up(bytes, page);
  void* const room = mmap(nullptr, size + huge_page, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) throw failed();
  const auto before = -reinterpret_cast<std::uintptr_t>(room) % huge_page;
  auto* const memory = static_cast<char*>(room) + before;
  if (before != 0) munmap(room, before);
  munmap(memory + size, huge_page - before);
  if (mmap(memory, size, PROT_READ | PROT_WRITE,
           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED) {
    const auto error = failed();
    munmap(memory, size);
    throw error;
  }
  return memory;
}

void unmap_shared_memory(char* memory, std::size_t bytes) {
  munmap(memory, rounded_up(bytes, page));
}

std::size_t get_shared_pages(char* memory, std::size_t bytes, std::size_t have,
                             std::size_t wanted) {
  const auto get_small = [&](std::size_t until) {
    const auto from = rounded_down(have, page);
    const auto to = std::min(until, rounded_down(bytes, page));
    if (from < to) get_small_pages(memory, from, to);
    have = std::max(have, to);
  };
  if (wanted >= much) {
    // What is in small pages stays there: others are at work on it.
    get_small(rounded_up(have, huge_page));
    const auto to = std::min(rounded_up(wanted, much_at_a_time), rounded_down(bytes, huge_page));
    if (have < to && get_huge_pages(memory, have, to)) have = to;
  }
  if (have < wanted) get_small(rounded_up(wanted, little_at_a_time));
  return std::max(have, wanted);
}

}  // namespace checker
