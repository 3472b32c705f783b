// SPDX-License-Identifier: GPL-2.0-only
// What an execution keeps of each of its threads: where it stands and what it holds.
#pragma once

#include <array>
#include <csetjmp>
#include <cstdint>

#include "checker/intercept/api.h"
#include "checker/intercept/call_stack.hpp"
#include "checker/intercept/footprint.hpp"
#include "checker/relacy/host.hpp"

namespace checker {

inline constexpr int max_threads = relacy::max_threads;
inline constexpr int max_held_locks = 16;
inline constexpr int max_call_depth = 200;

enum class step_type : std::uint8_t {
  none,
  access,
  atomic_block,
  acquire,
  try_acquire,
  release,
  wait,
};

/// What a thread is about to do.
struct announced_step {
  step_type type = step_type::none;
  bool reads = false, writes = false, marked = false;
  bool conditional = false;  ///< writes only if it finds `value` (a compare-exchange)
  bool adds = false;         ///< commutes with others that add
  bool copies = false;       ///< the store before it may happen in it: see target_of_copy()
  std::uint32_t size = 0;    ///< bytes, of a single access
  checker_lock_mode mode = checker_lock_write;
  std::uint8_t subclass = 0;
  void* address = nullptr;            ///< of the access, or of the lock's state
  std::uint64_t mask = 0, value = 0;  ///< of a wait; `value` of a conditional access
  const char* label = nullptr;
  std::uintptr_t pc = 0;
  bool wait_noted = false;  ///< that the thread waits here is in the coverage
};

struct held_entry {
  checker_lock* lock;
  checker_lock_mode mode;
  std::uint8_t subclass;
  int step;           ///< of the acquire: its index in the recording, -1 if none
  short_stack stack;  ///< of the acquire
};

/// What of a thread's state is kept as a whole when its steps can be taken back. Of `held` and
/// `calls` below, what is in use is kept.
struct thread_core {
  announced_step next;
  std::uint64_t local_hash[2];  ///< of what was read since the operation began
  std::uint64_t held_hash;
  lockset held_set;
  int operation;
  std::uint64_t position;  ///< given to forget_locals() last
  bool finished;
  int held_count;
  int no_sleep_depth;         ///< sections it may not sleep in
  const char* no_sleep_name;  ///< of the outermost
  int call_depth;
  int hidden_calls;  ///< so many of the outermost are not shown
  void* resume_at;   ///< on its stack, while it is suspended
};

struct thread_state : thread_core {
  std::jmp_buf base;
  const char* stack_base;
  bool left;  ///< it has returned to Relacy
  std::array<held_entry, max_held_locks> held;
  /// Return addresses of the calls under way, outermost first.
  std::array<std::uintptr_t, max_call_depth + 1> calls;
};

}  // namespace checker
