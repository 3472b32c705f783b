// SPDX-License-Identifier: GPL-2.0-only
// Notes what executions reach, as they run: operations, choices, locks. What code they run is noted
// by the code itself (marks.hpp).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "checker/coverage/coverage.hpp"
#include "checker/intercept/api.h"
#include "checker/intercept/call_stack.hpp"
#include "checker/intercept/footprint.hpp"
#include "checker/run/scenario.hpp"

namespace checker {

class lock_order_log;

inline constexpr std::size_t max_coverage_threads = 8;

/// Grows only: nothing is taken back where an execution is given up, or continues from an earlier
/// state.
class coverage_log {
 public:
  explicit coverage_log(const std::vector<thread_spec>& threads);

  void began(int thread, std::size_t operation) { at(thread, operation).began = true; }
  void returned(int thread, std::size_t operation) { at(thread, operation).returned = true; }
  /// `calls`: the return addresses of the calls under way, outermost first.
  void chose(const char* label, unsigned alternatives, unsigned value,
             std::span<const std::uintptr_t> calls, std::uintptr_t pc);
  /// The thread takes the lock at `word` of the arena, holding `held` so far.
  void took(std::uint32_t word, std::uint32_t lock_class, checker_lock_mode mode, bool blocking,
            int thread, const lockset& held) {
    auto& use = use_of(word, lock_class);
    const auto bit = static_cast<std::uint8_t>(1U << thread);
    auto& always = use.always_held[static_cast<std::size_t>(thread)];
    use.users |= bit;
    if (mode == checker_lock_write) use.writers |= bit;
    if (blocking) use.blockers |= bit;
    always.shared &= held.shared | held.exclusive;
    always.exclusive &= held.exclusive;
  }
  void waits(std::uint32_t word, std::uint32_t lock_class, int thread) {
    use_of(word, lock_class).waiters |= static_cast<std::uint8_t>(1U << thread);
  }

  /// All of coverage but `marks` and `choices_meant`, with names. `order`: of the same executions.
  coverage summary(const lock_order_log& order) const;

 private:
  struct lock_use {
    std::uint32_t lock_class = 0;
    std::uint8_t users = 0, writers = 0, blockers = 0, waiters = 0;  ///< threads
    /// By thread: locks held whenever it took this one; in any mode, and exclusively.
    std::array<lockset, max_coverage_threads> always_held;
  };
  struct choice_site {
    const char* label;
    std::uintptr_t pc, caller, callers_caller;
    auto operator<=>(const choice_site&) const = default;
  };
  struct choice_seen {
    unsigned alternatives = 0;
    coverage_bits taken = 0;
    raw_stack stack;  ///< of the first time
  };

  lock_use& use_of(std::uint32_t word, std::uint32_t lock_class) {
    auto& number = lock_numbers_[word];
    if (number == 0) number = new_lock();
    auto& use = locks_[number - 1U];
    use.lock_class = lock_class;
    return use;
  }
  std::uint16_t new_lock();
  static bool could_wait(const lock_use& use);

  operation_coverage& at(int thread, std::size_t operation) {
    return operations_[first_[static_cast<std::size_t>(thread)] + operation];
  }

  std::vector<std::size_t> first_;  ///< of a thread's operations in operations_
  std::vector<operation_coverage> operations_;
  std::map<choice_site, choice_seen> choices_;
  std::vector<std::uint16_t> lock_numbers_;  ///< per word of the arena: in locks_, counted from 1
  std::vector<lock_use> locks_;
};

}  // namespace checker
