// SPDX-License-Identifier: GPL-2.0-only
// Call stacks as return addresses; turned into names only when somebody reads them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace checker {

/// Return addresses, outermost first; the last is where the step itself stands.
using raw_stack = std::vector<std::uintptr_t>;

/// The innermost calls of a stack, in a fixed space: cheap enough to take at every lock.
class short_stack {
 public:
  static constexpr std::size_t capacity = 24;

  /// The return addresses of the calls under way, outermost first, then `pc`. The outermost lies in
  /// the scenario, which nobody needs to see.
  void assign(std::span<const std::uintptr_t> calls, std::uintptr_t pc) {
    if (!calls.empty()) calls = calls.subspan(1);
    const auto kept = std::min(calls.size(), capacity - 1);
    std::copy(calls.end() - static_cast<std::ptrdiff_t>(kept), calls.end(), frames_.begin());
    frames_[kept] = pc;
    size_ = static_cast<std::uint8_t>(kept + 1);
  }
  raw_stack to_raw() const { return {frames_.begin(), frames_.begin() + size_}; }

 private:
  std::array<std::uintptr_t, capacity> frames_;
  std::uint8_t size_ = 0;
};

}  // namespace checker
