// SPDX-License-Identifier: GPL-2.0-only
// Source-set dynamic partial-order reduction with sleep sets, and a cache of states.
//
// The idea. Two executions that differ only in the order of independent steps (footprint.hpp) are
// equivalent; one of each class is enough. The search runs one execution, and wherever two of its
// steps race (dependent, concurrent, adjacent in happens-before) it notes at the earlier one that
// another thread should go first there: a backtrack point. Sleep sets keep it from entering a class
// twice. (Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction", POPL 2014:
// source sets, without wakeup trees.)
//
// Footprints depend on the state. What a step touches may depend on what ran before it (an atomic
// block that branches, a compare-exchange), unlike in the paper, where a step's operation is fixed
// once its thread stands before it. So a sleeping thread stands for the executions that begin with
// its step only as long as the step touches what it touched where it was explored; see reverse().
//
// Blocking steps. A lock is never acquired while held, so a release and the acquire after it don't
// race; the two acquires do. An acquire is therefore compared with the earlier *acquires*, before
// the clock of the last release is merged. A thread still blocked at the end of a stuck execution
// counts as if its step had come last.
//
// The cache. Below a state that was left completely explored everything repeats, so the execution
// is given up there; what was touched below (its summary) is compared with the steps on the stack,
// as if it had been executed, so that no backtrack point is lost. What happens-before relates in
// the summary is unknown, so more backtrack points than needed may be added, never fewer. A state
// counts as explored only for the sleep sets it was explored under, or larger ones. Summaries keep
// the locks held at each access: a step on the stack and an access below that exclude each other by
// a common lock are ordered by that lock, whatever else happened, and are no race; their acquires
// are, and are in the summary too.
//
// Choices (choose()) are local to a thread: they branch the tree but race with nothing. Most fall
// between two steps. One in the middle of a step, for the store that a load sees, may change what
// the rest of the step touches: races are looked for with each value, and a sleeping thread's step
// stands for all of them.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "checker/explore/state_cache.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/footprint.hpp"
#include "checker/intercept/shared_array.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class dpor final : public strategy {
 public:
  static constexpr int max_threads = 8;

  /// `cache_bytes` 0 searches without a cache.
  explicit dpor(std::size_t cache_bytes);
  /// Stores no more than 3,072 states, and does not search again below those that `graph` has left
  /// completely explored. REQUIRES: graph.closed() was called, and nobody is at work on it.
  explicit dpor(state_graph& graph);

  bool wants_keys() const override { return cache_.enabled(); }
  void begin_execution() override;
  bool goes_back() const override { return true; }
  int common_picks() const override { return common_; }
  void resume_execution(int picks) override;
  int pick(const moment& now) override;
  void executed(int thread, footprint touched, const lockset& held) override;
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

  std::uint64_t sleep_blocked() const { return sleep_blocked_; }
  std::uint64_t cache_hits() const { return cache_hits_; }
  const state_cache& cache() const { return cache_; }
  bool diverged() const override { return diverged_; }

 private:
  using clock = std::array<std::uint32_t, max_threads>;

  struct range {
    std::uint32_t begin = 0, end = 0;
  };

  /// A decision and the step it led to. Steps are numbered from 1; number n is nodes_[n - 1].
  struct node {
    int thread = -1;
    thread_set enabled = 0;
    thread_set backtrack = 0;              ///< to be explored, or explored
    thread_set done = 0;                   ///< explored completely
    thread_set sleep = 0;                  ///< need not be explored
    bool analysed = false;                 ///< its step's races have been looked at
    range touched;                         ///< in items_
    std::uint32_t changes_begin = 0;       ///< what its step added to changes_
    std::uint32_t items_begin = 0;         ///< what this node added to items_
    lockset held;                          ///< before its step
    std::uint32_t slept_begin = 0;         ///< what this node added to slept_items_
    std::array<range, max_threads> slept;  ///< in slept_items_, of threads in sleep
    clock when{};                          ///< what happens before the step, and itself
    state_key key;
  };

  struct choice_point {
    std::uint32_t depth;  ///< nodes on the stack when it was made
    unsigned value, alternatives;
    bool in_step;
  };

  /// Who touched a word last, as step numbers; 0 is nobody.
  struct word_history {
    std::uint64_t epoch = 0;
    std::uint32_t write = 0;
    std::uint32_t acquire = 0;  ///< last exclusive acquire
    std::array<std::uint32_t, max_threads> read{}, shared{}, shared_acquire{};
  };

  /// Of a member of a word_history, by a step.
  struct change {
    std::uint32_t* member;
    std::uint32_t before;
  };

  struct race_candidate {
    std::uint32_t race;  ///< the step to reverse with
    std::uint32_t join;  ///< the step that happens before; for a lock, its release

    bool by_lock() const { return race != join; }
  };

  word_history& history(std::uint32_t word);
  footprint touched(const node& at) const {
    return {items_.data() + at.touched.begin, at.touched.end - at.touched.begin};
  }
  footprint slept(const node& at, int thread) const {
    const auto& where = at.slept[static_cast<std::size_t>(thread)];
    return {slept_items_.data() + where.begin, where.end - where.begin};
  }

  bool enter(const moment& now);
  const state_cache::summary* known_to_graph(const moment& now);
  void inherit_sleep(node& fresh);
  void collect_candidates(footprint_item item, bool blocked = false);
  clock analyse(int thread, footprint items, std::uint32_t steps_before, bool blocked = false);
  void reverse(std::uint32_t earlier, int thread, footprint items, const clock& when,
               std::uint32_t steps_before);
  static void add_backtrack(node& at, int thread);
  void reverse_wait(int thread, std::uint32_t word, const lockset& held);
  void remember(int thread, std::uint32_t step, footprint items);
  void set(std::uint32_t& member, std::uint32_t step) {
    changes_.push_back({&member, member});
    member = step;
  }
  void replay_summary(const state_cache::summary& below);
  bool backtrack();
  bool next_choice();
  void finish_branch(node& at);
  void pop_node();
  state_cache::summary& summary_of_top() { return summaries_[nodes_.size() - 1]; }

  std::vector<node> nodes_;
  std::vector<choice_point> choices_;
  std::vector<footprint_item> items_, slept_items_;
  std::size_t threads_ = max_threads;
  std::size_t depth_ = 0;         ///< nodes entered in this execution
  std::size_t choices_seen_ = 0;  ///< choices made in this execution
  std::array<clock, max_threads> clocks_{};
  shared_array<word_history> words_;  ///< shared with nobody: most of it is never touched
  std::uint64_t epoch_ = 0;
  std::vector<change> changes_;  ///< to words_, in this execution
  std::uint64_t ended_ = 0;      ///< executions
  int common_ = -1;              ///< picks that the next execution has in common with this one
  std::vector<race_candidate> candidates_;

  state_cache cache_;
  std::vector<state_cache::summary> summaries_;  ///< at a node's depth: below it, so far
  state_graph* graph_ = nullptr;
  std::vector<bool> complete_;  ///< by the graph's node
  std::unordered_map<access_sets::set_number, state_cache::summary> graph_summaries_;
  std::uint64_t sleep_blocked_ = 0, cache_hits_ = 0;
  bool diverged_ = false;
};

}  // namespace checker::explore
