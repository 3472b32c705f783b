// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/stack_paint.hpp"

std::uint64_t checker_stack_pattern = 0;

#ifdef __x86_64__
// Below the return address, where the frames of the functions called next will be. In assembly,
// since a frame of its own would stand there, unpainted. Reached by a jump from what calls it last.
asm(R"(
  .text
  .globl checker_paint_stack
  .type checker_paint_stack, @function
checker_paint_stack:
  .cfi_startproc
  movq checker_stack_pattern(%rip), %rax
  leaq -8(%rsp), %rdx
  movl $256, %ecx
1:
  movq %rax, (%rdx)
  subq $8, %rdx
  decl %ecx
  jnz 1b
  movq %rax, %rcx
  movq %rax, %rdx
  movq %rax, %rsi
  movq %rax, %rdi
  movq %rax, %r8
  movq %rax, %r9
  movq %rax, %r10
  movq %rax, %r11
  ret
  .cfi_endproc
  .size checker_paint_stack, .-checker_paint_stack
)");
#else
void checker_paint_stack() {}
#endif

namespace checker::stack_paint {

[[gnu::noinline, gnu::no_sanitize_address]] void paint_all() {
  // Of the 64 KiB of a thread: less than is left, more than code under test may use.
  constexpr std::size_t words = 48 * 1024 / sizeof(std::uint64_t);
  std::uint64_t area[words];
  for (auto& word : area) word = checker_stack_pattern;
  asm volatile("" : : "r"(area) : "memory");  // somebody may look at it
}

}  // namespace checker::stack_paint
