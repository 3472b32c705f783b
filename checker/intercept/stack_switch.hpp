// SPDX-License-Identifier: GPL-2.0-only
// Leaves a fiber so that everything about it is on its stack: a copy of the stack is a copy of the
// fiber, which can be put back and resumed any number of times.
#pragma once

#include <cstddef>

#include "checker/intercept/sanitizer.hpp"

// What follows is written for one instruction set. The address sanitizer keeps its own account of
// stacks, which a copy would not change. Elsewhere executions are run from their start.
#if defined(__x86_64__) && !defined(CHECKER_ADDRESS_SANITIZER)
#define CHECKER_STACK_SWITCH 1
#endif

namespace checker {

constexpr bool can_switch_stacks() {
#ifdef CHECKER_STACK_SWITCH
  return true;
#else
  return false;
#endif
}

extern "C" {

/// Saves the caller's registers on its stack, stores where in `*resume_at`, and calls
/// `away(argument)`. Returns when that returns, or when somebody calls
/// checker_resume_stack(*resume_at).
void checker_suspend_stack(void** resume_at, void (*away)(void*), void* argument);

/// Abandons the stack it is called on and goes on where checker_suspend_stack() stored this.
[[noreturn]] void checker_resume_stack(void* resume_at);

/// Abandons the stack it is called on and calls `call(argument)` on another one, which must not
/// return. `top`: the end of that stack, a multiple of 16.
[[noreturn]] void checker_start_stack(void* top, void (*call)(void*), void* argument);
}

}  // namespace checker
