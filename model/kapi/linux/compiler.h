/* SPDX-License-Identifier: GPL-2.0-only */
/* What kernel C takes from the compiler's and the kernel library's headers. */
#ifndef MODEL_KAPI_LINUX_COMPILER_H
#define MODEL_KAPI_LINUX_COMPILER_H

#include "checker/intercept/api.h"
#include "model/kapi/linux/config.h"
#include "model/kapi/types.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned int gfp_t;
typedef u64 pgoff_t;

#define likely(condition) __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

/* For sparse, the linker and the loader. */
#define __user
#define __init
#define __read_mostly
#define __releases(lock)
#define __acquires(lock)
#define __must_hold(lock)
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))

/* 1 where the option is defined as 1 in config.h, else 0: `option` pasted to the prefix below
 * leaves a further argument before the 1, or not. */
#define KAPI_PREFIX_1 ~,
#define KAPI_SECOND(first, second, ...) second
#define KAPI_PICK(padded) KAPI_SECOND(padded 1, 0, 0)
#define KAPI_PASTE(value) KAPI_PICK(KAPI_PREFIX_##value)
#define IS_ENABLED(option) KAPI_PASTE(option)

#define READ_ONCE(object) (*(const volatile __typeof__(object) *)&(object))
#define WRITE_ONCE(object, value) (*(volatile __typeof__(object) *)&(object) = (value))
#define barrier() __asm__ __volatile__("" ::: "memory")
/* These order something under --memory-model c11 only. */
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)

/* ---- What must not happen: a violation ---------------------------------------------------- */

#define KAPI_TEXT(argument) #argument
#define BUG() checker_violation("bug-on", "kernel BUG at %s:%d!", __FILE__, __LINE__)
#define BUG_ON(condition)                                                          \
  do {                                                                             \
    if (unlikely(condition))                                                       \
      checker_violation("bug-on", "kernel BUG at %s:%d! (%s)", __FILE__, __LINE__, \
                        KAPI_TEXT(condition));                                     \
  } while (0)
#define WARN_ON(condition)                                                       \
  ({                                                                             \
    const bool warned = !!(condition);                                           \
    if (unlikely(warned))                                                        \
      checker_violation("warn-on", "WARNING: at %s:%d (%s)", __FILE__, __LINE__, \
                        KAPI_TEXT(condition));                                   \
    warned;                                                                      \
  })
#define WARN_ON_ONCE(condition) WARN_ON(condition)
#ifdef CONFIG_DEBUG_VM
#define VM_BUG_ON(condition) BUG_ON(condition)
#define VM_WARN_ON_ONCE(condition) WARN_ON(condition)
#else
#define VM_BUG_ON(condition) ((void)sizeof(condition))
#define VM_WARN_ON_ONCE(condition) ((void)sizeof(condition))
#endif
#define VM_BUG_ON_PAGE(condition, page) VM_BUG_ON(condition)
#define VM_BUG_ON_VMA(condition, vma) VM_BUG_ON(condition)

/* The end of a path that the model does not have. `what` as people read it. */
#define kapi_not_modelled(what) \
  checker_violation("model-limit", "the code calls %s, which is not modelled", what)

/* ---- Errors -------------------------------------------------------------------------------- */

#define ENOENT 2
#define EINTR 4
#define EIO 5
#define EAGAIN 11
#define ENOMEM 12
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define EHWPOISON 133

#endif
