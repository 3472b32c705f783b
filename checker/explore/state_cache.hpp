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

#include "checker/intercept/footprint.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class state_cache {
 public:
  /// A set of (thread, footprint item), as bits over the numbers that add() gives out.
  using summary = std::vector<std::uint64_t>;

  struct access {
    int thread;
    footprint_item item;
    lockset held;

    bool operator==(const access&) const = default;
  };

  /// `capacity_bytes` 0: no cache. When it is used up, find() still works and store() no longer
  /// adds.
  explicit state_cache(std::size_t capacity_bytes) : capacity_(capacity_bytes) {}

  bool enabled() const { return capacity_ != 0; }
  /// A state was not stored for lack of room.
  bool full() const { return closed_; }
  std::size_t size() const { return used_; }
  std::size_t bytes() const { return table_.size() * sizeof(entry) + summary_bytes_; }

  /// Adds an access to a summary.
  void add(summary& to, const access& what);
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
  /// The state was explored completely under `sleep`. Ignored where that left out something that an
  /// exploration stored before did not.
  void store(const state_key& key, thread_set sleep, const summary& below);

 private:
  /// A place in the table. Free where `summary` is `no_summary`.
  struct entry {
    state_key key;
    std::uint32_t summary = no_summary;  ///< index into summaries_
    thread_set sleep = 0;
  };
  struct access_hash {
    std::size_t operator()(const access& what) const;
  };
  struct summary_hash {
    std::size_t operator()(const summary& members) const;
  };

  static constexpr std::uint32_t no_summary = ~std::uint32_t{0};

  std::uint32_t intern(const summary& members);
  /// Where the key is, or would go. REQUIRES: a table that is not empty.
  std::size_t slot_of(const state_key& key) const;
  void grow();

  std::size_t capacity_;
  std::size_t summary_bytes_ = 0;
  std::size_t used_ = 0;
  bool closed_ = false;
  std::vector<entry> table_;  ///< open addressing; its size is a power of two
  std::vector<access> accesses_;
  std::unordered_map<access, std::uint32_t, access_hash> numbers_;
  std::vector<const summary*> summaries_;
  std::unordered_map<summary, std::uint32_t, summary_hash> interned_;
};

}  // namespace checker::explore
