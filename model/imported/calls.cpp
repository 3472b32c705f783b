// SPDX-License-Identifier: GPL-2.0-only
// What imported functions call (kapi/imported.h), v6.1.
#include "model/imported/imported.hpp"
#include "model/invariants/ghost.hpp"
#include "model/kapi/imported.h"
#include "model/v4_14/v4_14.hpp"

namespace model {

void kapi_table_wanted(pmd_t* pmd) {
  checker_ghost_begin();
  ghost::mine().table_wanted = static_cast<u64>(pmd - world.pmds) + 1;
  checker_ghost_end();
}

pte_table* kapi_pte_alloc_one(mm_struct* mm) {
  checker_ghost_begin();
  const u64 wanted = ghost::mine().table_wanted;
  ghost::mine().table_wanted = 0;
  checker_ghost_end();
  if (wanted == 0) {
    checker_violation("model-limit", "pte_alloc_one(): what the table is for is not known");
  }
  const u64 number = (wanted - 1) % world.nr_pmds;
  return pte_alloc_one(mm,
                       address_of(static_cast<unsigned>(number) * world.parameters.ptes_per_table));
}

pmd_t* kapi_pmd_offset(mm_struct* mm, u64 address) { return pmd_offset(mm, address); }

page* kapi_alloc_user_page(unsigned gfp) {
  return alloc_page(static_cast<gfp_t>(gfp), alloc_site::fault_page);
}

// __SetPageUptodate(): contents must be visible before an entry is; pairs with the data dependency
// of the CPU that walks to the page.
void kapi_mark_uptodate(page* p) {
  smp_wmb();
  SetPageUptodate(p);
}

spinlock_t* kapi_mmlist_lock() { return world.mmlist_lock; }

// As in v4.14.
int anon_vma_prepare(vm_area_struct* vma) { return v4_14::anon_vma_prepare(vma); }

// BUG_ON(!anon_vma) of __page_set_anon_rmap() and page_move_anon_rmap(), mm/rmap.c, v6.1: without
// one, nobody would find the entries that map the page.
static void require_anon_vma(const vm_area_struct* vma, const char* function) {
  if (vma->anon_vma != nullptr) return;
  checker_violation("bug-on", "kernel BUG in %s(): an area of %s has no anon_vma", function,
                    mm_name(mm_index(vma->vm_mm)));
}

// page_add_new_anon_rmap(), mm/rmap.c, v6.1: nobody else can see the page yet.
void page_add_new_anon_rmap(page* p, vm_area_struct* vma, u64 address) {
  require_anon_vma(vma, "page_add_new_anon_rmap");
  v4_14::page_add_new_anon_rmap(p, vma, address);
  atomic_set(p->PG_anon_exclusive, 1);
}

// page_move_anon_rmap(), mm/rmap.c, v6.1. REQUIRES: the page lock.
void page_move_anon_rmap(page* p, vm_area_struct* vma) {
  require_anon_vma(vma, "page_move_anon_rmap");
  v4_14::page_move_anon_rmap(p, vma);
  atomic_set(p->PG_anon_exclusive, 1);
}

// folio_move_anon_rmap(), mm/rmap.c, v6.12. REQUIRES: the page lock.
void kapi_move_anon_rmap(page* p, vm_area_struct* vma) {
  require_anon_vma(vma, "folio_move_anon_rmap");
  v4_14::page_move_anon_rmap(p, vma);
}

void page_remove_rmap(page* p, vm_area_struct*, bool) { v4_14::page_remove_rmap(p); }

void kapi_dup_rmap(page* p) { v4_14::page_dup_rmap(p); }

// page_add_anon_rmap(), mm/rmap.c, v6.1. With its VM_BUG_ON_PAGE(): a page that is mapped already
// is not exclusive, and is not to be.
void kapi_add_anon_rmap(page* p, vm_area_struct* vma, u64 address, bool exclusive) {
  const bool first = atomic_add_return(p->mapcount, 1) == 1;
  ghost::mapcount(p, 1);
  if (!first && (exclusive || atomic_read(p->PG_anon_exclusive) != 0)) {
    checker_violation("bug-on", "page_add_anon_rmap(): page %lu is mapped, and is %s exclusive",
                      page_to_pfn(p), exclusive ? "to be made" : "marked");
  }
  if (first) v4_14::page_set_anon_rmap(p, vma, address, exclusive);
  if (exclusive) atomic_set(p->PG_anon_exclusive, 1);
}

vm_area_struct* kapi_first_vma(mm_struct* mm) { return mm->mmap; }

void kapi_mmget(mm_struct* mm) { mmget(mm); }

bool kapi_mmget_not_zero(mm_struct* mm) { return mmget_not_zero(mm); }

void kapi_mmput(mm_struct* mm) {
  checker_might_sleep("mmput");
  imported::mmput(mm);
}

mm_struct* kapi_init_mm() { return world.init_mm; }

task_struct* kapi_current() { return &world.tasks[checker_thread()]; }

// folio_lock_or_retry() and __folio_lock_or_retry(), v6.1, without signals.
bool kapi_lock_page_or_retry(page* p, mm_struct* mm, unsigned flags) {
  if (trylock_page(p)) return true;
  checker_might_sleep("__folio_lock_or_retry");
  if ((flags & FAULT_FLAG_ALLOW_RETRY) != 0 && (flags & FAULT_FLAG_TRIED) == 0) {
    up_read(&mm->mmap_sem);
    wait_on_page_locked(p);
    return false;
  }
  lock_page(p);
  return true;
}

void kapi_wait_on_writeback(page* p) { wait_on_page_writeback(p); }

}  // namespace model
