// SPDX-License-Identifier: GPL-2.0-only
// What instructions touch, as the assembler of this machine encodes them.
#include <gtest/gtest.h>

#include "checker/detect/moved_bytes.hpp"

#ifdef __x86_64__

namespace checker {
namespace {

// The instruction's bytes are assembled into the function and jumped over.
#define MOVED(text)                   \
  [] {                                \
    const unsigned char* instruction; \
    asm volatile(                     \
        "jmp 2f\n"                    \
        "1: " text                    \
        "\n"                          \
        "2: lea 1b(%%rip), %0"        \
        : "=r"(instruction));         \
    return moved_bytes(instruction);  \
  }()

TEST(moved_bytes, of_general_registers) {
  EXPECT_EQ(MOVED("movb %%al, (%%rdi)"), 1U);
  EXPECT_EQ(MOVED("movw %%ax, (%%rdi)"), 2U);
  EXPECT_EQ(MOVED("movl %%eax, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("movq (%%rdi), %%r11"), 8U);
  EXPECT_EQ(MOVED("addl $1, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("addw $1, (%%rdi)"), 2U);
  EXPECT_EQ(MOVED("lock addq $1000, (%%r9)"), 8U);
  EXPECT_EQ(MOVED("cmpl %%eax, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("testl %%eax, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("testb $1, (%%rdi)"), 1U);
  EXPECT_EQ(MOVED("movslq (%%rdi), %%rax"), 4U);
  EXPECT_EQ(MOVED("movzbl (%%rdi), %%eax"), 1U);
  EXPECT_EQ(MOVED("movzwl (%%rdi), %%eax"), 2U);
  EXPECT_EQ(MOVED("cmove (%%rdi), %%eax"), 4U);
  EXPECT_EQ(MOVED("lock cmpxchg %%rcx, (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("lock cmpxchg %%cl, (%%rdi)"), 1U);
  EXPECT_EQ(MOVED("lock cmpxchg16b (%%rdi)"), 16U);
  EXPECT_EQ(MOVED("lock xaddl %%eax, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("movbe (%%rdi), %%eax"), 4U);
  EXPECT_EQ(MOVED("movbe (%%rdi), %%ax"), 2U);
  EXPECT_EQ(MOVED("movbe (%%rdi), %%rax"), 8U);
  EXPECT_EQ(MOVED("popcnt (%%rdi), %%rax"), 8U);
  EXPECT_EQ(MOVED("shlx %%ecx, (%%rdi), %%eax"), 4U);
  EXPECT_EQ(MOVED("rep movsb"), 1U);
  EXPECT_EQ(MOVED("rep stosq"), 8U);
  EXPECT_EQ(MOVED("popcntw (%%rdi), %%ax"), 2U);
  EXPECT_EQ(MOVED("tzcntl (%%rdi), %%eax"), 4U);
}

TEST(moved_bytes, of_the_floating_point_unit) {
  EXPECT_EQ(MOVED("fldt (%%rdi)"), 10U);
  EXPECT_EQ(MOVED("fstpt (%%rdi)"), 10U);
  EXPECT_EQ(MOVED("fildl (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("fildll (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("filds (%%rdi)"), 2U);
  EXPECT_EQ(MOVED("fistpl (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("fnstcw (%%rdi)"), 2U);
  EXPECT_EQ(MOVED("fldcw (%%rdi)"), 2U);
  EXPECT_EQ(MOVED("fadds (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("faddl (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("fldl (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("flds (%%rdi)"), 4U);
}

TEST(moved_bytes, of_vector_registers) {
  EXPECT_EQ(MOVED("movss (%%rdi), %%xmm0"), 4U);
  EXPECT_EQ(MOVED("movsd %%xmm0, (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("movups %%xmm9, (%%rdi)"), 16U);
  EXPECT_EQ(MOVED("movdqa (%%rdi), %%xmm0"), 16U);
  EXPECT_EQ(MOVED("movd %%xmm0, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("movq %%xmm0, (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("movhps %%xmm0, (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("addsd (%%rdi), %%xmm0"), 8U);
  EXPECT_EQ(MOVED("ucomiss (%%rdi), %%xmm0"), 4U);
  EXPECT_EQ(MOVED("cvtsi2sdl (%%rdi), %%xmm0"), 4U);
  EXPECT_EQ(MOVED("cvtsi2sdq (%%rdi), %%xmm0"), 8U);
  EXPECT_EQ(MOVED("paddq (%%rdi), %%xmm0"), 16U);
  EXPECT_EQ(MOVED("pcmpeqb (%%rdi), %%xmm0"), 16U);
}

// Those of the C library's string functions.
TEST(moved_bytes, of_wider_vector_registers) {
  EXPECT_EQ(MOVED("vmovd %%xmm0, (%%rdi)"), 4U);
  EXPECT_EQ(MOVED("vmovd %%xmm0, -4(%%rdi,%%rdx)"), 4U);
  EXPECT_EQ(MOVED("vmovq %%xmm0, (%%rdi)"), 8U);
  EXPECT_EQ(MOVED("vmovq (%%r9), %%xmm0"), 8U);
  EXPECT_EQ(MOVED("vmovdqu %%xmm0, (%%rdi)"), 16U);
  EXPECT_EQ(MOVED("vmovdqu %%ymm0, (%%rdi)"), 32U);
  EXPECT_EQ(MOVED("vmovdqu (%%r9,%%r10), %%ymm9"), 32U);
  EXPECT_EQ(MOVED("vmovups (%%rdi), %%xmm0"), 16U);
  EXPECT_EQ(MOVED("vmovss (%%rdi), %%xmm0"), 4U);
  EXPECT_EQ(MOVED("vpcmpeqb (%%rdi), %%ymm0, %%ymm1"), 32U);
  EXPECT_EQ(MOVED("vpcmpeqb (%%rdi), %%xmm0, %%xmm1"), 16U);
  EXPECT_EQ(MOVED("vpxor (%%rdi), %%xmm0, %%xmm1"), 16U);
  EXPECT_EQ(MOVED("vpsllw (%%rdi), %%ymm0, %%ymm1"), 16U);
  EXPECT_EQ(MOVED("vpsrad (%%rdi), %%xmm0, %%xmm1"), 16U);
  EXPECT_EQ(MOVED("vptest (%%rdi), %%ymm0"), 32U);
  EXPECT_EQ(MOVED("vpbroadcastb (%%rdi), %%ymm0"), 1U);
  EXPECT_EQ(MOVED("vbroadcastss (%%rdi), %%xmm0"), 4U);
  EXPECT_EQ(MOVED("vpmovzxbw (%%rdi), %%xmm0"), 8U);
  EXPECT_EQ(MOVED("vextracti128 $1, %%ymm0, (%%rdi)"), 16U);
}

TEST(moved_bytes, is_one_where_a_mask_may_leave_bytes_out) {
  EXPECT_EQ(MOVED("vmovdqu8 %%ymm16, (%%rdi)"), 1U);
}

}  // namespace
}  // namespace checker

#endif
