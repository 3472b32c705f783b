// SPDX-License-Identifier: GPL-2.0-only
// Sets of accesses, numbered: what a step touched, and what may be touched from a state on.
//
// Accesses and sets are kept in memory that forked processes share and are never changed once they
// are there, so a number means the same everywhere. Each process has an index of its own.
//
// An access is quiet while no access that is known races with it, as the earlier of the two, and it
// was in no step with one that is not quiet. A search may rely on that: what else could run before
// it makes no difference. Should an access turn out not to be quiet after all, what was explored
// until then is good for nothing (broken()), and the search starts over with what was learned.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "checker/explore/memo_table.hpp"
#include "checker/explore/number_index.hpp"
#include "checker/explore/shared_lock.hpp"
#include "checker/intercept/footprint.hpp"
#include "checker/intercept/shared_array.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

/// One word touched by a thread, under locks.
struct thread_access {
  lockset held;  ///< before the step
  footprint_item item;
  std::int32_t thread = 0;

  bool operator==(const thread_access&) const = default;
};

/// What one search learned about an access for the next one.
struct learned_access {
  thread_access access;
  bool quiet;
};

/// True if the order of two steps matters of which the first one, which comes earlier, contains
/// `earlier`, and the second one `later`; i.e. if the thread of the later one has to be given the
/// chance to go first. Accesses that a common lock keeps apart are none of these: their locks'
/// acquires are. `holders_release`: no lock is released by another thread than its holder.
bool race(const thread_access& earlier, const thread_access& later, bool holders_release);

class access_sets {
 public:
  using set_number = std::uint32_t;
  static constexpr set_number empty = 0;
  /// What could not be kept, as there was no room (full()): it may be anything, races with all.
  static constexpr set_number anything = ~set_number{0};

  /// `max_bytes` for all sets together. `holders_release`: see race(). `merged`: sets of threads
  /// one of which may stand for another; what one of them does, all may. Throws std::system_error.
  access_sets(std::size_t max_bytes, bool holders_release, std::vector<thread_set> merged = {});

  /// What a step touched. Empty footprints have the empty set.
  set_number of_step(int thread, footprint touched, const lockset& held);
  set_number unite(set_number a, set_number b);
  /// unite(outer, inner) is `outer`.
  bool covers(set_number outer, set_number inner) const {
    if (outer == inner || inner == empty || outer == anything) return true;
    return inner != anything && includes(outer, inner);
  }
  /// The same accesses by other threads: each by the one at its place in `to`.
  set_number renamed(set_number set, thread_order to);
  /// Threads with an access in `later` that races with one in `earlier` of another thread.
  thread_set racing(set_number earlier, set_number later);

  /// The thread's coming step will touch these words, and is to be explored alone if it is quiet.
  /// True if it is, by now; then keep_to_it() must be asked once the step has run.
  bool rely_on(int thread, footprint next, const lockset& held);
  /// Whether the words would be relied on, as far as this process knows. Changes nothing.
  bool seems_quiet(int thread, footprint next, const lockset& held) const;
  /// What a step that was relied on did touch. Hooks may have added to it.
  void keep_to_it(set_number touched);
  /// Brings what was learned up to date, when all has been explored. Then broken() is final, and
  /// which accesses are quiet does not depend on the order of exploration.
  void settle_reliance();
  /// Something was relied on that is not so.
  bool broken() const { return shared_->broken.load(); }
  std::vector<learned_access> learned() const;
  /// REQUIRES: nothing was added, here or in another process.
  void learn(const std::vector<learned_access>& from);

  /// Calls `visit(access)` for each access of the set.
  template <typename Visitor>
  void for_each(set_number set, Visitor visit) const {
    const auto& where = places_[set];
    for (std::uint32_t i = 0; i < where.length; ++i) {
      for (std::uint64_t rest = words_[where.begin + i]; rest != 0; rest &= rest - 1) {
        visit(accesses_[i * 64 + static_cast<std::uint32_t>(__builtin_ctzll(rest))]);
      }
    }
  }
  /// How many pairs of accesses race.
  unsigned count_races(set_number earlier, set_number later) const;

  /// The memory behind the sets, for checkpoints.
  std::vector<std::span<char>> sections() const;
  /// How many there are of everything in sections().
  struct sizes {
    std::uint32_t accesses, sets;
    std::uint64_t words;
  };
  sizes size() const { return {shared_->accesses, shared_->sets, shared_->words}; }
  /// Makes room for what is then put into sections(). False if that is more than there is room for.
  /// REQUIRES: nothing was added, here or in another process. Call loaded() then.
  bool resize(const sizes& to);
  void loaded();

  /// To be called by each process that was forked to work on them.
  void joined();

  std::size_t bytes() const;
  /// No room is left for further sets: they are `anything`.
  bool full() const { return shared_->full.load(std::memory_order_relaxed); }
  /// A process that may have held the lock is gone.
  void release_lock_of(int process) { shared_->lock.release_for(process); }
  /// It may have added an access, and not yet what others may do in its place. REQUIRES: no other
  /// process is at work.
  void complete_copies();

 private:
  /// What all processes share, beside the arrays. What changes often has a cache line of its own.
  struct shared_counts {
    shared_lock lock;
    std::atomic<std::uint32_t> sets;
    std::atomic<std::uint64_t> words;
    alignas(64) std::atomic<std::uint32_t> accesses;
    std::atomic<bool> full, broken;
    std::atomic<bool> relies;  ///< on an access being quiet
  };
  /// Of an access. Each is set once and stays.
  struct reliance {
    std::atomic<bool> noisy;   ///< not quiet
    std::atomic<bool> relied;  ///< it was taken to be quiet
  };
  struct place {
    std::uint32_t begin;        ///< in words_
    std::uint32_t length : 31;  ///< words
    std::uint32_t is_step : 1;  ///< of some step, beside what else it may be
  };
  struct key_hash {
    std::size_t operator()(const state_key& key) const { return key.low; }
  };

  using bits = std::vector<std::uint64_t>;

  struct rivals {
    struct of_thread {
      std::int32_t thread;
      bits members;
    };
    std::uint32_t of_accesses = 0;  ///< so many were known when this was made
    std::vector<of_thread> threads;
  };

  std::uint32_t number_of(const thread_access& access);
  std::uint32_t add(const thread_access& access);
  bool add_copies(const thread_access& access);
  std::uint32_t add_alone(const thread_access& access);
  std::vector<std::uint32_t> known_copies(const thread_access& access) const;
  set_number intern(const bits& members);
  set_number find(std::uint64_t hash, const bits& members) const;
  std::uint64_t hash_of_set(set_number set) const;
  /// Takes up what other processes have added: all of it, if the lock is held.
  void catch_up();
  bool includes(set_number outer, set_number inner) const;
  const rivals& rivals_of(set_number step);
  bool contains(set_number set, std::uint32_t access) const;
  bool find_noise(std::uint32_t number);
  void make_noisy(std::uint32_t number);
  bool rely(std::uint32_t number);
  bool spread_noise(set_number step);

  bool holders_release_;
  std::vector<thread_set> merged_;
  shared_array<shared_counts> counts_;
  shared_counts* shared_;
  shared_array<thread_access> accesses_;
  shared_array<reliance> reliance_;  ///< by access
  shared_array<place> places_;
  shared_array<std::uint64_t> words_;

  // This process's own.
  std::uint32_t indexed_accesses_ = 0, indexed_sets_ = 0;
  std::unordered_map<state_key, std::uint32_t, key_hash> access_numbers_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> accesses_of_word_;
  number_index set_numbers_;
  std::unordered_map<state_key, set_number, key_hash> steps_;
  memo_table unions_, numbers_;
  std::vector<rivals> rivals_;  ///< by set, of those that were steps
  std::unordered_map<state_key, set_number, key_hash> renamed_;
  std::vector<bool> kept_;  ///< by set: all of it is relied on
};

}  // namespace checker::explore
