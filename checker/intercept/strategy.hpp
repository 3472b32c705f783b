// SPDX-License-Identifier: GPL-2.0-only
// A search: decides which thread runs next and which value a choice takes, and learns what each
// step touched. Free of Relacy and of the code under test.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "checker/intercept/footprint.hpp"

namespace checker {

/// A set of threads, one bit each.
using thread_set = std::uint32_t;

/// The set of one thread.
constexpr thread_set only(int thread) { return thread_set{1} << thread; }

/// A 128-bit hash of everything that determines what can happen from here on.
struct state_key {
  std::uint64_t low = 0, high = 0;
  bool operator==(const state_key&) const = default;
};

/// Up to eight threads in some order; or a renaming of threads, to the one at each one's place.
class thread_order {
 public:
  static constexpr int size = 8;

  /// Each at its own place.
  constexpr thread_order() {
    for (int i = 0; i < size; ++i) set(i, i);
  }
  constexpr explicit thread_order(std::uint32_t bits) : bits_(bits) {}

  constexpr int at(int place) const { return static_cast<int>(bits_ >> (3 * place) & 7); }
  constexpr void set(int place, int thread) {
    bits_ &= ~(std::uint32_t{7} << (3 * place));
    bits_ |= static_cast<std::uint32_t>(thread) << (3 * place);
  }
  constexpr std::uint32_t bits() const { return bits_; }
  constexpr bool operator==(const thread_order&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

/// Renames each thread of `from` to the one that stands at its place in `to`.
constexpr thread_order renaming(thread_order from, thread_order to) {
  thread_order result;
  for (int i = 0; i < thread_order::size; ++i) result.set(from.at(i), to.at(i));
  return result;
}

/// A live thread that cannot run, and what it waits for.
struct blocked_thread {
  int thread;
  footprint_item waits_for;
  lockset held;
};

/// What a search may see of the execution when it picks. Filled by the execution.
struct moment {
  thread_set enabled = 0;  ///< threads whose next step can run now; never empty
  thread_set live = 0;     ///< threads that have not finished
  int current = -1;        ///< the thread that ran last; -1 before the first step
  // The rest is filled in if the strategy asks for keys.
  state_key key;
  /// The same for two states that differ only in which of several interchangeable threads is which:
  /// thread order.at(i) of one is then order.at(i) of the other. Without such threads, `key`.
  state_key merged_key;
  thread_order order;
  thread_set holding = 0;  ///< threads that hold a lock
  /// Of a live thread that is not enabled: threads one of which has to run first.
  std::array<thread_set, 8> waits_for{};
  /// Of a live thread that waits for a lock: all who hold it.
  std::array<thread_set, 8> holders{};
  /// The live threads that are not enabled. Valid during pick().
  std::span<const blocked_thread> blocked;
  /// Of an enabled thread: tells its next step from others of it, by what is called or accessed.
  std::array<std::uint64_t, 8> next_step{};
};

enum class outcome : std::uint8_t {
  complete,  ///< every thread finished
  stuck,     ///< threads left, none enabled
  violated,  ///< ended in a violation other than a deadlock
  given_up,  ///< pick() said so
  cut,       ///< a bound on steps was hit
};

/// A part of an execution that leads back to where it began, and can go on for ever.
struct endless_round {
  thread_set threads = 0;   ///< that make its steps
  std::uint64_t steps = 0;  ///< 0: there is no such part
};

class strategy {
 public:
  virtual ~strategy() = default;

  virtual bool wants_keys() const { return false; }
  /// A replay: every execution is checked for stores that went by unseen, not only one now and
  /// then.
  virtual bool is_replay() const { return false; }
  /// The same decisions led to another moment than before: the program is not deterministic. The
  /// execution under way is given up soon after.
  virtual bool diverged() const { return false; }
  virtual void begin_execution() = 0;
  /// It makes use of common_picks().
  virtual bool goes_back() const { return false; }
  /// How many picks the next execution has in common with the last one, with all choices made up to
  /// the pick after them; -1 if it is to be run from the start. Asked after end_execution().
  virtual int common_picks() const { return -1; }
  /// Instead of begin_execution(), if the execution can be taken up there: so many picks count as
  /// made, and the next one is asked for.
  virtual void resume_execution(int /*picks*/) {}
  /// It makes use of goes_on().
  virtual bool makes_blocks() const { return false; }
  /// Asked before pick(), where the thread that ran last can run on: `next` is what its next step
  /// will touch, as far as that is known, and `held` are the locks it holds. True: it runs on, no
  /// pick is made and none is counted.
  virtual bool goes_on(int /*thread*/, footprint /*next*/, const lockset& /*held*/) {
    return false;
  }
  /// pick() is going to be asked with this merged key: time to fetch what is known of that state.
  virtual void foresee(const state_key& /*merged_key*/) {}
  /// The thread to run next, out of `now.enabled`; -1 gives the execution up.
  virtual int pick(const moment& now) = 0;
  /// Why pick() gave the execution up, if its last part is a livelock: the execution then ends in a
  /// violation of that kind.
  virtual endless_round livelock() const { return {}; }
  /// The step last picked is over; `held` are the locks its thread held before it. `touched` is
  /// valid during the call only.
  virtual void executed(int thread, footprint touched, const lockset& held) = 0;
  /// A value in [0, alternatives) for a choice of `thread`. In the middle of a step only under
  /// memory_model::c11, for the store that a load sees: what the step touches may differ then.
  virtual unsigned choose(int thread, unsigned alternatives) = 0;
  /// `blocked` is empty unless `how` is stuck or given_up. Returns true when the search is over.
  virtual bool end_execution(outcome how, std::span<const blocked_thread> blocked) = 0;
};

}  // namespace checker
