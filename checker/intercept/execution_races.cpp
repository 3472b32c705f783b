// SPDX-License-Identifier: GPL-2.0-only
// Data races: two threads stand before conflicting accesses.
#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "checker/intercept/execution.hpp"

namespace checker {

/// Whether the access, done now, would write.
bool execution::writes_now(const announced_step& next) {
  if (!next.conditional) return next.writes;
  std::uint64_t value = 0;
  std::memcpy(&value, next.address, next.size);
  return value == next.value;
}

void execution::check_data_races() {
  const auto& mine = state(current_).next;
  for (int other = 0; other < thread_count_; ++other) {
    const auto& theirs = state(other).next;
    if (other == current_ || state(other).finished || theirs.type != step_type::access) continue;
    if ((mine.marked && theirs.marked) || !(writes_now(mine) || writes_now(theirs))) continue;
    const auto apart =
        static_cast<const char*>(mine.address) - static_cast<const char*>(theirs.address);
    if (apart >= static_cast<std::ptrdiff_t>(theirs.size) ||
        -apart >= static_cast<std::ptrdiff_t>(mine.size)) {
      continue;
    }
    if (race_policy_ == data_race_policy::report && races_.knows(mine.pc, theirs.pc)) continue;
    auto a = pending_access(current_);
    auto b = pending_access(other);
    if (!is_data_race(a, b)) continue;
    races_.add(std::move(a), std::move(b));
    if (race_policy_ == data_race_policy::fail) race_violation(other);
  }
}

void execution::race_violation(int other) {
  const auto place = place_text(state(current_).next.address);
  std::vector<int> both;
  const int mine = static_cast<int>(recorder_.size()) - 1;
  if (recorder_.enabled()) {
    recorder_.last()->touched = touched_;
    both = {mine, record_pending(other)};
  }
  in_code_ = false;
  set_violation("data-race",
                fmt::format("{} and {} access {} at the same time, one of them plainly",
                            specs_[static_cast<std::size_t>(other)].name,
                            specs_[static_cast<std::size_t>(current_)].name, place));
  violation_->conflicting_steps = std::move(both);
  if (recorder_.enabled()) violation_->step = mine;
  end_violated();
}

racing_access execution::pending_access(int thread) const {
  const auto& next = state(thread).next;
  racing_access access;
  access.thread = thread;
  access.operation = state(thread).operation;
  access.reads = next.reads;
  access.writes = next.writes;
  access.marked = next.marked;
  access.address = next.address;
  access.size = static_cast<int>(next.size);
  access.stack = stack_of(thread, next.pc);
  if (access.stack.empty()) access.stack.push_back(next.pc);
  return access;
}

}  // namespace checker
