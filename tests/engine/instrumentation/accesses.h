/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that reaches into memory in every way we know of, compiled six times: as C and as C++, at
 * -O0, -O1 and -O2. The test runs it on an arena that faults, and compares what the processor did
 * with what was announced.
 */
#ifndef TESTS_ENGINE_INSTRUMENTATION_ACCESSES_H
#define TESTS_ENGINE_INSTRUMENTATION_ACCESSES_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint64_t value;
} entry_t; /* as the kernel's pte_t */

struct pair {
  uint64_t a, b;
};
struct triple {
  uint64_t a, b, c;
};
struct bytes {
  char at[3];
};
struct fields {
  unsigned a : 3, b : 7;
  unsigned long c : 40;
  unsigned d : 1;
};
struct large {
  uint64_t at[40];
};
__extension__ typedef unsigned __int128 wide;
typedef int vector __attribute__((vector_size(16)));

/* Each side on a page of its own, so that a copy faults once for each. */
struct side {
  uint8_t u8[16];
  uint16_t u16[8];
  uint32_t u32[8];
  uint64_t u64[16];
  __attribute__((aligned(16))) wide u128;
  float f;
  double d;
  __attribute__((aligned(16))) long double ld;
  vector v;
  entry_t entry, entries[4];
  struct pair pair;
  struct triple triple;
  struct bytes bytes;
  struct fields fields;
  struct large large, larger[4];
  struct side *other;
  uint64_t **pointers[2];
  uint64_t *pointer;
  bool flag;
  char text[64];
};

struct access_case {
  const char *name;
  void (*run)(struct side *from, struct side *to);
};

/* The cases of one compilation; the last one's name is null. */
extern const struct access_case accesses_c_o0[], accesses_c_o1[], accesses_c_o2[];
extern const struct access_case accesses_cpp_o0[], accesses_cpp_o1[], accesses_cpp_o2[];

#ifdef __cplusplus
}
#endif
#endif
