// SPDX-License-Identifier: GPL-2.0-only
// Fibers and executions, run by Relacy. The only folder that includes Relacy; nothing of it shows
// here.
//
// Relacy runs a test suite's threads as fibers, one at a time, and asks a scheduler which one goes
// next. Here the suite's threads and the scheduler's answers both come from a `client`.
#pragma once

namespace checker::relacy {

inline constexpr int max_threads = 8;

class client {
 public:
  /// Starts an execution: returns the thread to run first. On the main stack.
  virtual int begin_execution() = 0;
  /// Runs the whole of thread `thread` of one execution. On that thread's fiber (64 KiB of stack).
  virtual void run_thread(int thread) = 0;
  /// The thread to run next: one that has not returned from run_thread in this execution. On the
  /// fiber that calls switch_thread() or that has just returned from run_thread().
  virtual int next_thread() = 0;
  /// A load could see an older store than the one it stands at: 1 has it look further back. On the
  /// fiber that loads (weak_memory.hpp).
  virtual unsigned look_back() = 0;
  /// All threads have returned. Returns true if there is no further execution. On the main stack.
  virtual bool end_execution() = 0;

 protected:
  ~client() = default;
};

/// Runs executions of `threads` threads (1 to max_threads) until end_execution() returns true. Not
/// reentrant; one simulation per process at a time. Fibers are kept for the next simulation.
void simulate(client& what, int threads);

/// On the fiber of `thread`, which runs though Relacy knows nothing of it: when Relacy next
/// switches to the thread, this returns. Until then, `away(argument)`, which must not return.
void park(int thread, void (*away)(void*), void* argument);

/// On a fiber: asks the client for the next thread and switches to it. Returns when the calling
/// thread is chosen again.
void switch_thread();

}  // namespace checker::relacy
