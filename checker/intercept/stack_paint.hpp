// SPDX-License-Identifier: GPL-2.0-only
// Fills what code under test has not written of its stack and registers with a pattern, so that a
// value that it never set is another one in another run. Slow; for the check of determinism only.
//
// Painted is all that lies below a thread's first frame when it starts, and 2 KiB below the
// caller's frame, with the registers that a call need not preserve, when an operation begins and
// whenever the instrumentation or a lock operation returns: on x86-64, whatever a function called
// then finds in its frame. On other processors only the former.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {
extern std::uint64_t checker_stack_pattern;
/// Keeps the registers that calls preserve, and nothing else.
void checker_paint_stack();
}

namespace checker::stack_paint {

inline bool on = false;
inline std::size_t shift = 0;  ///< bytes by which threads' frames stand lower

/// For the life of the object.
class scope {
 public:
  scope(std::uint64_t pattern, std::size_t lower_by) {
    checker_stack_pattern = pattern;
    shift = lower_by;
    on = true;
  }
  ~scope() {
    on = false;
    shift = 0;
  }
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
};

/// Last of all in a function without a result that code under test calls.
[[gnu::always_inline]] inline void renew() {
  if (on) [[unlikely]] {
    checker_paint_stack();
  }
}

/// Paints the stack of a thread that is about to start.
void paint_all();

/// Calls `run`, which starts a thread: with its stack painted and its frames moved, if on.
template <typename Run>
void below(Run run) {
  if (!on) return run();
  auto* const moved = static_cast<volatile char*>(__builtin_alloca(shift + 16));
  moved[0] = 0;
  paint_all();
  run();
  moved[0] = 1;  // so that it is there until then
}

}  // namespace checker::stack_paint
