// SPDX-License-Identifier: GPL-2.0-only
// Tables that are looked up at random, all over several megabytes: with small pages, nearly every
// look-up would miss the processor's TLB.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace checker {

/// Asks the kernel for huge pages where there is enough of it; without, it is ordinary memory.
template <typename Element>
class huge_page_allocator {
 public:
  using value_type = Element;

  huge_page_allocator() = default;
  template <typename Other>
  huge_page_allocator(const huge_page_allocator<Other>& /*other*/) {}

  Element* allocate(std::size_t count) {
    if (!is_much(count)) return std::allocator<Element>().allocate(count);
    const auto bytes = count * sizeof(Element);
    void* const memory = ::operator new (bytes, std::align_val_t{huge_page});
    madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
    return static_cast<Element*>(memory);
  }
  void deallocate(Element* memory, std::size_t count) {
    if (!is_much(count)) return std::allocator<Element>().deallocate(memory, count);
    ::operator delete (memory, std::align_val_t{huge_page});
  }
  bool operator==(const huge_page_allocator& /*other*/) const { return true; }

 private:
  static constexpr std::size_t huge_page = std::size_t{2} << 20;
  static bool is_much(std::size_t count) { return count >= huge_page / sizeof(Element); }
};

template <typename Element>
using huge_page_vector = std::vector<Element, huge_page_allocator<Element>>;

}  // namespace checker
