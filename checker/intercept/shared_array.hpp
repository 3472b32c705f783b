// SPDX-License-Identifier: GPL-2.0-only
// Arrays that forked processes share.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>
#include <type_traits>
#include <utility>

namespace checker {

/// Room for `capacity` elements, all bits zero, at one address in this process and in those it
/// forks; what one of them writes all see. Memory is taken page by page as it is touched. Throws
/// std::system_error if the address space is not to be had.
template <typename Element>
class shared_array {
 public:
  static_assert(std::is_trivially_destructible_v<Element>);

  explicit shared_array(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) return;
    void* const got = mmap(nullptr, bytes(), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (got == MAP_FAILED) {
      throw std::system_error(errno, std::generic_category(), "reserving memory for states");
    }
    data_ = static_cast<Element*>(got);
  }
  shared_array(const shared_array&) = delete;
  shared_array& operator=(const shared_array&) = delete;
  shared_array(shared_array&& other) noexcept
      : data_(other.data_), capacity_(other.capacity_), prefaulted_(other.prefaulted_) {
    other.data_ = nullptr;
    other.capacity_ = 0;
  }
  shared_array& operator=(shared_array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(prefaulted_, other.prefaulted_);
    return *this;
  }
  ~shared_array() {
    if (data_ != nullptr) munmap(data_, bytes());
  }

  std::size_t capacity() const { return capacity_; }
  Element* data() const { return data_; }
  Element& operator[](std::size_t index) const { return data_[index]; }

  /// The elements before `index` are going to be touched by this process, one after the other or in
  /// no order: gets their pages ahead, many at a time. Only saves time. REQUIRES: index <=
  /// capacity().
  void prefault(std::size_t index) {
    const auto wanted = index * sizeof(Element);
    if (wanted > prefaulted_ && wanted > little) get_pages(wanted);
  }
  /// A process just forked has none of the pages.
  void forget_prefaulted() { prefaulted_ = 0; }

 private:
  static constexpr std::size_t little = std::size_t{1} << 20;  ///< bytes, not worth a system call

  std::size_t bytes() const { return capacity_ * sizeof(Element); }
  void get_pages(std::size_t wanted) {
    const auto until = std::min((wanted / little + 1) * little, bytes() & ~std::size_t{4095});
#ifdef MADV_POPULATE_WRITE
    // Where there is no memory for them, or the kernel can't, they come as they are touched.
    if (until > prefaulted_) {
      madvise(reinterpret_cast<char*>(data_) + prefaulted_, until - prefaulted_,
              MADV_POPULATE_WRITE);
    }
#endif
    prefaulted_ = std::max(until, wanted);
  }

  Element* data_ = nullptr;
  std::size_t capacity_;
  std::size_t prefaulted_ = 0;  ///< bytes, by this process
};

/// The bytes of the first elements of an array.
template <typename Element>
std::span<char> bytes_of(Element* first, std::size_t count) {
  return {reinterpret_cast<char*>(first), count * sizeof(Element)};
}

}  // namespace checker
