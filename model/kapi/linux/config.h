/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration that code from a kernel tree is compiled with: x86-64, small pages, anonymous
 * memory. What is not defined here is off. `ptlcheck kernel import` prints those that the text asks
 * for.
 */
#ifndef MODEL_KAPI_LINUX_CONFIG_H
#define MODEL_KAPI_LINUX_CONFIG_H

#define CONFIG_64BIT 1
#define CONFIG_MMU 1
#define CONFIG_SMP 1
#define CONFIG_PREEMPTION 1
#define CONFIG_SWAP 1
#define CONFIG_ARCH_HAS_PTE_SPECIAL 1
#define CONFIG_ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH 1
#define CONFIG_HAVE_ARCH_SOFT_DIRTY 1
#define CONFIG_MEM_SOFT_DIRTY 1
/* VM_BUG_ON() and its kin are checked: a condition that holds is a violation. */
#define CONFIG_DEBUG_VM 1
/* SPLIT_RSS_COUNTING is left undefined: counts are added at once. */

#endif
