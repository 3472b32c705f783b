// SPDX-License-Identifier: GPL-2.0-only
// How executions end before their threads have: given up, in a violation, where nobody can go on,
// and where all go on for ever.
#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/sanitizer.hpp"

namespace checker {
namespace {

/// Below a fiber's first frame; a little less than Relacy gives it.
constexpr std::size_t left_stack_bytes = 60 * 1024;

}  // namespace

void execution::give_up(outcome how) {
  outcome_ = how;
  path_over_ = true;
  if (switching_) return;
  abandoned_ = true;
  next_ = first_not_left();
}

void execution::leave_fiber() {
  in_code_ = false;
  leave_frames(state(current_).stack_base, left_stack_bytes);
  _longjmp(state(current_).base, 1);
}

void execution::set_violation(std::string kind, std::string message) {
  violation_.emplace();
  violation_->kind = std::move(kind);
  violation_->message = std::move(message);
  violation_->thread = at_end_ ? -1 : current_;
  if (!recorder_.enabled()) return;
  violation_->step = at_end_ ? -1 : static_cast<int>(recorder_.size()) - 1;
  for (int i = 0; i < thread_count_; ++i) {
    for (auto& held : record_held(i)) violation_->held.push_back(std::move(held));
  }
}

void execution::violate(std::string kind, std::string message) {
  in_code_ = false;
  set_violation(std::move(kind), std::move(message));
  if (at_end_) {
    outcome_ = outcome::violated;
    leave_frames(end_stack_base_, left_stack_bytes / 2);
    _longjmp(end_base_, 1);
  }
  settle();
  end_violated();
}

/// The step under way is the last one.
void execution::end_violated() {
  if (step_open_) {
    step_open_ = false;
    if (recorder_.enabled()) recorder_.last()->touched = touched_;
    strategy_->executed(last_ran_, touched_, held_before_);
  }
  atomic_depth_ = ghost_depth_ = 0;
  give_up(outcome::violated);
  if (switching_) to_director();
  leave_fiber();
}

void execution::violate_from_signal(const char* kind, const char* message) {
  violate(kind, message);
}

// ---- Rules that hold anywhere -------------------------------------------------------------------

const std::string& execution::thread_name() const {
  static const std::string nobody = "the final check";
  return current_ < 0 || at_end_ ? nobody : specs_[static_cast<std::size_t>(current_)].name;
}

void execution::require_memory(const void* address, std::size_t size, const char* does) {
  const auto offset = reinterpret_cast<std::uintptr_t>(address) - arena_base;
  if (offset < initial_.size() && size <= initial_.size() - offset) return;
  const auto value = reinterpret_cast<std::uintptr_t>(address);
  violate("crash",
          value < 4096
              ? fmt::format("null pointer dereference: {} {} {:#x}", thread_name(), does, value)
              : fmt::format("{} {} {:#x}, {} bytes that the scenario did not allocate",
                            thread_name(), does, value, size));
}

/// Atomic blocks and ghost code must end where they were begun.
void execution::check_blocks_ended(const char* where, int atomic_depth, int ghost_depth) {
  if (atomic_depth_ == atomic_depth && ghost_depth_ == ghost_depth) return;
  const bool atomic = atomic_depth_ != atomic_depth;
  const bool open = atomic ? atomic_depth_ > atomic_depth : ghost_depth_ > ghost_depth;
  violate("checker-misuse",
          fmt::format("{} left with {} {}", where, atomic ? "an atomic block" : "ghost code",
                      open ? "not ended" : "ended more often than begun"));
}

// ---- In no thread's step ------------------------------------------------------------------------

/// Who waits for what, of all threads that are left; adds it to the message.
std::vector<raw_wait> execution::describe_waits(std::string& message) {
  std::vector<raw_wait> waits;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    if (thread.finished || can_run(thread.next)) continue;
    waits.push_back(describe_wait(i));
    message += fmt::format(" {} waits for {};", specs_[static_cast<std::size_t>(i)].name,
                           waits.back().wait.lock);
  }
  if (!waits.empty()) message.pop_back();
  return waits;
}

void execution::stuck() {
  note_blocked();
  std::string message = "no thread can run:";
  auto waits = describe_waits(message);
  set_violation("deadlock", std::move(message));
  violation_->thread = -1;
  violation_->step = -1;
  violation_->waits = std::move(waits);
  give_up(outcome::stuck);
}

/// The execution stands where `round` began.
void execution::livelocked(const endless_round& round) {
  std::string who;
  for (int i = 0; i < thread_count_; ++i) {
    if ((round.threads >> i & 1) == 0) continue;
    if (!who.empty()) who += (round.threads >> (i + 1)) == 0 ? " and " : ", ";
    who += specs_[static_cast<std::size_t>(i)].name;
  }
  const bool one = (round.threads & (round.threads - 1)) == 0;
  std::string message =
      fmt::format("{} {} round for ever: after {} step{} everything is as it was before", who,
                  one ? "goes" : "go", round.steps, round.steps == 1 ? "" : "s");
  std::string others = ";";
  auto waits = describe_waits(others);
  if (!waits.empty()) message += others;
  set_violation("livelock", std::move(message));
  violation_->thread = -1;
  violation_->step = -1;
  violation_->waits = std::move(waits);
  give_up(outcome::violated);
}

}  // namespace checker
