/* SPDX-License-Identifier: GPL-2.0-only */
/* What faults on swap entries and mm/swapfile.c need beside the other headers. v6.1. One device,
 * without clusters, as on a rotating disk: the lock of its swap_map is si->lock. */
#ifndef MODEL_KAPI_LINUX_SWAP_H
#define MODEL_KAPI_LINUX_SWAP_H

#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/list.h"
#include "model/kapi/linux/locks.h"
#include "model/kapi/linux/mm.h"
#include "model/kapi/linux/page.h"
#include "model/kapi/linux/pgtable.h"
#include "model/kapi/linux/rmap.h"

/* The tree's own. */
vm_fault_t do_swap_page(struct vm_fault *vmf);
int swap_duplicate(swp_entry_t entry);
int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp);
void swap_free(swp_entry_t entry);
int free_swap_and_cache(swp_entry_t entry);
bool folio_free_swap(struct folio *folio);
struct swap_info_struct *get_swap_device(swp_entry_t entry);
int __swap_count(swp_entry_t entry);
int swapcache_prepare(swp_entry_t entry);
void swapcache_clear(struct swap_info_struct *si, swp_entry_t entry);
void swapcache_free_entries(swp_entry_t *entries, int n);
/* Are called with an entry by value. */
MODEL_INLINE struct swap_info_struct *swap_info_get_cont(swp_entry_t entry,
                                                         struct swap_info_struct *q);
MODEL_INLINE void swap_entry_free(struct swap_info_struct *p, swp_entry_t entry);

/* ---- Library -------------------------------------------------------------------------------- */

#define data_race(expression) (expression)
/* "swap_free: Unused swap offset entry 00000001": whoever asks about an entry must have a share in
 * it. */
#define pr_err(format, function, text, value) \
  checker_violation("bad-swap-entry", "%s: %s%08lx", function, text, (unsigned long)(value))
#define round_down(value, size) ((value) & ~((__typeof__(value))(size)-1))
#define signal_pending(task) ((void)(task), 0)
#define VM_BUG_ON_FOLIO(condition, folio) VM_BUG_ON(condition)
/* By do_swap_page() only. */
#define schedule_timeout_uninterruptible(ticks) ((void)(ticks), kapi_swap_tick())

/* ---- The device ----------------------------------------------------------------------------- */

struct swap_cluster_info {
  spinlock_t lock;
};
#define SWAPFILE_CLUSTER 256
#define swap_info (kapi_swap_info())
#define nr_swapfiles 1U
#define swp_swap_info(entry) ((void)sizeof(entry), swap_info[0])
#define SWAP_MAP_MAX (kapi_swap_map_max())
#define SWAP_CONT_MAX (kapi_swap_cont_max())
/* Is not set: of devices that must not see a page change while they write it. */
#define SWP_STABLE_WRITES 0x800

#define percpu_ref_tryget_live(ref) kapi_tryget_live(ref)
#define percpu_ref_put(ref) kapi_percpu_ref_put(ref)
#define put_swap_device(si) percpu_ref_put(&(si)->users)

/* Clusters: none. */
#define cluster_is_huge(ci) ((void)(ci), false)
#define cluster_clear_huge(ci) ((void)(ci))
#define swap_free_cluster(si, index) ((void)(si), (void)(index))
#define dec_cluster_info_page(si, clusters, page) ((void)(si), (void)(clusters), (void)(page))
/* Statistics, notifications, and where to look for free slots. */
#define swap_range_free(si, offset, nr) \
  ((void)(offset), WRITE_ONCE((si)->inuse_pages, (si)->inuse_pages - (nr)))
/* swapoff switches the per-CPU cache of slots off; here it always is. */
MODEL_INLINE void free_swap_slot(swp_entry_t entry) {
  swapcache_free_entries(&entry, 1);
  kapi_slot_freed(swp_offset(entry));
}
#define sort(...) ((void)0)
#define swp_entry_cmp NULL
#define mem_cgroup_uncharge_swap(entry, nr) ((void)sizeof(entry))
#define mem_cgroup_swapin_charge_folio(folio, mm, gfp, entry) ((void)sizeof(entry), 0)
#define mem_cgroup_swapin_uncharge_swap(entry) ((void)sizeof(entry))
/* "Half of all slots are in use", so that those of pages in memory are worth having. */
#define mem_cgroup_swap_full(folio) ((void)(folio), false)
#define pm_suspended_storage() false

/* Continuations of swap_map, which is smaller than a page. Of a slot's number all is the offset in
 * the page. */
#define __GFP_HIGHMEM 2U
#define vmalloc_to_page(address) ((void)(address), kapi_continuation_head())
#define alloc_page(gfp) kapi_alloc_continuation(((gfp)&GFP_KERNEL) == 0)
#define __free_page(page) kapi_free_continuation(page)
#define page_private(page) READ_ONCE((page)->private_)
#define set_page_private(page, value) ((page)->private_ = (value))
#define kmap_atomic(page) ((void *)&(page)->content)
#define kunmap_atomic(address) ((void)(address))

/* ---- The swap cache ------------------------------------------------------------------------- */

struct address_space;
#define swap_address_space(entry) ((void)sizeof(entry), (struct address_space *)0)
#define filemap_get_folio(mapping, index) \
  ((void)(mapping), (struct folio *)kapi_swap_cache_page(index))
#define swap_cache_get_folio(entry, vma, address) \
  ((void)(vma), (void)(address), (struct folio *)kapi_swap_cache_page(swp_offset(entry)))
#define swapin_readahead(entry, gfp, vmf) ((void)(gfp), (void)(vmf), kapi_swap_in(entry))
#define delete_from_swap_cache(folio) kapi_delete_from_swap_cache(&(folio)->page)
MODEL_INLINE swp_entry_t folio_swap_entry(const struct folio *folio) {
  swp_entry_t entry;
  entry.val = page_private(&folio->page);
  return entry;
}
/* free_swap_cache(), mm/swap_state.c. */
MODEL_INLINE void free_swap_cache(struct page *page);

/* A page that goes around the cache, for SWP_SYNCHRONOUS_IO. */
#define vma_alloc_folio(...) ((struct folio *)kapi_alloc_swap_page())
#define __folio_set_locked(folio) folio_lock(folio)
#define __folio_set_swapbacked(folio) ((void)(folio))
#define get_shadow_from_swap_cache(entry) ((void)sizeof(entry), (void *)0)
#define workingset_refault(folio, shadow) ((void)(folio), (void)(shadow))
#define folio_set_swap_entry(folio, entry) ((folio)->page.private_ = (entry).val)
#define swap_readpage(page, sync, plug) ((void)(sync), (void)(plug), kapi_swap_readpage(page))

/* ---- Pages ---------------------------------------------------------------------------------- */

#define folio_get(folio) get_page(&(folio)->page)
#define folio_put(folio) put_page(&(folio)->page)
#define folio_mapped(folio) (page_mapcount(&(folio)->page) != 0)
#define folio_mapcount(folio) page_mapcount(&(folio)->page)
#define folio_file_page(folio, index) ((void)sizeof(index), &(folio)->page)
#define folio_test_large(folio) ((void)(folio), false)
#define folio_test_locked(folio) (checker_lock_held(&(folio)->page.lock) != 0)
#define folio_test_uptodate(folio) PageUptodate(&(folio)->page)
#define folio_test_writeback(folio) PageWriteback(&(folio)->page)
#define folio_test_dirty(folio) (READ_ONCE((folio)->page.PG_dirty) != 0)
#define folio_test_swapbacked(folio) ((void)(folio), true)
#define folio_set_swapbacked(folio) ((void)(folio))
#define folio_test_mlocked(folio) ((void)(folio), false)
#define folio_test_mappedtodisk(folio) ((void)(folio), false)
#define folio_set_dirty(folio) __atomic_store_n(&(folio)->page.PG_dirty, 1, __ATOMIC_RELAXED)
#define folio_mark_dirty(folio) folio_set_dirty(folio)
#define PageUptodate(page) (READ_ONCE((page)->PG_uptodate) != 0)
#define PageWriteback(page) (READ_ONCE((page)->PG_writeback) != 0)
#define PageMappedToDisk(page) ((void)(page), 0)
#define PageHWPoison(page) ((void)(page), 0)
MODEL_INLINE void folio_lock(struct folio *folio) {
  checker_lock_acquire(&folio->page.lock, 0, checker_lock_write);
}
#define unlock_page(page) folio_unlock(page_folio(page))
#define folio_wait_writeback(folio) kapi_wait_on_writeback(&(folio)->page)
#define folio_lock_or_retry(folio, mm, flags) kapi_lock_page_or_retry(&(folio)->page, mm, flags)
#define folio_add_lru(folio) ((void)(folio))
#define folio_add_lru_vma(folio, vma) ((void)(folio), (void)(vma))
#define ksm_might_need_to_copy(page, vma, address) ((void)(vma), (void)(address), (page))

MODEL_INLINE void free_swap_cache(struct page *page) {
  struct folio *const folio = page_folio(page);
  if (folio_test_swapcache(folio) && !folio_mapped(folio) && folio_trylock(folio)) {
    folio_free_swap(folio);
    folio_unlock(folio);
  }
}

typedef int rmap_t;
#define RMAP_NONE ((rmap_t)0)
#define RMAP_EXCLUSIVE ((rmap_t)1)
#define page_add_anon_rmap(page, vma, address, flags) \
  kapi_add_anon_rmap(page, vma, address, ((flags)&RMAP_EXCLUSIVE) != 0)

/* ---- Entries -------------------------------------------------------------------------------- */

MODEL_INLINE bool is_swap_pte(pte_t pte) { return !pte_none(pte) && !pte_present(pte); }
MODEL_INLINE pte_t pte_swp_clear_flags(pte_t pte) {
  return pte_swp_clear_soft_dirty(pte_swp_clear_exclusive(pte));
}
/* Takes an entry by value. */
MODEL_INLINE int pte_same_as_swp(pte_t pte, pte_t swp_pte) {
  return pte_same(pte_swp_clear_flags(pte), swp_pte);
}
#define flush_icache_page(vma, page) ((void)(vma), (void)(page))
#define arch_swap_restore(entry, folio) ((void)sizeof(entry), (void)(folio))
#define arch_do_swap_page(mm, vma, address, pte, old) ((void)(mm), (void)(vma), (void)(address))

/* ---- Areas and mms -------------------------------------------------------------------------- */

#define VM_LOCKED 0x2000
#define init_mm (*kapi_init_mm())
#define mmget(mm) kapi_mmget(mm)
#define mmget_not_zero(mm) kapi_mmget_not_zero(mm)
#define mmput(mm) kapi_mmput(mm)
#define mmap_read_lock(mm) checker_lock_acquire(&(mm)->mmap_sem, 0, checker_lock_read)
#define mmap_read_unlock(mm) checker_lock_release(&(mm)->mmap_sem, checker_lock_read)
struct vma_iterator {
  struct mm_struct *mm;
  struct vm_area_struct *at;
};
#define VMA_ITERATOR(name, of, from) struct vma_iterator name = {.mm = (of), .at = NULL}
#define for_each_vma(iterator, vma) while (((vma) = kapi_next_vma(&(iterator))) != NULL)
MODEL_INLINE struct vm_area_struct *kapi_next_vma(struct vma_iterator *iterator) {
  iterator->at = iterator->at ? iterator->at->vm_next : kapi_first_vma(iterator->mm);
  return iterator->at;
}

/* Shared memory has no pages in swap. Called first in every round of try_to_unuse(). */
#define shmem_unuse(type) (kapi_unuse_round(swap_info[type]), 0)
#define LATENCY_LIMIT 256

/* ---- Statistics, and where the model ends --------------------------------------------------- */

#define count_memcg_event_mm(mm, item) ((void)(mm), (void)(item))
#define migration_entry_wait(mm, pmd, address) kapi_not_modelled("migration_entry_wait()")
#define remove_device_exclusive_entry(vmf) KAPI_CUT("remove_device_exclusive_entry")
#define handle_pte_marker(vmf) KAPI_CUT("handle_pte_marker")
#define make_swapin_error_entry(page) swp_entry(MAX_SWAPFILES, page_to_pfn(page))
struct dev_pagemap_ops {
  vm_fault_t (*migrate_to_ram)(struct vm_fault *vmf);
};
struct dev_pagemap {
  const struct dev_pagemap_ops *ops;
};

#endif
