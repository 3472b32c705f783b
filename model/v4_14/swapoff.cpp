// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, v4.14: swapoff(2).
#include "model/invariants/ghost.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// pte_same_as_swp(), mm/swapfile.c, v4.14.
static bool pte_same_as_swp(pte_t pte, pte_t swp_pte) {
  return pte_same(pte_swp_clear_soft_dirty(pte), swp_pte);
}

// unuse_pte(), mm/swapfile.c, v4.14. REQUIRES: page lock, mmap_sem. Whether others share the entry does
// not matter: it becomes a read-only one, and a write sorts it out. Returns whether it was replaced.
static bool unuse_pte(vm_area_struct* vma, pmd_t* pmd, u64 addr, swp_entry_t entry, page* p) {
  spinlock_t* ptl = nullptr;
  pte_t* pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
  if (!patched(patch::unuse_pte_without_recheck) &&
      !pte_same_as_swp(*pte, swp_entry_to_pte(entry))) {
    pte_unmap_unlock(ptl);
    return false;
  }
  dec_mm_counter(vma->vm_mm, MM_SWAPENTS);
  inc_mm_counter(vma->vm_mm, MM_ANONPAGES);
  get_page(p);
  set_pte_at(vma->vm_mm, addr, pte, pte_mkold(mk_pte(p)));
  page_add_anon_rmap(p, vma, addr, false);
  swap_free(entry);
  pte_unmap_unlock(ptl);
  return true;
}

// unuse_vma() down to unuse_pte_range(), mm/swapfile.c, v4.14. Scans without the page-table lock: under
// page lock and mmap_sem the entry can't appear here, only go away.
static bool unuse_vma(vm_area_struct* vma, swp_entry_t entry, page* p) {
  u64 addr = vma->vm_start;
  u64 end = vma->vm_end;
  if (PageAnon(p)) {
    addr = address_of(static_cast<unsigned>(p->index));  // page_address_in_vma()
    if (addr < vma->vm_start || addr >= vma->vm_end) return false;
    end = addr + page_size;
  }
  while (addr != end) {
    const u64 next = pmd_addr_end(addr, end);
    pmd_t* pmd = pmd_offset(vma->vm_mm, addr);
    if (!pmd_none(pmd)) {
      const pte_t* pte = pte_offset_map(pmd, addr);
      for (u64 at = addr; at != next; at += page_size, ++pte) {
        if (!pte_same_as_swp(*pte, swp_entry_to_pte(entry))) continue;
        if (unuse_pte(vma, pmd, at, entry, p)) return true;
      }
    }
    addr = next;
  }
  return false;
}

// unuse_mm(), mm/swapfile.c, v4.14. mmap_sem ranks above the page lock, which is held: it is only tried,
// and otherwise the page lock dropped around it.
static void unuse_mm(mm_struct* mm, swp_entry_t entry, page* p) {
  if (!down_read_trylock(&mm->mmap_sem)) {
    unlock_page(p);
    down_read(&mm->mmap_sem);
    lock_page(p);
  }
  for (vm_area_struct* vma = mm->mmap; vma != nullptr; vma = vma->links->vm_next) {
    if (vma->links->av != nullptr && unuse_vma(vma, entry, p)) break;
    cond_resched();
  }
  up_read(&mm->mmap_sem);
}

// find_next_to_unuse(), mm/swapfile.c, v4.14: the next slot in use after `prev`, then from the start;
// 0 if there is none. No lock: no new ones come, and false hits do no harm.
static u64 find_next_to_unuse(swap_info_struct* si, u64 prev) {
  u64 max = si->max;
  u64 i = prev;
  for (;;) {
    if (++i >= max) {
      if (prev == 0) return 0;
      max = prev + 1;
      prev = 0;
      i = 1;
    }
    const u64 count = READ_ONCE(si->swap_map[i]);
    if (count != 0 && swap_count(count) != SWAP_MAP_BAD) return i;
  }
}

// init_mm never goes away, so holding it needs no count.
static mm_struct* hold_mm(mm_struct* mm) {
  if (mm != world.init_mm) mmget(mm);
  return mm;
}

static void drop_mm(mm_struct* mm) {
  if (mm != world.init_mm) mmput(mm);
}

static mm_struct* mm_of(list_head* entry) {
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    if (&world.mms[i].mmlist == entry) return &world.mms[i];
  }
  return world.init_mm;
}

// The middle of try_to_unuse(): walks mmlist from start_mm until the slot has no users left or the walk
// is round. Returns the mm to start from next time, held in start_mm's place.
static mm_struct* unuse_mmlist(mm_struct* start_mm, u64* slot_map, swp_entry_t entry, page* p,
                               u64 swcount) {
  bool set_start_mm = READ_ONCE(*slot_map) >= swcount;
  mm_struct* new_start_mm = hold_mm(start_mm);
  mm_struct* prev_mm = hold_mm(start_mm);
  list_head* at = &start_mm->mmlist;
  spin_lock(world.mmlist_lock);
  while (swap_count(READ_ONCE(*slot_map)) != 0 && (at = at->next) != &start_mm->mmlist) {
    mm_struct* mm = mm_of(at);
    if (mm != world.init_mm && !mmget_not_zero(mm)) continue;
    spin_unlock(world.mmlist_lock);
    drop_mm(prev_mm);
    prev_mm = mm;
    cond_resched();

    const u64 before = READ_ONCE(*slot_map);
    if (swap_count(before) != 0) {
      if (mm == world.init_mm) {
        set_start_mm = true;
      } else {
        unuse_mm(mm, entry, p);
      }
    }
    if (set_start_mm && READ_ONCE(*slot_map) < before) {
      drop_mm(new_start_mm);
      new_start_mm = hold_mm(mm);
      set_start_mm = false;
    }
    spin_lock(world.mmlist_lock);
  }
  spin_unlock(world.mmlist_lock);
  drop_mm(prev_mm);
  drop_mm(start_mm);
  return new_start_mm;
}

// One slot of try_to_unuse(). REQUIRES: a reference on the page, which it drops.
static mm_struct* unuse_slot(mm_struct* start_mm, u64* slot_map, swp_entry_t entry, page* p) {
  // A fault may be busy with the same page, and is quicker.
  wait_on_page_locked(p);
  checker_wait_until(&p->flags, PG_writeback, 0, "wait_on_page_writeback");
  lock_page(p);
  checker_wait_until(&p->flags, PG_writeback, 0, "wait_on_page_writeback");

  const u64 swcount = READ_ONCE(*slot_map);
  if (swap_count(swcount) != 0 && start_mm != world.init_mm) unuse_mm(start_mm, entry, p);
  if (swap_count(READ_ONCE(*slot_map)) != 0) {
    start_mm = unuse_mmlist(start_mm, slot_map, entry, p, swcount);
  }

  // A user that the walk has missed will read the slot again, so the data must be there.
  if (swap_count(READ_ONCE(*slot_map)) != 0 && PageDirty(p) && PageSwapCache(p)) {
    TestClearPageDirty(p);
    swap_writepage(p);
    lock_page(p);
    checker_wait_until(&p->flags, PG_writeback, 0, "wait_on_page_writeback");
  }
  // The page may have left the cache while it was unlocked, and may even be back for another slot.
  if (PageSwapCache(p) && page_private(p) == entry.val) delete_from_swap_cache(p);
  // Its entries were made clean: reclaim must not drop it as unchanged.
  SetPageDirty(p);
  unlock_page(p);
  put_page(p);
  cond_resched();
  return start_mm;
}

// try_to_unuse(), mm/swapfile.c, v4.14. Left out: frontswap, shmem, signals.
static int try_to_unuse(swap_info_struct* si) {
  mm_struct* start_mm = world.init_mm;
  int retval = 0;
  u64 i = 0;
  while ((i = find_next_to_unuse(si, i)) != 0) {
    u64* slot_map = &si->swap_map[i];
    const swp_entry_t entry = swp_entry(0, i);
    page* p = read_swap_cache_async(entry);
    if (p == nullptr) {
      const u64 swcount = READ_ONCE(*slot_map);
      if (swcount == 0 || swcount == SWAP_MAP_BAD) continue;  // freed on its own
      retval = -enomem;
      break;
    }
    // Who holds the last reference on an mm that exits is not to be waited for.
    if (start_mm != world.init_mm && atomic_read(start_mm->mm_users) == 1) {
      drop_mm(start_mm);
      start_mm = world.init_mm;
    }
    start_mm = unuse_slot(start_mm, slot_map, entry, p);
  }
  drop_mm(start_mm);
  return retval;
}

// drain_mmlist(), mm/swapfile.c, v4.14: nothing is swapped out any more, so no mm need be found. With one
// device. REQUIRES: swap_lock.
static void drain_mmlist(swap_info_struct* si) {
  if (si->inuse_pages != 0) return;
  spin_lock(world.mmlist_lock);
  list_head* next = nullptr;
  for (list_head* p = world.init_mm->mmlist.next; p != &world.init_mm->mmlist; p = next) {
    next = p->next;
    list_del_init(p);
  }
  spin_unlock(world.mmlist_lock);
}

// swapoff(2), mm/swapfile.c, v4.14.
//
// The device goes in the end: max, then swap_map. v4.14 has nothing that keeps a fault out which has
// read the swap entry before (get_swap_device() came later), so the model goes on to that point only
// where the world asks for it (free_swap_map).
int swapoff() {
  swap_info_struct* p = world.si;
  spin_lock(world.swap_lock);
  spin_lock(&p->lock);
  p->flags &= ~u64{SWP_WRITEOK};
  spin_unlock(&p->lock);
  spin_unlock(world.swap_lock);

  const int err = try_to_unuse(p);
  if (err != 0) {
    spin_lock(world.swap_lock);
    spin_lock(&p->lock);
    p->flags |= SWP_WRITEOK;  // reinsert_swap_info()
    spin_unlock(&p->lock);
    spin_unlock(world.swap_lock);
    return err;
  }

  spin_lock(world.swap_lock);
  spin_lock(&p->lock);
  drain_mmlist(p);
  if (world.parameters.free_swap_map) {
    p->max = 0;
    WRITE_ONCE(*reinterpret_cast<u64*>(&p->swap_map), 0);
  }
  spin_unlock(&p->lock);
  spin_unlock(world.swap_lock);
  return 0;
}

}  // namespace model::v4_14
