/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct vm_fault and its flags as they have been since v5.19, for kernels that are imported and
 * the glue that calls them. For C and C++.
 */
#ifndef MODEL_KAPI_FAULT_H
#define MODEL_KAPI_FAULT_H

#include "model/kapi/types.h"

KAPI_BEGIN

typedef unsigned vm_fault_t;

enum vm_fault_reason {
  VM_FAULT_OOM = 0x1,
  VM_FAULT_SIGBUS = 0x2,
  VM_FAULT_MAJOR = 0x4,
  VM_FAULT_WRITE = 0x8,
  VM_FAULT_HWPOISON = 0x10,
  VM_FAULT_HWPOISON_LARGE = 0x20,
  VM_FAULT_SIGSEGV = 0x40,
  VM_FAULT_NOPAGE = 0x100,
  VM_FAULT_LOCKED = 0x200,
  VM_FAULT_RETRY = 0x400,
  VM_FAULT_FALLBACK = 0x800,
  VM_FAULT_COMPLETED = 0x4000,
  VM_FAULT_ERROR = 0x1 | 0x2 | 0x10 | 0x20 | 0x40 | 0x800
};

enum fault_flag {
  FAULT_FLAG_WRITE = 1 << 0,
  FAULT_FLAG_MKWRITE = 1 << 1,
  FAULT_FLAG_ALLOW_RETRY = 1 << 2,
  FAULT_FLAG_RETRY_NOWAIT = 1 << 3,
  FAULT_FLAG_KILLABLE = 1 << 4,
  FAULT_FLAG_TRIED = 1 << 5,
  FAULT_FLAG_USER = 1 << 6,
  FAULT_FLAG_UNSHARE = 1 << 10,
  FAULT_FLAG_ORIG_PTE_VALID = 1 << 11
};

/* On the stack of the one who handles the fault. */
struct vm_fault {
  struct vm_area_struct *vma;
  u64 pgoff;
  u64 address, real_address; /* the second with what is below the page's start */
  unsigned flags;            /* FAULT_FLAG_* */
  pmd_t *pmd;
  pte_t orig_pte;
  struct page *page;
  pte_t *pte;
  spinlock_t *ptl;
  struct pte_table *prealloc_pte;
};

KAPI_END

#endif
