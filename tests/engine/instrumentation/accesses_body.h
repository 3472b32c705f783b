/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of accesses_code.c and accesses_code.cpp. Valid C and C++. */
#include <stdarg.h>

#include "tests/engine/instrumentation/accesses.h"

/* ---- Plain -------------------------------------------------------------------------------------
 */

static void plain_scalars(struct side *from, struct side *to) {
  to->u8[0] = from->u8[1];
  to->u16[1] = from->u16[2];
  to->u32[2] = from->u32[3];
  to->u64[3] = from->u64[4];
  to->u128 = from->u128;
  to->f = from->f;
  to->d = from->d + 1;
#ifndef __clang__ /* which announces nothing of 80 bits */
  to->ld = from->ld * 2;
#endif
  to->v = from->v + 1;
  to->flag = !from->flag;
}

static void plain_updates(struct side *from, struct side *to) {
  to->u8[3] |= 4;
  to->u16[3] ^= 7;
  to->u32[3]++;
  to->u64[5] += from->u64[6];
  to->u128 -= 1;
  to->d *= 3;
  --from->u64[7];
}

static void same_value_twice(struct side *from, struct side *to) {
  to->u64[0] = 1;
  to->u64[0] = 1;
  to->u64[1] = from->u64[0];
  from->u64[0] = to->u64[1];
}

static void unaligned(struct side *from, struct side *to) {
  struct __attribute__((packed)) odd {
    char skip;
    uint64_t wide;
    uint32_t narrow;
    uint16_t half;
  };
  struct odd *const source = (struct odd *)from->u8;
  struct odd *const target = (struct odd *)to->u8;
  target->wide = source->wide;
  target->narrow += source->narrow;
  target->half = 9;
}

static void bitfields(struct side *from, struct side *to) {
  to->fields.a = 5;
  to->fields.b = from->fields.b;
  to->fields.c += 3;
  to->fields.d ^= 1;
  from->fields.a++;
}

static void pointers(struct side *from, struct side *to) {
  from->pointer = &to->u64[2];
  *from->pointer = 4;
  to->pointers[0] = &from->pointer;
  **to->pointers[0] += 1;
  from->other = to;
  from->other->other = from;
  from->other->other->u64[3] = 6;
}

/* ---- Marked ------------------------------------------------------------------------------------
 */

static void volatiles(struct side *from, struct side *to) {
  *(volatile uint8_t *)&to->u8[0] = *(volatile uint8_t *)&from->u8[1];
  *(volatile uint16_t *)&to->u16[0] = *(volatile uint16_t *)&from->u16[1];
  *(volatile uint32_t *)&to->u32[0] = *(volatile uint32_t *)&from->u32[1];
  *(volatile uint64_t *)&to->u64[0] = *(volatile uint64_t *)&from->u64[1];
  *(volatile uint64_t *)&to->u64[2] = *(volatile uint64_t *)&to->u64[2] + 1;
  (void)*(volatile uint64_t *)&from->u64[5];
  *(uint64_t *volatile *)&to->pointer = *(uint64_t *volatile *)&from->pointer;
}

#define ATOMICS(name, type, member)                                                   \
  static void name(struct side *from, struct side *to) {                              \
    type expected = __atomic_load_n(&from->member, __ATOMIC_ACQUIRE);                 \
    __atomic_store_n(&to->member, expected, __ATOMIC_RELEASE);                        \
    (void)__atomic_exchange_n(&to->member, (type)(expected + 1), __ATOMIC_SEQ_CST);   \
    (void)__atomic_fetch_add(&to->member, 1, __ATOMIC_RELAXED);                       \
    (void)__atomic_sub_fetch(&to->member, 1, __ATOMIC_RELAXED);                       \
    (void)__atomic_fetch_and(&to->member, 0x7f, __ATOMIC_ACQ_REL);                    \
    (void)__atomic_or_fetch(&to->member, 1, __ATOMIC_ACQ_REL);                        \
    (void)__atomic_fetch_xor(&to->member, 3, __ATOMIC_ACQ_REL);                       \
    (void)__atomic_nand_fetch(&to->member, 3, __ATOMIC_ACQ_REL);                      \
    (void)__atomic_compare_exchange_n(&to->member, &expected, 3, 0, __ATOMIC_SEQ_CST, \
                                      __ATOMIC_RELAXED);                              \
    (void)__atomic_compare_exchange_n(&to->member, &expected, 4, 1, __ATOMIC_SEQ_CST, \
                                      __ATOMIC_SEQ_CST);                              \
    (void)__sync_val_compare_and_swap(&to->member, expected, 5);                      \
    (void)__sync_bool_compare_and_swap(&to->member, 5, 6);                            \
    (void)__sync_fetch_and_add(&to->member, 2);                                       \
    (void)__sync_lock_test_and_set(&to->member, 1);                                   \
    __sync_lock_release(&to->member);                                                 \
    __atomic_thread_fence(__ATOMIC_SEQ_CST);                                          \
    __sync_synchronize();                                                             \
  }

ATOMICS(atomics_8, uint8_t, u8[4])
ATOMICS(atomics_16, uint16_t, u16[4])
ATOMICS(atomics_32, uint32_t, u32[4])
ATOMICS(atomics_64, uint64_t, u64[4])

/* The expected value and the results in the arena too. */
static void atomics_by_reference(struct side *from, struct side *to) {
  __atomic_load(&from->u64[0], &to->u64[0], __ATOMIC_SEQ_CST);
  __atomic_store(&from->u64[1], &to->u64[1], __ATOMIC_SEQ_CST);
  __atomic_exchange(&from->u64[2], &to->u64[2], &to->u64[3], __ATOMIC_SEQ_CST);
  (void)__atomic_compare_exchange(&from->u64[4], &to->u64[4], &to->u64[5], 0, __ATOMIC_SEQ_CST,
                                  __ATOMIC_SEQ_CST);
  (void)__atomic_compare_exchange_n(&from->u32[4], &to->u32[4], 7, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
  (void)__atomic_test_and_set(&to->flag, __ATOMIC_SEQ_CST);
  __atomic_clear(&to->flag, __ATOMIC_SEQ_CST);
}

/* ---- Structures --------------------------------------------------------------------------------
 */

static void structure_copies(struct side *from, struct side *to) {
  to->entry = from->entry;
  to->pair = from->pair;
  to->triple = from->triple;
  to->bytes = from->bytes;
  to->fields = from->fields;
  to->large = from->large;
  to->larger[1] = from->larger[2];
}

static void structures_through_locals(struct side *from, struct side *to) {
  entry_t entry = from->entries[1];
  struct pair pair = from->pair;
  struct large large = from->large;
  entry.value |= 1;
  pair.b ^= entry.value;
  large.at[3] += pair.b;
  to->entries[2] = entry;
  to->pair = pair;
  to->large = large;
}

static void structure_literals(struct side *from, struct side *to) {
  const entry_t entry = {from->u64[1]};
  const struct pair pair = {1, from->u64[2]};
  const struct large zero = {{0}};
  to->entry = entry;
  to->pair = pair;
  to->large = zero;
}

static inline __attribute__((always_inline)) int present(entry_t entry) {
  return (entry.value & 1) != 0;
}
static inline __attribute__((always_inline)) entry_t make_young(entry_t entry) {
  entry.value |= 32;
  return entry;
}

/* As the kernel's pte_present(*ptep), with helpers that are always inlined. */
static void helpers_by_value(struct side *from, struct side *to) {
  if (present(from->entries[0])) to->u8[1] = 1;
  to->entries[1] = make_young(from->entries[2]);
  from->entries[3] = make_young(from->entries[3]);
}

/* ---- Blocks ------------------------------------------------------------------------------------
 */

static void blocks(struct side *from, struct side *to) {
  memcpy(to->u64, from->u64, sizeof to->u64);
  memmove(to->text + 3, to->text, 40);
  memmove(to->text, to->text + 5, 40);
  memset(to->u8, 7, sizeof to->u8);
  if (memcmp(to->text, from->text, 30) == 0) to->u8[0] = 1;
  memcpy(&to->larger, &from->larger, sizeof to->larger);
}

static void small_blocks(struct side *from, struct side *to) {
  memcpy(&to->u64[1], &from->u64[2], 8);
  memcpy(&to->u8[1], &from->u8[2], 3);
  memset(&to->u32[1], 0, 4);
  memcpy(&to->pair, &from->pair, sizeof to->pair);
}

static void compiler_builtins(struct side *from, struct side *to) {
  __builtin_memcpy(&to->u64[1], &from->u64[2], 8);
  __builtin_memcpy(&to->triple, &from->triple, sizeof to->triple);
  __builtin_memset(&to->large, 0, sizeof to->large);
}

/* Loops that the optimiser turns into vectors, block operations, or conditional moves. */
static void loops(struct side *from, struct side *to) {
  uint64_t sum = 0;
  for (int i = 0; i < 16; ++i) to->u64[i] = from->u64[i];
  for (int i = 0; i < 16; ++i) to->u8[i] = 0;
  for (int i = 0; i < 8; ++i) sum += from->u32[i];
  for (int i = 0; i < 8; ++i) to->u16[i] = (uint16_t)(from->u16[i] + sum);
  for (int i = 0; i < 40; ++i) to->large.at[i] = 0;
  for (int i = 0; i < 40; ++i) to->larger[0].at[i] = from->larger[0].at[39 - i];
}

static void conditionals(struct side *from, struct side *to) {
  to->u64[1] = from->u64[1] ? from->u64[2] : from->u64[3];
  to->u64[2] = from->u32[1] > 3 ? 8 : to->u64[2];
  if (from->flag && to->u8[3] < 200) to->u8[3]++;
  switch (from->u32[2] & 3) {
    case 0:
      to->u32[0] = 1;
      break;
    case 1:
      to->u32[1] = 2;
      break;
    default:
      to->u32[2] = from->u32[5];
  }
}

static uint64_t sum_of(int count, ...) {
  va_list arguments;
  uint64_t sum = 0;
  va_start(arguments, count);
  for (int i = 0; i < count; ++i) sum += va_arg(arguments, uint64_t);
  va_end(arguments);
  return sum;
}

static uint64_t read_at(const uint64_t *where) { return *where; }
static void store_at(uint64_t *where, uint64_t value) { *where = value; }

static void calls(struct side *from, struct side *to) {
  to->u64[1] = sum_of(3, from->u64[1], from->u64[2], from->u64[3]);
  store_at(&to->u64[2], read_at(&from->u64[4]));
  to->u64[read_at(&from->u64[5]) & 7] = read_at(&to->u64[6]);
}

const struct access_case ACCESSES_TABLE[] = {
    {"plain scalars", plain_scalars},
    {"plain updates", plain_updates},
    {"same value twice", same_value_twice},
    {"unaligned", unaligned},
    {"bitfields", bitfields},
    {"pointers", pointers},
    {"volatiles", volatiles},
    {"atomics of 1 byte", atomics_8},
    {"atomics of 2 bytes", atomics_16},
    {"atomics of 4 bytes", atomics_32},
    {"atomics of 8 bytes", atomics_64},
    {"atomics by reference", atomics_by_reference},
    {"structure copies", structure_copies},
    {"structures through locals", structures_through_locals},
    {"structure literals", structure_literals},
    {"helpers by value", helpers_by_value},
    {"blocks", blocks},
    {"small blocks", small_blocks},
    {"compiler builtins", compiler_builtins},
    {"loops", loops},
    {"conditionals", conditionals},
    {"calls", calls},
    {0, 0},
};
