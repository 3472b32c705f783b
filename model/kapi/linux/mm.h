/* SPDX-License-Identifier: GPL-2.0-only */
/* Areas, counters, and what of the kernel does nothing here. v6.1. */
#ifndef MODEL_KAPI_LINUX_MM_H
#define MODEL_KAPI_LINUX_MM_H

#include "model/kapi/calls.h"
#include "model/kapi/fault.h"
#include "model/kapi/linux/compiler.h"
#include "model/kapi/linux/page.h"

struct vm_operations_struct {
  struct page *(*find_special_page)(struct vm_area_struct *vma, unsigned long address);
};

/* ---- Areas --------------------------------------------------------------------------------- */

MODEL_INLINE bool vma_is_anonymous(const struct vm_area_struct *vma) { return !vma->vm_ops; }
MODEL_INLINE bool vma_is_accessible(const struct vm_area_struct *vma) {
  return vma->vm_flags & (VM_READ | VM_WRITE | VM_EXEC);
}
#define is_vm_hugetlb_page(vma) ((void)(vma), 0)
#define mm_forbids_zeropage(mm) ((void)(mm), 0)
/* include/linux/oom.h */
MODEL_INLINE vm_fault_t check_stable_address_space(struct mm_struct *mm) {
  return (READ_ONCE(mm->flags) & MMF_UNSTABLE) != 0 ? VM_FAULT_SIGBUS : 0;
}
#define mm_tlb_flush_pending(mm) ((void)(mm), 0)

/* ---- Counters ------------------------------------------------------------------------------ */

#define current (kapi_current())
/* Folds in counts that are cached per task, of which there are none. */
MODEL_INLINE void sync_mm_rss(struct mm_struct *mm) { (void)mm; }

MODEL_INLINE void inc_mm_counter(struct mm_struct *mm, int member) {
  add_mm_counter(mm, member, 1);
}
MODEL_INLINE void dec_mm_counter(struct mm_struct *mm, int member) {
  add_mm_counter(mm, member, -1);
}
MODEL_INLINE int mm_counter_file(struct page *page) { return (void)page, MM_FILEPAGES; }
MODEL_INLINE int mm_counter(struct page *page) {
  return PageAnon(page) ? MM_ANONPAGES : mm_counter_file(page);
}

/* ---- Nothing to do: statistics, memory cgroups, notifiers, userfaultfd, KMSAN --------------- */

struct mmu_notifier_range {
  unsigned long start, end;
};
enum mmu_notifier_event { MMU_NOTIFY_CLEAR, MMU_NOTIFY_PROTECTION_PAGE };
#define mmu_notifier_range_init(range, event, flags, vma, mm, from, to) \
  ((void)(event), (void)(flags), (void)(vma), (void)(mm),               \
   (void)((range)->start = (from), (range)->end = (to)))
#define mmu_notifier_invalidate_range_start(range) \
  ((void)(range), checker_might_sleep("mmu_notifier_invalidate_range_start"))
#define mmu_notifier_invalidate_range_end(range) \
  ((void)(range), checker_might_sleep("mmu_notifier_invalidate_range_end"))
#define mmu_notifier_invalidate_range_only_end(range) ((void)(range))

enum vm_event_item { PGREUSE, COW_KSM, PGFAULT, PGMAJFAULT };
#define count_vm_event(item) ((void)(item))
#define delayacct_wpcopy_start() ((void)0)
#define delayacct_wpcopy_end() ((void)0)
#define LAST_CPUPID_SHIFT 0
#define page_cpupid_xchg_last(page, cpupid) ((void)(page), (void)(cpupid))
/* Succeeds; it reclaims where the limit is reached. */
#define mem_cgroup_charge(folio, mm, gfp) \
  ((void)(folio), (void)(mm),             \
   (gfp) == GFP_KERNEL ? checker_might_sleep("mem_cgroup_charge") : (void)0, 0)
#define cgroup_throttle_swaprate(page, gfp) ((void)(page), (void)(gfp))
#define kmsan_copy_page_meta(to, from) ((void)(to), (void)(from))
#define userfaultfd_wp(vma) ((void)(vma), 0)
#define userfaultfd_missing(vma) ((void)(vma), 0)
#define userfaultfd_pte_wp(vma, pte) ((void)(vma), (void)sizeof(pte), 0)

#endif
