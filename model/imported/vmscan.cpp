// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, v6.1, and the walk over a page's areas of mm/rmap.c, around an imported
// try_to_unmap_one().
#include "model/imported/imported.hpp"
#include "model/invariants/ghost.hpp"
#include "model/kapi/imported.h"

namespace model {

// page_vma_mapped_walk() for one small page, mm/page_vma_mapped.c, v6.1.
pte_t* kapi_mapped_at(page* p, vm_area_struct* vma, u64 address, spinlock_t** ptlp) {
  pmd_t* pmd = pmd_offset(vma->vm_mm, address);
  if (pmd_none(pmd)) return nullptr;
  pte_t* pte = pte_offset_map_ptl(pmd, address, ptlp);
  if (!pte_present(READ_ONCE(*pte))) return nullptr;  // map_pte(), without the lock
  spin_lock(*ptlp);
  const pte_t now = READ_ONCE(*pte);
  if (pte_present(now) && pte_pfn(now) == page_to_pfn(p)) return pte;  // check_pte()
  spin_unlock(*ptlp);
  return nullptr;
}

bool kapi_runs_elsewhere(const mm_struct* mm) {
  for (unsigned cpu = 0; cpu < world.parameters.threads; ++cpu) {
    if (static_cast<int>(cpu) == checker_thread()) continue;
    if (world.parameters.cpu_mm[cpu] == static_cast<int>(mm_index(mm))) return true;
  }
  return false;
}

void kapi_batch_add(arch_tlbflush_unmap_batch* batch, mm_struct* mm) {
  batch->mms |= u64{1} << mm_index(mm);
  checker_note("%s: a TLB flush is put off", mm_name(mm_index(mm)));
}

void kapi_batch_flush(arch_tlbflush_unmap_batch* batch) {
  const u64 mms = batch->mms;
  batch->mms = 0;
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    if ((mms >> i & 1) != 0) flush_tlb_mm(&world.mms[i]);
  }
}

namespace imported {

// Of enum ttu_flags.
static constexpr u64 TTU_BATCH_FLUSH = 0x40;

// try_to_unmap() and rmap_walk_anon(), mm/rmap.c, v6.1. REQUIRES: page lock.
static void try_to_unmap(page* p, u64 flags) {
  anon_vma* av = p->mapping;
  if (av == nullptr) return;
  anon_vma* root = av->root;
  const u64 address = address_of(static_cast<unsigned>(p->index));
  down_read(&root->rwsem);
  for (u64 i = 0; i < av->nr_vmas; ++i) {
    vm_area_struct* vma = av->vmas[i];
    if (address < vma->vm_start || address >= vma->vm_end) continue;
    cond_resched();
    void* const argument = reinterpret_cast<void*>(flags);  // NOLINT(performance-no-int-to-ptr)
    if (!functions.reclaim.try_to_unmap_one(p, vma, address, argument)) break;
    if (!page_mapped(p)) break;
  }
  up_read(&root->rwsem);
}

// __remove_mapping(), mm/vmscan.c, v6.1. True: nobody has the page any more, its refcount is 0.
// From the freeze to the removal from the swap cache is one step: a lookup that comes between finds
// a refcount of 0 and goes round until that is over.
static bool remove_mapping(page* p) {
  checker_atomic_begin("__remove_mapping");
  const swp_entry_t entry = {p->private_};
  bool removed = page_ref_freeze(p, 2);  // the isolation and the swap cache
  // Not before the refcount: a user who dropped his reference has set PG_dirty first.
  if (removed && p->PG_dirty != 0) {
    page_ref_unfreeze(p, 2);
    removed = false;
  }
  if (removed) __delete_from_swap_cache(p);
  checker_atomic_end();
  if (removed) functions.swap.put_swap_folio(p, entry);
  return removed;
}

// pageout(), mm/vmscan.c, v6.1. False: keep the page. Drops the page lock if it writes.
static bool pageout(page* p, bool* locked) {
  if (atomic_read(p->refcount) != 2) return false;  // is_page_cache_freeable()
  if (!TestClearPageDirty(p)) return true;
  swap_writepage(p);
  if (PageWriteback(p) || PageDirty(p)) {
    *locked = false;
    return false;
  }
  *locked = trylock_page(p);
  return *locked && !PageDirty(p) && !PageWriteback(p);
}

// One page of shrink_folio_list(), mm/vmscan.c, v6.1: swap it out and free it, or keep it. Left
// out: folio_check_references(), so that a page goes whether or not it was accessed lately;
// activation.
void shrink_folio(page* p) {
  bool locked = trylock_page(p);
  bool reclaimed = false;
  if (locked && PageAnon(p) && (PageSwapCache(p) || add_to_swap(p))) {
    if (page_mapped(p)) try_to_unmap(p, TTU_BATCH_FLUSH);
    reclaimed = !page_mapped(p);
    if (reclaimed && PageDirty(p)) {
      // Before it is written out: through a TLB entry it might still be changed.
      functions.reclaim.try_to_unmap_flush_dirty();
      reclaimed = pageout(p, &locked);
    }
    reclaimed = reclaimed && remove_mapping(p);
  }
  if (locked) unlock_page(p);
  functions.reclaim.try_to_unmap_flush();
  if (reclaimed) {
    free_unref_page(p);
  } else {
    put_page(p);
  }
}

}  // namespace imported
}  // namespace model
