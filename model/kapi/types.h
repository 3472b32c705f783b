/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's objects as the model has them: one definition for the functions under test, be they
 * the model's own C++ or C that was cut from a kernel tree. Those that live in the arena consist of
 * 8-byte words, and what different threads touch independently stands in words of its own, because
 * conflicts between steps are tracked per word.
 */
#ifndef MODEL_KAPI_TYPES_H
#define MODEL_KAPI_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checker/intercept/api.h"

/* In C++ the kernel's names are the model's; its functions keep their C names for the linker. */
#ifdef __cplusplus
#define KAPI_BEGIN  \
  namespace model { \
  extern "C" {
#define KAPI_END \
  }              \
  }
#else
#define KAPI_BEGIN
#define KAPI_END
#endif

/* Forced inline, so that a trace shows the kernel function an access stands in. */
#define MODEL_INLINE static inline __attribute__((always_inline))

KAPI_BEGIN

typedef uint64_t u64;
typedef struct checker_lock spinlock_t;

enum {
  max_mms = 4,
  max_cpus = 8,
  max_user_pages = 16,
  max_slots = 8, /* swap slots, slot 0 (the swap header) included */
  max_continuations = 4
};

/* x86's layout of a present PTE; bits 12 and up hold the pfn. See pte.h. */
typedef struct {
  u64 pte;
} pte_t;
/* 0, or the address of the pte_table it points to and, if x86's RW bit is clear, 1 besides: so an
 * entry of kernels that never write-protect one is the address alone. See pmd_table(). */
typedef struct {
  u64 pmd;
} pmd_t;
enum pmd_bits { pmd_bit_wrprotect = 1 };
typedef struct {
  u64 pgprot;
} pgprot_t;
/* type << 8 | offset. */
typedef struct {
  u64 val;
} swp_entry_t;

typedef struct {
  unsigned sequence, unused;
} seqcount_t;

struct list_head {
  struct list_head *next;
  struct list_head *prev;
};

struct mm_struct;
struct vm_area_struct;
struct vm_operations_struct;
struct file;

/* In the arena. `vmas` are the areas whose pages an rmap walk visits, in the order the kernel's
 * interval tree of one page offset gives: parent before child. Only the root's rwsem is used. */
struct anon_vma {
  struct anon_vma *root;
  struct checker_lock rwsem;
  u64 nr_vmas;
  struct vm_area_struct *vmas[max_mms];
};

/* In the arena. The bounds and flags of an area never change in the model (a munmap takes the whole
 * area): constant words of the arena, so that reading them is no step. */
struct vm_area_struct {
  struct mm_struct *vm_mm;
  u64 vm_start, vm_end;
  u64 vm_flags;
  pgprot_t vm_page_prot;
  u64 vm_pgoff;
  const struct vm_operations_struct *vm_ops; /* null: anonymous memory, which is all there is */
  struct file *vm_file;
  /* What can change while threads run. */
  struct vm_area_struct *vm_next;
  struct anon_vma *anon_vma;
  u64 nr_chain;
  /* The anon_vmas this area is linked into: its own and its ancestors'. */
  struct anon_vma *anon_vma_chain[max_mms];
};

enum vm_flags_bits {
  VM_READ = 1,
  VM_WRITE = 2,
  VM_EXEC = 4,
  VM_SHARED = 8,
  VM_MAYWRITE = 0x20,
  VM_PFNMAP = 0x400,
  VM_WIPEONFORK = 0x02000000,
  VM_MIXEDMAP = 0x10000000
};

/* A page frame and its struct page. In the arena. */
struct page {
  u64 content;  /* what user space has written: one word stands for the page */
  u64 refcount; /* _refcount; 0: free */
  u64 mapcount; /* number of PTEs that map it; the kernel stores one less */
  /* page->flags. The kernel's bit operations on different bits commute, so each bit is a word. */
  u64 PG_uptodate;
  u64 PG_dirty;
  u64 PG_swapcache;
  u64 PG_writeback;
  u64 PG_anon_exclusive;    /* since v5.19 */
  u64 private_;             /* swp_entry_t::val while PG_swapcache */
  struct anon_vma *mapping; /* set: PageAnon */
  u64 index;                /* page number in the address space */
  struct checker_lock lock; /* PG_locked */
  union {                   /* of pages that imported kernels link, and of those they never meet */
    struct list_head lru;
    struct dev_pagemap *pgmap;
  };
};

/* A page used as a PTE table, with its split lock. In the arena. */
struct pte_table {
  spinlock_t ptl;
  u64 live; /* ghost: 1 from pte_alloc_one() to pte_free() */
  /* Of kernels that share tables only (model/cow_pte). */
  u64 count;            /* the mms that use it, as the kernel counts them */
  u64 owner;            /* its owner, as the kernel keeps it */
  u64 nr_anon, nr_swap; /* entries of either kind, where the kernel counts them once */
  u64 given_up;         /* ghost: bit per entry that may be left when the table is freed */
  /* Ghost: what each entry held at the last store the invariants saw; follows the entries. */
  u64 *shadow;
  pte_t *pte;
};

/* A bit of mm_struct::flags: the OOM reaper has taken pages away, what is missing may have been
 * written to. */
enum mm_flags { MMF_UNSTABLE = 1 << 22 };

enum mm_counter { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };

/* In the arena. */
struct mm_struct {
  struct checker_lock mmap_sem; /* mmap_lock, since v5.8 */
  spinlock_t page_table_lock;
  struct vm_area_struct *mmap;
  u64 mm_users;
  u64 rss_stat[NR_MM_COUNTERS];
  u64 nr_ptes;                  /* PTE tables, as v4.14 counts them; later kernels count bytes */
  u64 tlb_flush_batched;        /* reclaim has cleared entries and not flushed yet */
  seqcount_t write_protect_seq; /* since v5.11 */
  struct list_head mmlist;
  u64 flags; /* constant where nobody reaps */
};

/* mms whose TLB entries reclaim still has to flush. */
struct arch_tlbflush_unmap_batch {
  u64 mms; /* a bit each */
};
struct tlbflush_unmap_batch {
  struct arch_tlbflush_unmap_batch arch;
  u64 flush_required, writable;
};

/* What imported kernels see of the thread they run on. In the arena. */
struct task_struct {
  struct mm_struct *mm; /* null: asked for only to fold in counts, of which tasks keep none */
  struct tlbflush_unmap_batch tlb_ubc;
};

/* A reference count that can be killed; each thread counts its own. */
struct percpu_ref {
  u64 live;
  u64 counts[max_cpus];
};

/* The swap device. v4.14 without cluster_info, that is on a rotating disk: every swap_map access is
 * under si->lock. swap_map has a word per slot here, so that slots are independent. */
struct swap_info_struct {
  spinlock_t lock;
  u64 flags;
  u64 max;
  u64 inuse_pages;
  /* swap_map is null once swapoff has freed it. Imported kernels have theirs in bytes, and the
   * words are a ghost that follows those (invariants/swap_map.cpp). */
#ifdef __cplusplus
  u64 *swap_map;
  unsigned char *swap_map_bytes;
#else
  u64 *swap_map_words;
  unsigned char *swap_map;
#endif
  /* Of imported kernels only. */
  struct percpu_ref users;
  spinlock_t cont_lock;
  u64 unuse_rounds; /* ghost: how often try_to_unuse() has begun */
  u64 type;
  struct swap_cluster_info *cluster_info; /* null, as on a rotating disk */
};

enum swap_flags {
  SWP_USED = 1,
  SWP_WRITEOK = 2,
  SWP_CONTINUED = 0x20,
  SWP_SYNCHRONOUS_IO = 0x1000 /* a RAM disk */
};
enum swap_counts {
  SWAP_HAS_CACHE = 0x40,
  COUNT_CONTINUED = 0x80,
  SWAP_MAP_BAD = 0x3f,
  SWAP_MAP_SHMEM = 0xbf
};

struct swap_slot {
  u64 content;         /* what is on the disk */
  struct page *cached; /* the swap cache: swapper_space's entry for this slot */
  u64 in_transit;      /* ghost: SWAP_HAS_CACHE is set but the page is not (yet, or any more) in the
                        * cache */
  u64 nr_cont;         /* continuation pages linked for this slot */
  u64 cont[max_continuations]; /* their counts, lowest digit first */
};

KAPI_END

#endif
