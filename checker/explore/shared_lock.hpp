// SPDX-License-Identifier: GPL-2.0-only
// A lock in memory that processes share, which survives the death of its holder.
#pragma once

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>

namespace checker::explore {

/// getpid() without asking the kernel each time.
inline int process_number() {
  static int number = [] {
    pthread_atfork(nullptr, nullptr, [] { number = static_cast<int>(getpid()); });
    return static_cast<int>(getpid());
  }();
  return number;
}

/// The processor may do something else for a moment.
inline void cpu_pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// What it protects must be in order at every instant, i.e. be published by one store at the end:
/// the holder may be killed at any instruction, and the lock is then given back for it.
class shared_lock {
 public:
  void lock() {
    const int me = process_number();
    // Its holder is about to let go of it, unless it does not run.
    constexpr int patience = 200;
    for (int tries = 0;; ++tries) {
      int free = 0;
      if (owner_.load(std::memory_order_relaxed) == 0 &&
          owner_.compare_exchange_weak(free, me, std::memory_order_acquire)) {
        return;
      }
      if (tries < patience) {
        cpu_pause();
      } else {
        sched_yield();
      }
    }
  }
  void unlock() { owner_.store(0, std::memory_order_release); }
  /// REQUIRES: the process is gone.
  void release_for(int process) { owner_.compare_exchange_strong(process, 0); }

 private:
  std::atomic<int> owner_;
};

}  // namespace checker::explore
