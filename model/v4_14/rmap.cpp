// SPDX-License-Identifier: GPL-2.0-only
// mm/rmap.c and mm/page_vma_mapped.c, v4.14: who maps an anonymous page.
#include "model/invariants/ghost.hpp"
#include "model/kapi/sharing.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// anon_vma_prepare(), mm/rmap.c, v4.14. Areas made by setup have their anon_vma; those forked get
// one.
int anon_vma_prepare(vm_area_struct* vma) {
  if (vma->anon_vma != nullptr) return 0;
  checker_might_sleep("anon_vma_alloc");
  if (alloc_fails(alloc_site::anon_vma)) return -enomem;
  anon_vma* av = &world.anon_vmas[mm_index(vma->vm_mm) * world.parameters.vmas +
                                  static_cast<unsigned>(vma - world.vmas[mm_index(vma->vm_mm)])];
  // Under anon_vma lock and page_table_lock in the kernel, where several faults may come here at
  // once.
  checker_atomic_begin("anon_vma_prepare");
  if (vma->anon_vma == nullptr) {
    av->root = av;
    av->nr_vmas = 1;
    av->vmas[0] = vma;
    vma->anon_vma = av;
    vma->nr_chain = 1;
    vma->anon_vma_chain[0] = av;
  }
  checker_atomic_end();
  return 0;
}

// anon_vma_fork() and anon_vma_clone(), mm/rmap.c, v4.14: the child's area is linked into all
// anon_vmas of the parent's, then gets one of its own. Left out: reuse of an anon_vma without
// areas.
int anon_vma_fork(vm_area_struct* vma, vm_area_struct* pvma) {
  anon_vma* parent_av = pvma->anon_vma;
  if (parent_av == nullptr) return 0;
  checker_might_sleep("anon_vma_chain_alloc");
  if (alloc_fails(alloc_site::anon_vma)) return -enomem;
  anon_vma* root = parent_av->root;
  anon_vma* av = &world.anon_vmas[mm_index(vma->vm_mm) * world.parameters.vmas +
                                  static_cast<unsigned>(vma - world.vmas[mm_index(vma->vm_mm)])];
  down_write(&root->rwsem);
  checker_atomic_begin("anon_vma_clone");
  for (u64 i = 0; i < pvma->nr_chain; ++i) {
    vma->anon_vma_chain[i] = pvma->anon_vma_chain[i];
    vma->anon_vma_chain[i]->vmas[vma->anon_vma_chain[i]->nr_vmas++] = vma;
  }
  av->root = root;
  av->nr_vmas = 1;
  av->vmas[0] = vma;
  vma->anon_vma_chain[pvma->nr_chain] = av;
  vma->nr_chain = pvma->nr_chain + 1;
  vma->anon_vma = av;
  checker_atomic_end();
  up_write(&root->rwsem);
  return 0;
}

// unlink_anon_vmas(), mm/rmap.c, v4.14. Left out: freeing anon_vmas.
void unlink_anon_vmas(vm_area_struct* vma) {
  anon_vma* own = vma->anon_vma;
  if (own == nullptr) return;
  anon_vma* root = own->root;
  down_write(&root->rwsem);
  checker_atomic_begin("unlink_anon_vmas");
  for (u64 i = 0; i < vma->nr_chain; ++i) {
    anon_vma* av = vma->anon_vma_chain[i];
    u64 kept = 0;
    for (u64 k = 0; k < av->nr_vmas; ++k) {
      if (av->vmas[k] != vma) av->vmas[kept++] = av->vmas[k];
    }
    av->nr_vmas = kept;
  }
  vma->nr_chain = 0;
  checker_atomic_end();
  up_write(&root->rwsem);
}

// __page_set_anon_rmap(), mm/rmap.c, v4.14.
void page_set_anon_rmap(page* p, vm_area_struct* vma, u64 address, bool exclusive) {
  if (PageAnon(p)) return;
  anon_vma* av = vma->anon_vma;
  if (!exclusive) av = av->root;
  // The page is locked, or not yet visible.
  checker_atomic_begin("page->mapping");
  p->index = vpn_of(address);
  p->mapping = av;
  checker_atomic_end();
}

void page_dup_rmap(page* p) {
  atomic_add(p->mapcount, 1);
  ghost::mapcount(p, 1);
}

// do_page_add_anon_rmap(), mm/rmap.c, v4.14.
void page_add_anon_rmap(page* p, vm_area_struct* vma, u64 address, bool exclusive) {
  atomic_add_return(p->mapcount, 1);
  ghost::mapcount(p, 1);
  page_set_anon_rmap(p, vma, address, exclusive);
}

// page_add_new_anon_rmap(), mm/rmap.c, v4.14.
void page_add_new_anon_rmap(page* p, vm_area_struct* vma, u64 address) {
  atomic_add_return(p->mapcount, 1);
  ghost::mapcount(p, 1);
  page_set_anon_rmap(p, vma, address, true);
}

// page_move_anon_rmap(), mm/rmap.c, v4.14.
void page_move_anon_rmap(page* p, vm_area_struct* vma) {
  anon_vma* av = vma->anon_vma;
  *const_cast<anon_vma* volatile*>(&p->mapping) = av;
}

void page_remove_rmap(page* p) {
  atomic_sub_return(p->mapcount, 1);
  ghost::mapcount(p, -1);
}

// page_vma_mapped_walk() for one small page, mm/page_vma_mapped.c, v4.14: the entry that maps the
// page, with its lock held; null if there is none. With `changes`, the caller will change it.
static pte_t* page_vma_mapped_walk(page* p, vm_area_struct* vma, u64 address, bool changes,
                                   spinlock_t** ptlp) {
  pmd_t* pmd = pmd_offset(vma->vm_mm, address);
  if (kernel->sharing != nullptr && kernel->sharing->map_pte != nullptr) {
    pte_t* pte = kernel->sharing->map_pte(vma->vm_mm, pmd, address, changes, ptlp);
    if (pte == nullptr) return nullptr;
    const pte_t now = *pte;
    if (pte_present(now) && pte_pfn(now) == page_to_pfn(p)) return pte;
    spin_unlock(*ptlp);
    return nullptr;
  }
  if (changes && kernel->sharing != nullptr && kernel->sharing->rmap_walk != nullptr &&
      !kernel->sharing->rmap_walk(vma, pmd, address)) {
    return nullptr;
  }
  if (pmd_none(pmd)) return nullptr;
  pte_t* pte = pte_offset_map_ptl(pmd, address, ptlp);
  if (!pte_present(*pte)) return nullptr;  // map_pte(), without the lock
  spin_lock(*ptlp);
  const pte_t now = *pte;
  if (pte_present(now) && pte_pfn(now) == page_to_pfn(p)) return pte;  // check_pte()
  spin_unlock(*ptlp);
  return nullptr;
}

static bool runs_somewhere(const mm_struct* mm) {
  for (unsigned cpu = 0; cpu < world.parameters.threads; ++cpu) {
    if (world.parameters.cpu_mm[cpu] == static_cast<int>(mm_index(mm))) return true;
  }
  return false;
}

// set_tlb_ubc_flush_pending(), mm/rmap.c, v4.14.
static void set_tlb_ubc_flush_pending(tlbflush_unmap_batch* batch, mm_struct* mm, u64 address,
                                      bool writable) {
  batch->mms |= 1U << mm_index(mm);
  // The entry is cleared before others are told that a flush is due.
  barrier();
  WRITE_ONCE(mm->tlb_flush_batched, 1);
  checker_note("%s pte[%u]: the TLB flush is put off", mm_name(mm_index(mm)), vpn_of(address));
  if (writable) batch->writable = true;
}

// flush_tlb_batched_pending(), mm/rmap.c, v4.14. REQUIRES: the page-table lock.
void flush_tlb_batched_pending(mm_struct* mm) {
  if (READ_ONCE(mm->tlb_flush_batched) == 0) return;
  flush_tlb_mm(mm);
  barrier();
  WRITE_ONCE(mm->tlb_flush_batched, 0);
}

// try_to_unmap_flush() and try_to_unmap_flush_dirty(), mm/rmap.c, v4.14.
void try_to_unmap_flush(tlbflush_unmap_batch* batch) {
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    if ((batch->mms >> i & 1) != 0) flush_tlb_mm(&world.mms[i]);
  }
  batch->mms = 0;
  batch->writable = false;
}

void try_to_unmap_flush_dirty(tlbflush_unmap_batch* batch) {
  if (batch->writable) try_to_unmap_flush(batch);
}

// try_to_unmap_one(), mm/rmap.c, v4.14, for an anonymous page in the swap cache. False: stop the
// walk. Left out: mlock, lazy free, ksm, migration, huge pages; and, as without TTU_IGNORE_ACCESS,
// that an entry found young is made old and kept.
bool try_to_unmap_one(page* p, vm_area_struct* vma, u64 address, tlbflush_unmap_batch* batch) {
  mm_struct* mm = vma->vm_mm;
  spinlock_t* ptl = nullptr;
  pte_t* pte = page_vma_mapped_walk(p, vma, address, true, &ptl);
  if (pte == nullptr) return true;

  pte_t pteval;
  if (runs_somewhere(mm)) {  // should_defer_flush()
    pteval = ptep_get_and_clear(mm, address, pte);
    set_tlb_ubc_flush_pending(batch, mm, address, pte_dirty(pteval));
  } else {
    pteval = ptep_clear_flush(vma, address, pte);
  }
  if (pte_dirty(pteval)) SetPageDirty(p);

  const swp_entry_t entry = {page_private(p)};
  if (swap_duplicate(entry) < 0) {
    if (!patched(patch::reclaim_without_restore)) set_pte_at(mm, address, pte, pteval);
    pte_unmap_unlock(ptl);
    return false;
  }
  // After swap_duplicate(): before, drain_mmlist() could take the mm off again.
  if (list_empty(&mm->mmlist)) {
    spin_lock(world.mmlist_lock);
    if (list_empty(&mm->mmlist)) list_add(&mm->mmlist, &world.init_mm->mmlist);
    spin_unlock(world.mmlist_lock);
  }
  dec_mm_counter(mm, MM_ANONPAGES);
  inc_mm_counter(mm, MM_SWAPENTS);
  pte_t swp_pte = swp_entry_to_pte(entry);
  if (pte_soft_dirty(pteval)) swp_pte = pte_swp_mksoft_dirty(swp_pte);
  set_pte_at(mm, address, pte, swp_pte);
  page_remove_rmap(p);
  put_page(p);
  pte_unmap_unlock(ptl);
  return true;
}

// page_referenced_one(), mm/rmap.c, v4.14, for one small page: its entries become old. x86 does not
// flush for that.
static void page_referenced_one(page* p, vm_area_struct* vma, u64 address) {
  spinlock_t* ptl = nullptr;
  pte_t* pte = page_vma_mapped_walk(p, vma, address, false, &ptl);
  if (pte == nullptr) return;
  ptep_clear_young(vma, address, pte);
  pte_unmap_unlock(ptl);
}

// page_referenced() and rmap_walk_anon(), mm/rmap.c, v4.14. REQUIRES: a reference.
void page_referenced(page* p) {
  if (!trylock_page(p)) return;
  anon_vma* av = p->mapping;
  const u64 address = address_of(static_cast<unsigned>(p->index));
  down_read(&av->root->rwsem);
  for (u64 i = 0; i < av->nr_vmas; ++i) {
    vm_area_struct* vma = av->vmas[i];
    if (address < vma->vm_start || address >= vma->vm_end) continue;
    page_referenced_one(p, vma, address);
  }
  up_read(&av->root->rwsem);
  unlock_page(p);
}

// try_to_unmap() and rmap_walk_anon(), mm/rmap.c, v4.14. REQUIRES: page lock.
bool try_to_unmap(page* p, tlbflush_unmap_batch* batch) {
  anon_vma* av = p->mapping;
  if (av == nullptr) return !page_mapped(p);
  anon_vma* root = av->root;
  const u64 address = address_of(static_cast<unsigned>(p->index));
  down_read(&root->rwsem);
  for (u64 i = 0; i < av->nr_vmas; ++i) {
    vm_area_struct* vma = av->vmas[i];
    if (address < vma->vm_start || address >= vma->vm_end) continue;
    if (!try_to_unmap_one(p, vma, address, batch)) break;
    if (page_mapcount(p) == 0) break;
  }
  up_read(&root->rwsem);
  return !page_mapped(p);
}

}  // namespace model::v4_14
