// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "checker/coverage/marks.hpp"
#include "checker/intercept/hash.hpp"
#include "checker/intercept/sanitizer.hpp"
#include "checker/intercept/stack_paint.hpp"
#include "checker/intercept/stack_switch.hpp"
#include "checker/intercept/watch.hpp"

namespace checker {

execution::execution(program& subject, data_race_policy races, std::uint64_t max_steps,
                     bool bit_locks_order, std::shared_ptr<lock_numbers> numbers,
                     memory_model model)
    : subject_(subject),
      specs_(subject.threads()),
      thread_count_(static_cast<int>(specs_.size())),
      max_steps_(max_steps),
      bit_locks_order_(bit_locks_order),
      watched_(watched_words()),
      threads_(std::make_unique<std::array<thread_state, max_threads>>()),
      stamp_(footprint_words, 0),
      lock_numbers_(std::move(numbers)),
      race_policy_(races),
      coverage_(specs_) {
  outside_ = subject.outside_arena();
  std::iota(leader_.begin(), leader_.end(), 0);
  if (lock_numbers_ == nullptr) lock_numbers_ = std::make_shared<lock_numbers>(arena_words);
  if (specs_.empty() || specs_.size() > std::size_t{max_threads}) {
    throw std::invalid_argument(fmt::format("the scenario has {} threads; 1 to {} are possible",
                                            specs_.size(), max_threads));
  }
  if (model == memory_model::c11) weak_ = relacy::make_weak_memory(thread_count_);
  const std::size_t bytes = (arena_used() + 7) / 8 * 8;
  const auto* const begin = reinterpret_cast<const unsigned char*>(arena_base);
  initial_.assign(begin, begin + bytes);
  for (std::uint32_t word = 0; word < bytes / 8; ++word) {
    initial_hash_ ^= word_hash(word, load_word(word));
  }
}

execution::~execution() = default;

void execution::explore(strategy& search, std::function<bool(outcome)> after_each) {
  strategy_ = &search;
  wants_keys_ = search.wants_keys();
  makes_blocks_ = search.makes_blocks();
  after_each_ = std::move(after_each);
  constants_protect(true);
  running = this;
  relacy::simulate(*this, thread_count_);
  running = nullptr;
  constants_protect(false);
  restore_initial_world();
}

void execution::restore_initial_world() {
  if (initial_.empty()) return;  // the scenario allocated nothing
  std::memcpy(reinterpret_cast<void*>(arena_base), initial_.data(), initial_.size());
}

coverage execution::reached() const {
  coverage reached = coverage_.summary(order_);
  reached.marks.resize(marks::count(), 0);
  marks::collect(reached.marks);
  return reached;
}

// ---- One execution -----------------------------------------------------------------------------

int execution::begin_execution() {
  restore_initial_world();
  memory_hash_ = initial_hash_;
  for (int i = 0; i < thread_count_; ++i) {
    auto& thread = state(i);
    thread.next = {};
    thread.held_hash = 0;
    thread.held_set = {};
    thread.finished = false;
    thread.held_count = 0;
    thread.no_sleep_depth = 0;
    thread.call_depth = 0;
    thread.hidden_calls = 0;
    thread.left = false;
  }
  // What a weak memory model remembers is not taken back.
  can_go_back_ = can_switch_stacks() && strategy_->goes_back() && !recorder_.enabled() && !weak_;
  // Paths that begin in the middle of another one may be those that are checked.
  hashing_ = wants_keys_ || can_go_back_ || checks_for_unseen();
  switching_ = path_over_ = search_over_ = false;
  snapshots_.clear();
  marks_.clear();
  current_ = last_ran_ = -1;
  steps_alone_ = loop_sample_at_ = 0;
  step_open_ = abandoned_ = at_end_ = at_loop_head_ = false;
  last_store_ = {};
  atomic_depth_ = ghost_depth_ = muted_ = 0;
  if (weak_) weak_->begin_execution();
  open_writes_.clear();
  stored_words_.clear();
  step_count_ = 0;
  outcome_ = outcome::complete;
  violation_.reset();
  blocked_.clear();
  decisions_raw_.clear();
  choice_labels_.clear();
  recorder_.clear();
  strategy_->begin_execution();
  starting_ = 1;
  return 0;
}

void execution::run_thread(int thread) {
  current_ = thread;
  auto& me = state(thread);
  me.stack_base = static_cast<const char*>(__builtin_frame_address(0));
  if (!abandoned_ && _setjmp(me.base) == 0) {
    stack_paint::below([this, thread] { run_operations(thread); });
  }
  in_code_ = false;
  finish_thread(current_);
}

void execution::run_operations(int thread) {
  auto& me = state(thread);
  const auto& operations = specs_[static_cast<std::size_t>(thread)].operations;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    me.operation = static_cast<int>(i);
    coverage_.began(thread, i);
    forget_locals(0);
    if (recording()) record_marker(trace::step_kind::begin);
    in_code_ = true;
    stack_paint::renew();
    operations[i].call();
    in_code_ = false;
    settle();
    check_blocks_ended("an operation", 0, 0);
    if (!step_open_) {
      // No step since the operation began, or since a choice: the hook needs one to belong to.
      atomic_begin("end of operation", 0);
      atomic_end();
    }
    run_watch_hooks();
    run_hook([&] { subject_.on_operation_end(thread, static_cast<int>(i)); });
    check_nothing_held("an operation returned");
    coverage_.returned(thread, i);
    if (recording()) record_marker(trace::step_kind::end);
  }
  settle();
  finish_step();
}

void execution::finish_thread(int thread) {
  auto& me = state(thread);
  me.finished = true;
  me.next = {};
  me.local_hash[0] = me.local_hash[1] = ~std::uint64_t{0};
  if (starting_ < thread_count_) {
    next_ = starting_++;
  } else if (!abandoned_ && can_go_back_) {
    hand_over(thread);
  } else if (!abandoned_ && first_unfinished() >= 0) {
    decide();
  }
  me.left = true;
  if (abandoned_) next_ = first_not_left();
}

bool execution::end_execution() { return switching_ ? search_over_ : finish_path(); }

/// The decisions have led to an end. True if the search is over.
bool execution::finish_path() {
  if (outcome_ == outcome::complete) {
    check_nothing_unseen();
    at_end_ = true;
    end_stack_base_ = static_cast<const char*>(__builtin_frame_address(0));
    if (_setjmp(end_base_) == 0) {
      in_code_ = true;
      subject_.at_end();
    }
    in_code_ = false;
    at_end_ = false;
  }
  if (outcome_ != outcome::given_up) ++counters_.executions;
  counters_.depth = std::max(counters_.depth, step_count_);
  const bool over = strategy_->end_execution(outcome_, blocked_);
  return after_each_(outcome_) || over;
}

/// Every so often, with any search, and in each replay.
bool execution::checks_for_unseen() const {
  constexpr std::uint64_t every = 256;
  return strategy_->is_replay() || counters_.executions % every == 0;
}

/// What was seen of the stores, word by word, must be what is in the arena. A store that went by
/// unseen would be a step that is never interleaved and a state taken for another.
void execution::check_nothing_unseen() {
  if (!checks_for_unseen()) return;
  state_key actual;
  for (std::uint32_t word = 0; word < initial_.size() / 8; ++word) {
    actual ^= word_hash(word, load_word(word));
  }
  if (actual == memory_hash_) return;
  set_violation("unseen-store",
                "the arena changed without an announced store: some code that writes "
                "to it is not instrumented");
  outcome_ = outcome::violated;
}

int execution::first_unfinished() const {
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).finished) return i;
  }
  return -1;
}

int execution::first_not_left() const {
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).left) return i;
  }
  return -1;
}

// ---- The call stack -----------------------------------------------------------------------------

void execution::enter_function(std::uintptr_t caller) {
  if (current_ < 0 || at_end_) return;
  auto& me = state(current_);
  const auto* const here = static_cast<const char*>(__builtin_frame_address(0));
  const bool too_deep = me.call_depth >= max_call_depth;
  if (too_deep || me.stack_base - here > static_cast<std::ptrdiff_t>(max_stack_bytes)) {
    violate("crash", "runaway recursion: the call stack of the thread is used up");
  }
  me.calls[static_cast<std::size_t>(me.call_depth++)] = caller;
}

void execution::leave_function() {
  if (current_ < 0 || at_end_) return;
  auto& me = state(current_);
  if (me.call_depth > 0) --me.call_depth;
  if (me.call_depth < me.hidden_calls) me.hidden_calls = 0;
}

void execution::hide_callers() {
  if (current_ >= 0 && !at_end_) state(current_).hidden_calls = state(current_).call_depth;
}

}  // namespace checker
