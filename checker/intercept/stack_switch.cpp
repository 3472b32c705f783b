// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/stack_switch.hpp"

#include <cstdlib>

#ifdef CHECKER_STACK_SWITCH

// The registers that a call preserves (System V ABI, x86-64). The control words of the floating
// point units are the same on all fibers.
asm(R"(
  .text
  .globl checker_suspend_stack
  .type checker_suspend_stack, @function
checker_suspend_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  subq $8, %rsp
  movq %rsp, (%rdi)
  movq %rsi, %rax
  movq %rdx, %rdi
  call *%rax
  jmp 1f
  .size checker_suspend_stack, . - checker_suspend_stack

  .globl checker_resume_stack
  .type checker_resume_stack, @function
checker_resume_stack:
  movq %rdi, %rsp
1:
  addq $8, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size checker_resume_stack, . - checker_resume_stack

  .globl checker_start_stack
  .type checker_start_stack, @function
checker_start_stack:
  movq %rdi, %rsp
  xorl %ebp, %ebp
  movq %rdx, %rdi
  call *%rsi
  ud2
  .size checker_start_stack, . - checker_start_stack
)");

#else

// Never called: see can_switch_stacks().
extern "C" {
void checker_suspend_stack(void** /*resume_at*/, void (* /*away*/)(void*), void* /*argument*/) {
  std::abort();
}
void checker_resume_stack(void* /*resume_at*/) { std::abort(); }
void checker_start_stack(void* /*top*/, void (* /*call*/)(void*), void* /*argument*/) {
  std::abort();
}
}

#endif
