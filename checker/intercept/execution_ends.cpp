// SPDX-License-Identifier: GPL-2.0-only
// Executions that end in no thread's step: nobody can go on, or all go on for ever.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "checker/intercept/execution.hpp"

namespace checker {

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
