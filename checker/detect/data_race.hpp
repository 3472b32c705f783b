// SPDX-License-Identifier: GPL-2.0-only
// Data races in the kernel's sense (KCSAN): two threads stand before conflicting accesses at the
// same time, and one of the two is plain.
//
// That is a property of a state, not of an order: both accesses are enabled, so both orders happen.
// Every pair of accesses that the search reverses is met this way, since the one executed second
// slept, pending, until the other ran.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "checker/intercept/call_stack.hpp"

namespace checker {

struct racing_access {
  int thread = 0;
  int operation = 0;
  bool reads = false, writes = false, marked = false;
  void* address = nullptr;
  int size = 0;  ///< bytes
  raw_stack stack;
};

/// True if the accesses overlap, one of them writes and one of them is plain.
inline bool is_data_race(const racing_access& a, const racing_access& b) {
  const auto a_from = reinterpret_cast<std::uintptr_t>(a.address);
  const auto b_from = reinterpret_cast<std::uintptr_t>(b.address);
  return (a.writes || b.writes) && !(a.marked && b.marked) &&
         a_from < b_from + static_cast<unsigned>(b.size) &&
         b_from < a_from + static_cast<unsigned>(a.size);
}

/// The distinct races met, told apart by the two places in the code.
class data_race_log {
 public:
  static constexpr std::size_t capacity = 256;

  /// True if the pair of places is new (and kept).
  bool add(racing_access a, racing_access b) {
    auto places = std::minmax(a.stack.back(), b.stack.back());
    if (known_.contains(places)) return false;
    if (races_.size() >= capacity) {
      ++left_out_;
      return false;
    }
    known_.insert(places);
    races_.emplace_back(std::move(a), std::move(b));
    return true;
  }
  bool knows(std::uintptr_t a, std::uintptr_t b) const {
    return known_.contains(std::pair<std::uintptr_t, std::uintptr_t>(std::minmax(a, b)));
  }
  const std::vector<std::pair<racing_access, racing_access>>& races() const { return races_; }
  /// How often a race was met that was not kept for lack of room.
  std::uint64_t left_out() const { return left_out_; }

 private:
  std::set<std::pair<std::uintptr_t, std::uintptr_t>> known_;
  std::vector<std::pair<racing_access, racing_access>> races_;
  std::uint64_t left_out_ = 0;
};

}  // namespace checker
