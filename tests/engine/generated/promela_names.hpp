// SPDX-License-Identifier: GPL-2.0-only
// What the Promela text of a generated program and the reader of its verifier's output agree on,
// and the pieces of that text.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/engine/generated/program.hpp"

namespace checker::generated::promela {

/// A word is one number: its low half, and its high half this far up.
inline constexpr int half_bits = 12;

// Values of `turn`. 0: any thread may go on. From `choosing` and `starting` on: only that thread,
// which is to choose, or to be brought to before its first step. From `violated` on: none.
inline constexpr std::size_t choosing = 1, starting = 1 + max_threads;
inline constexpr int violated = 100;

enum class broken_rule { recursion, sleep_in_atomic, wrong_owner, lock_held_at_exit, seqcount };
inline constexpr const char* broken_rule_names[] = {"recursion", "sleep-in-atomic", "wrong-owner",
                                                    "lock-held-at-exit", "seqcount"};

/// Positions of a thread that has finished, and of one that broke a rule.
inline constexpr std::size_t finished = 255, halted = 254;

/// Where a thread stands: before an instruction, or at an operation's end. `half` is 1 between the
/// two steps of a copy.
struct place {
  std::size_t operation = 0, pc = 0, half = 0;
};

/// Places of a thread as numbers, from 1 on.
class place_numbers {
 public:
  explicit place_numbers(const thread_code& code) {
    for (const auto& operation : code) {
      first_.push_back(next_);
      next_ += 2 * (operation.size() + 1);
    }
  }
  std::size_t number(place where) const {
    return first_[where.operation] + 2 * where.pc + where.half;
  }
  std::optional<place> at(std::size_t number) const {
    if (number == 0 || number >= next_) return std::nullopt;
    std::size_t operation = first_.size() - 1;
    while (first_[operation] > number) --operation;
    const auto offset = number - first_[operation];
    return place{operation, offset / 2, offset % 2};
  }

 private:
  std::vector<std::size_t> first_;
  std::size_t next_ = 1;
};

/// The variables of the state that is printed, in that order: the program, whose turn it is, flags,
/// words, for each lock its writer + 1 and how often each thread reads, and for each thread its
/// place and registers.
std::vector<std::string> state_variables();

/// The process type of one thread.
std::string thread_process(const program_spec& program, std::size_t program_number,
                           std::size_t thread);

/// The subclasses the thread takes a lock with.
std::set<int> subclasses_of(const thread_code& thread, unsigned lock);

}  // namespace checker::generated::promela
