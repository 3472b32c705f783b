// SPDX-License-Identifier: GPL-2.0-only
// States left completely explored, with what was touched below each.
//
// Keys are 128-bit hashes: with n states stored, the chance that any two different ones share a key
// is below n * n / 2^129 (for 10 million states, 1.5e-25).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "checker/explore/footprint.hpp"
#include "checker/explore/strategy.hpp"

namespace checker::explore {

class state_cache {
 public:
  /// A set of (thread, footprint item), as bits over the numbers that number() gives.
  using summary = std::vector<std::uint64_t>;

  struct access {
    int thread;
    footprint_item item;
  };

  /// `capacity_bytes` 0: no cache. When it is used up, find() still works and store() no longer adds.
  explicit state_cache(std::size_t capacity_bytes) : capacity_(capacity_bytes) {}

  bool enabled() const { return capacity_ != 0; }
  bool full() const { return bytes_ >= capacity_; }
  std::size_t size() const { return states_.size(); }
  std::size_t bytes() const { return bytes_; }

  /// Adds an access to a summary.
  void add(summary& to, int thread, footprint_item item);
  static void merge(summary& into, const summary& other);
  /// Calls `visit(access)` for each member.
  template <typename Visitor>
  void for_each(const summary& members, Visitor visit) const {
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::uint64_t bits = members[i]; bits != 0; bits &= bits - 1) {
        visit(accesses_[i * 64 + static_cast<std::size_t>(__builtin_ctzll(bits))]);
      }
    }
  }

  struct known_state {
    const summary* below = nullptr;  ///< nullptr: not stored
    thread_set sleep = 0;            ///< what it was explored under
  };

  known_state find(const state_key& key) const;
  /// The state was explored completely under `sleep`. Ignored where the stored exploration did not
  /// leave out less.
  void store(const state_key& key, thread_set sleep, const summary& below);

 private:
  struct hash {
    std::size_t operator()(const state_key& key) const { return key.low; }
  };
  struct entry {
    std::uint32_t summary;  ///< index into summaries_
    thread_set sleep;
  };
  struct summary_hash {
    std::size_t operator()(const summary& members) const;
  };

  std::uint32_t intern(const summary& members);

  std::size_t capacity_, bytes_ = 0;
  std::unordered_map<state_key, entry, hash> states_;
  std::vector<access> accesses_;
  std::unordered_map<std::uint64_t, std::uint32_t> numbers_;
  std::vector<const summary*> summaries_;
  std::unordered_map<summary, std::uint32_t, summary_hash> interned_;
};

}  // namespace checker::explore
