// SPDX-License-Identifier: GPL-2.0-only
// Arrays that forked processes share.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

namespace checker {

/// So many bytes, all zero, which this process and those it forks share. Memory is taken page by
/// page as it is touched. Throws std::system_error if the address space is not to be had.
char* map_shared_memory(std::size_t bytes);
void unmap_shared_memory(char* memory, std::size_t bytes);
/// Maps the pages of the first `wanted` of all `bytes` into this process, and some more, where
/// those of the first `have` are mapped by now: huge pages, where it is much and the kernel has
/// them. Returns how many bytes are mapped, or as good as: where there is no memory for them, they
/// come as they are touched.
std::size_t get_shared_pages(char* memory, std::size_t bytes, std::size_t have, std::size_t wanted);

/// Room for `capacity` elements, all bits zero, at one address in this process and in those it
/// forks; what one of them writes all see. Memory is taken page by page as it is touched. Throws
/// std::system_error if the address space is not to be had.
template <typename Element>
class shared_array {
 public:
  static_assert(std::is_trivially_destructible_v<Element>);

  explicit shared_array(std::size_t capacity) : capacity_(capacity) {
    if (capacity != 0) data_ = reinterpret_cast<Element*>(map_shared_memory(bytes()));
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
    if (data_ != nullptr) unmap_shared_memory(reinterpret_cast<char*>(data_), bytes());
  }

  std::size_t capacity() const { return capacity_; }
  Element* data() const { return data_; }
  Element& operator[](std::size_t index) const { return data_[index]; }

  /// The elements before `index` are going to be touched by this process, one after the other or in
  /// no order: gets their pages ahead, many at a time. Only saves time. REQUIRES: index <=
  /// capacity().
  void prefault(std::size_t index) {
    const auto wanted = index * sizeof(Element);
    if (wanted > prefaulted_ && wanted > little) {
      prefaulted_ = get_shared_pages(reinterpret_cast<char*>(data_), bytes(), prefaulted_, wanted);
    }
  }
  /// A process just forked has none of the pages.
  void forget_prefaulted() { prefaulted_ = 0; }

 private:
  static constexpr std::size_t little = std::size_t{1} << 20;  ///< bytes, not worth a system call

  std::size_t bytes() const { return capacity_ * sizeof(Element); }

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
