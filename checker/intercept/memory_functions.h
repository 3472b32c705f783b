/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included ahead of every file of code under test. The compiler's instrumentation does not look
 * into the C library, so block operations go to versions that announce what they touch.
 */
#ifndef CHECKER_INTERCEPT_MEMORY_FUNCTIONS_H
#define CHECKER_INTERCEPT_MEMORY_FUNCTIONS_H

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif
void *__tsan_memcpy(void *to, const void *from, unsigned long size);
void *__tsan_memmove(void *to, const void *from, unsigned long size);
void *__tsan_memset(void *to, int value, unsigned long size);
int checker_memcmp(const void *a, const void *b, unsigned long size);
#ifdef __cplusplus
}
#endif

#define memcpy(to, from, size) __tsan_memcpy((to), (from), (size))
#define memmove(to, from, size) __tsan_memmove((to), (from), (size))
#define memset(to, value, size) __tsan_memset((to), (value), (size))
#define memcmp(a, b, size) checker_memcmp((a), (b), (size))
/* By these names the compiler would put moves in their place, which it does not announce. */
#define __builtin_memcpy __tsan_memcpy
#define __builtin_memmove __tsan_memmove
#define __builtin_memset __tsan_memset
#define __builtin_memcmp checker_memcmp

#endif
