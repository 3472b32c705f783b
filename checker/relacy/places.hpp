// SPDX-License-Identifier: GPL-2.0-only
// The places that were stored to in the execution under way, and the histories of their stores that
// Relacy works on. What a place is: weak_memory.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "checker/relacy/include_relacy.hpp"

namespace checker::relacy {

/// Of a place: as many as Relacy keeps.
inline constexpr unsigned kept_stores = rl::atomic_history_size;

struct byte_range {
  std::uintptr_t begin, end;

  bool overlaps(const byte_range& other) const { return begin < other.end && other.begin < end; }
  bool contains(const byte_range& other) const { return begin <= other.begin && other.end <= end; }
  bool operator==(const byte_range&) const = default;
};

inline std::uint64_t value_at(const byte_range& where) {
  std::uint64_t value = 0;
  std::memcpy(&value, reinterpret_cast<const void*>(where.begin), where.end - where.begin);
  return value;
}

template <int Threads>
class places {
 public:
  using clock = std::array<rl::timestamp_t, Threads>;
  using history = rl::atomic_data_impl<Threads>;
  using record = typename history::history_record;

  /// One place.
  struct cell {
    byte_range where{};
    history stores;
    std::array<std::uint64_t, kept_stores> values{};  ///< of the stores' records
    std::array<int, Threads> stale{};                 ///< reads of older stores in a row, by thread

    record& newest() { return stores.history_[stores.current_index_ % kept_stores]; }
  };

  /// What hangs on a word in this execution.
  struct word_state {
    std::uint64_t epoch = 0;
    std::vector<cell*> cells;
    clock readers{}, writers{};  ///< of a lock: what its releases published
  };

  /// An execution begins: nothing was stored to.
  void clear() {
    ++epoch_;
    cells_used_ = 0;
  }

  /// Of the word that the address lies in.
  word_state& word(std::uintptr_t address);
  std::vector<cell*> overlapping(const byte_range& where);
  /// The place that a store to `where`, inside one word, goes to. Where it is not inside of one
  /// that there is, it makes one of those it touches.
  cell& for_store(const byte_range& where);
  /// Everybody sees what is in memory there.
  void forget(const byte_range& where) {
    for (auto* const each : overlapping(where)) std::erase(word(each->where.begin).cells, each);
  }

  static void merge(rl::timestamp_t* into, const rl::timestamp_t* other) {
    for (int i = 0; i < Threads; ++i) into[i] = std::max(into[i], other[i]);
  }

 private:
  static void restart(cell& at, const byte_range& where);

  std::uint64_t epoch_ = 0;
  std::unordered_map<std::uintptr_t, word_state> words_;
  std::deque<cell> cells_;
  std::size_t cells_used_ = 0;
};

template <int Threads>
typename places<Threads>::word_state& places<Threads>::word(std::uintptr_t address) {
  auto& state = words_[address & ~std::uintptr_t{7}];
  if (state.epoch != epoch_) {
    state.epoch = epoch_;
    state.cells.clear();
    state.readers = state.writers = {};
  }
  return state;
}

template <int Threads>
std::vector<typename places<Threads>::cell*> places<Threads>::overlapping(const byte_range& where) {
  std::vector<cell*> found;
  for (auto at = where.begin & ~std::uintptr_t{7}; at < where.end; at += 8) {
    for (auto* const each : word(at).cells) {
      if (each->where.overlaps(where)) found.push_back(each);
    }
  }
  return found;
}

/// Makes the place's present value one that everybody sees.
template <int Threads>
void places<Threads>::restart(cell& at, const byte_range& where) {
  at.where = where;
  at.stale = {};
  at.values[0] = value_at(where);
  at.stores.current_index_ = 0;
  for (unsigned i = 1; i < kept_stores; ++i) at.stores.history_[i].busy_ = false;
  record& first = at.stores.history_[0];
  first.busy_ = true;
  first.seq_cst_ = false;
  first.thread_id_ = 0;
  first.acq_rel_timestamp_ = 0;
  std::fill(std::begin(first.acq_rel_order_), std::end(first.acq_rel_order_), 0);
  constexpr auto never = ~rl::timestamp_t{0};
  std::fill(std::begin(first.first_seen_order_), std::end(first.first_seen_order_), never);
}

template <int Threads>
typename places<Threads>::cell& places<Threads>::for_store(const byte_range& where) {
  const auto touched = overlapping(where);
  if (touched.size() == 1 && touched.front()->where.contains(where)) return *touched.front();
  if (cells_used_ == cells_.size()) cells_.emplace_back();
  cell& fresh = cells_[cells_used_++];
  auto all = where;
  clock published{};
  auto& cells = word(where.begin).cells;
  for (auto* const old : touched) {
    all = {std::min(all.begin, old->where.begin), std::max(all.end, old->where.end)};
    merge(published.data(), old->newest().acq_rel_order_);
    std::erase(cells, old);
  }
  restart(fresh, all);
  merge(fresh.newest().acq_rel_order_, published.data());
  cells.push_back(&fresh);
  return fresh;
}

}  // namespace checker::relacy
