// SPDX-License-Identifier: GPL-2.0-only
#include "checker/detect/lock_order.hpp"

#include <utility>

namespace checker {

bool lock_order_log::add(std::uint32_t from, std::uint32_t to, raw_lock_edge edge) {
  if (!known_.insert(static_cast<std::uint64_t>(from) << 32 | to).second) return false;
  const bool closes = reaches(to, from);
  ends_.emplace_back(from, to);
  edges_.push_back(std::move(edge));
  return closes;
}

bool lock_order_log::reaches(std::uint32_t from, std::uint32_t to) const {
  std::vector<std::uint32_t> open{from};
  std::unordered_set<std::uint32_t> seen{from};
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    if (node == to) return true;
    for (const auto& [tail, head] : ends_) {
      if (tail == node && seen.insert(head).second) open.push_back(head);
    }
  }
  return false;
}

}  // namespace checker
