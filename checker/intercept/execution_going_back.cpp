// SPDX-License-Identifier: GPL-2.0-only
// Goes back to an earlier decision of an execution instead of running it again from its start.
//
// Once all threads stand before their first step, they switch among themselves (stack_switch.hpp).
// Before each step, what it may change is kept: the stack and the state of its thread; the words of
// the arena follow as they are stored to. Where a path ends, the director, on a stack of its own,
// asks the search how much the next one has in common with it, takes back the steps after that and
// goes on from there. In the end every thread is shown to Relacy where it can take it up, and
// leaves.
#include <cstdlib>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/stack_switch.hpp"

namespace checker {
namespace {

constexpr std::size_t director_stack_bytes = std::size_t{1} << 20;

}  // namespace

/// The thread stands before its next step, or is finished: lets the search decide who runs. Returns
/// when it is this thread's turn, or when it is to leave.
void execution::hand_over(int me) {
  if (!can_go_back_) {
    if (starting_ < thread_count_) {
      next_ = starting_++;
    } else {
      decide();
    }
    if (next_ != me) relacy::switch_thread();
    current_ = me;
    return;
  }
  const auto away = [](void* self) { static_cast<execution*>(self)->pass_on(); };
  checker_suspend_stack(&state(me).resume_at, away, this);
  // Relacy believes that the thread started last is running: that one leaves first.
  if (abandoned_ && switching_ && me != thread_count_ - 1) {
    relacy::park(
        me, [](void* self) { static_cast<execution*>(self)->to_director(); }, this);
  }
  current_ = me;
}

/// Below the suspended part of a thread's stack.
void execution::pass_on() {
  if (starting_ < thread_count_) {
    next_ = starting_++;
    relacy::switch_thread();
    return;
  }
  switching_ = true;
  decide_or_end();
  if (path_over_) to_director();
  if (next_ != current_) checker_resume_stack(state(next_).resume_at);
}

void execution::decide_or_end() {
  if (first_unfinished() >= 0) {
    decide();
  } else {
    give_up(outcome::complete);
  }
}

// ---- Keeping -----------------------------------------------------------------------------------

/// Before a step of the thread.
void execution::keep_for_going_back(int thread) {
  marks_.push_back({memory_hash_, last_ran_, step_count_, steps_alone_, loop_sample_at_,
                    loop_sample_, decisions_raw_.size(), choice_labels_.size()});
  snapshots_.mark();
  keep_state(thread);
  auto* const from = static_cast<char*>(state(thread).resume_at);
  snapshots_.bytes_change(from, static_cast<std::size_t>(state(thread).stack_base - from));
  if (!outside_.empty()) snapshots_.bytes_change(outside_.data(), outside_.size());
}

void execution::keep_state(int thread) {
  auto& kept = state(thread);
  const auto keep = [this](auto* first, int count) {
    snapshots_.bytes_change(first, static_cast<std::size_t>(count) * sizeof *first);
  };
  keep(static_cast<thread_core*>(&kept), 1);
  keep(kept.held.data(), kept.held_count);
  keep(kept.calls.data(), kept.call_depth);
}

/// To before step `step`, counted from 0.
void execution::go_back(std::size_t step) {
  snapshots_.take_back(step);
  const auto& then = marks_[step];
  memory_hash_ = then.memory_hash;
  last_ran_ = then.last_ran;
  step_count_ = then.steps;
  steps_alone_ = then.steps_alone;
  loop_sample_at_ = then.loop_sample_at;
  loop_sample_ = then.loop_sample;
  decisions_raw_.resize(then.decisions);
  choice_labels_.resize(then.choices);
  marks_.resize(step);
  open_writes_.clear();
  stored_words_.clear();
  blocked_.clear();
  violation_.reset();
  step_open_ = path_over_ = at_loop_head_ = false;
  atomic_depth_ = ghost_depth_ = muted_ = 0;
  last_store_ = {};
  outcome_ = outcome::complete;
}

// ---- The director ------------------------------------------------------------------------------

void execution::to_director() {
  if (director_stack_ == nullptr) {
    director_stack_ = std::make_unique_for_overwrite<char[]>(director_stack_bytes);
  }
  const auto end = reinterpret_cast<std::uintptr_t>(director_stack_.get()) + director_stack_bytes;
  checker_start_stack(
      reinterpret_cast<void*>(end / 16 * 16),
      [](void* self) { static_cast<execution*>(self)->direct(); }, this);
}

void execution::direct() {
  while (!abandoned_) {
    search_over_ = finish_path();
    const int common = search_over_ ? -1 : strategy_->common_picks();
    if (common < 0 || static_cast<std::size_t>(common) >= marks_.size()) {
      abandoned_ = true;
      leaving_ = 0;
      // A thread that broke a rule did not stop where it could be resumed.
      if (!marks_.empty()) snapshots_.take_back(marks_.size() - 1);
      break;
    }
    go_back(static_cast<std::size_t>(common));
    strategy_->resume_execution(common);
    decide_or_end();
    if (!path_over_) checker_resume_stack(state(next_).resume_at);
  }
  leave_next();
}

/// Threads go where Relacy can take them up, one after the other; the last one leaves at once.
void execution::leave_next() {
  while (leaving_ < thread_count_ - 1 && state(leaving_).left) ++leaving_;
  if (state(leaving_).left) std::abort();  // the thread started last can't have
  checker_resume_stack(state(leaving_++).resume_at);
}

}  // namespace checker
