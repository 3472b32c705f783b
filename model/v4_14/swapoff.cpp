// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, v4.14: swapoff(2).
#include "model/invariants/ghost.hpp"
#include "model/kapi/sharing.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// pte_same_as_swp(), mm/swapfile.c, v4.14.
MODEL_INLINE bool pte_same_as_swp(pte_t pte, pte_t swp_pte) {
  if (patched(patch::swapoff_compares_soft_dirty)) return pte_same(pte, swp_pte);
  return pte_same(pte_swp_clear_soft_dirty(pte), swp_pte);
}

// unuse_pte(), mm/swapfile.c, v4.14. REQUIRES: page lock, mmap_sem. Whether others share the entry
// does not matter: it becomes a read-only one, and a write sorts it out. Returns whether it was
// replaced.
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

// unuse_pte_range(), mm/swapfile.c, v4.14. 1 if the entry was found and replaced, 0 if not, -enomem
// of kernels that share tables. Scans without the page-table lock:
// under page lock and mmap_sem the entry can't appear here, only go away.
static int unuse_pte_range(vm_area_struct* vma, u64 addr, u64 end, swp_entry_t entry, page* p) {
  pmd_t* pmd = pmd_offset(vma->vm_mm, addr);
  if (kernel->sharing != nullptr && kernel->sharing->unuse != nullptr) {
    const int err = kernel->sharing->unuse(vma, pmd, addr);
    if (err != 0) return err;
  }
  if (pmd_none(pmd)) return 0;
  const pte_t* pte = pte_offset_map(pmd, addr);
  for (u64 at = addr; at != end; at += page_size, ++pte) {
    if (!pte_same_as_swp(*pte, swp_entry_to_pte(entry))) continue;
    if (unuse_pte(vma, pmd, at, entry, p)) return 1;
  }
  return 0;
}

// unuse_vma(), mm/swapfile.c, v4.14. As unuse_pte_range().
static int unuse_vma(vm_area_struct* vma, swp_entry_t entry, page* p) {
  u64 addr = vma->vm_start;
  u64 end = vma->vm_end;
  if (PageAnon(p)) {
    addr = address_of(static_cast<unsigned>(p->index));  // page_address_in_vma()
    if (addr < vma->vm_start || addr >= vma->vm_end) return 0;
    end = addr + page_size;
  }
  while (addr != end) {
    const u64 next = pmd_addr_end(addr, end);
    const int found = unuse_pte_range(vma, addr, next, entry, p);
    if (found != 0) return found;
    addr = next;
  }
  return 0;
}

// unuse_mm(), mm/swapfile.c, v4.14. mmap_sem ranks above the page lock, which is held: it is only
// tried, and otherwise the page lock dropped around it.
static int unuse_mm(mm_struct* mm, swp_entry_t entry, page* p) {
  const bool locks = !patched(patch::unuse_mm_without_mmap_sem);
  if (locks && !down_read_trylock(&mm->mmap_sem)) {
    if (patched(patch::swapoff_skips_busy_mm)) return 0;
    unlock_page(p);
    down_read(&mm->mmap_sem);
    lock_page(p);
  }
  int found = 0;
  for (vm_area_struct* vma = mm->mmap; vma != nullptr; vma = vma->vm_next) {
    if (vma->anon_vma != nullptr) found = unuse_vma(vma, entry, p);
    if (found != 0) break;
    cond_resched();
  }
  if (locks) up_read(&mm->mmap_sem);
  return found < 0 ? found : 0;
}

// find_next_to_unuse(), mm/swapfile.c, v4.14: the next slot in use after `prev`, then from the
// start; 0 if there is none. No lock: no new ones come, and false hits do no harm.
static u64 find_next_to_unuse(swap_info_struct* si, u64 prev) {
  u64 max = si->max;
  u64 i = prev;
  for (;;) {
    if (++i >= max) {
      if (patched(patch::swapoff_skips_busy_mm) || patched(patch::swapoff_stops_early)) return 0;
      if (prev == 0) return 0;
      max = prev + 1;
      prev = 0;
      i = 1;
    }
    if (READ_ONCE(world.slot_in_use[i]) != 0) return i;
  }
}

// swap_count(*swap_map), without a lock.
static bool slot_has_users(u64 offset) { return READ_ONCE(world.slot_has_users[offset]) != 0; }

static mm_struct* mm_of(list_head* entry) {
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    if (&world.mms[i].mmlist == entry) return &world.mms[i];
  }
  return nullptr;
}

// The middle of try_to_unuse(), mm/swapfile.c, v4.14: 0, or -enomem. Walks mmlist until the slot
// has no users left or the walk is round. Always from init_mm, where the kernel starts with the mm
// that had the slot before. The mm visited last is held, so that the walk can go on from it.
static int unuse_mmlist(swp_entry_t entry, page* p) {
  int err = 0;
  const u64 offset = swp_offset(entry);
  mm_struct* prev_mm = nullptr;
  list_head* at = &world.init_mm->mmlist;
  spin_lock(world.mmlist_lock);
  while (err == 0 && slot_has_users(offset) && (at = at->next) != &world.init_mm->mmlist) {
    mm_struct* mm = mm_of(at);
    if (patched(patch::swapoff_revives_mm)) {
      mmget(mm);
    } else if (!mmget_not_zero(mm)) {
      continue;
    }
    spin_unlock(world.mmlist_lock);
    if (prev_mm != nullptr) mmput(prev_mm);
    prev_mm = mm;
    cond_resched();
    if (slot_has_users(offset)) err = unuse_mm(mm, entry, p);
    spin_lock(world.mmlist_lock);
  }
  spin_unlock(world.mmlist_lock);
  if (prev_mm != nullptr) mmput(prev_mm);
  return err;
}

// try_to_unuse() is about to go over a slot once more. A walk misses a user as long as that is a
// thread that has taken its reference and not yet stored the entry, or cleared the entry and not
// yet dropped it; or an mm that exits, which the walk passes by. The kernel goes round until that
// is over. Under a scheduler that need not be fair such a loop has no end, so the model waits.
MODEL_INLINE void go_round_again(u64 offset) {
  for (unsigned i = 0; i < world.parameters.threads; ++i) {
    checker_wait_until(&world.thread_ghosts[i].swaps, u64{0xff} << (offset * 8), 0,
                       "until page table and swap_map agree");
  }
  if (kernel->sharing != nullptr) {
    checker_wait_until(world.orphan_swaps, ~u64{0}, 0,
                       "until the last user of a table has given its entries back");
  }
  for (unsigned i = 0; i < world.parameters.mms; ++i) {
    const mm_struct* mm = &world.mms[i];
    checker_ghost_begin();
    const bool exits = mm->mmlist.next != &mm->mmlist && mm->mm_users == 0;
    checker_ghost_end();
    if (!exits) continue;
    checker_wait_until(reinterpret_cast<const u64*>(&mm->mmlist.next), ~u64{0},
                       reinterpret_cast<u64>(&mm->mmlist), "until the mm has exited");
  }
}

// One slot of try_to_unuse(). Returns whether the walk has missed a user of it, or -enomem.
// REQUIRES: a reference on the page, which it drops.
static int unuse_slot(swp_entry_t entry, page* p) {
  const u64 offset = swp_offset(entry);
  // A fault may be busy with the same page, and is quicker.
  wait_on_page_locked(p);
  wait_on_page_writeback(p);
  lock_page(p);
  wait_on_page_writeback(p);

  if (slot_has_users(offset) && unuse_mmlist(entry, p) != 0) {
    unlock_page(p);
    put_page(p);
    return -enomem;
  }

  // A user that the walk has missed will read the slot again, so the data must be there.
  const bool missed = slot_has_users(offset);
  if (missed && PageDirty(p) && PageSwapCache(p)) {
    swap_writepage(p);
    lock_page(p);
    wait_on_page_writeback(p);
  }
  // The page may have left the cache while it was unlocked, and may even be back for another slot.
  if (PageSwapCache(p) && page_private(p) == entry.val) delete_from_swap_cache(p);
  // Its entries were made clean: reclaim must not drop it as unchanged.
  SetPageDirty(p);
  unlock_page(p);
  put_page(p);
  cond_resched();
  return missed ? 1 : 0;
}

// A walk in vain after the wait has met another user in flight, and so many there never are.
static constexpr unsigned most_walks_again = 8;

// try_to_unuse(), mm/swapfile.c, v4.14. Left out: frontswap, shmem, signals, start_mm.
static int try_to_unuse(swap_info_struct* si) {
  u64 missed = 0;  // a bit per slot
  unsigned again = 0;
  u64 i = 0;
  while ((i = find_next_to_unuse(si, i)) != 0) {
    if ((missed >> i & 1) != 0) {
      if (again++ == most_walks_again) {
        checker_violation("livelock", "swapoff goes round for ever: slot %lu still has users", i);
      }
      go_round_again(i);
    }
    const swp_entry_t entry = swp_entry(0, i);
    page* p = read_swap_cache_async(entry);
    if (p == nullptr) {
      if (READ_ONCE(world.slot_in_use[i]) != 0) return -enomem;
      continue;  // freed on its own
    }
    const int again_later = unuse_slot(entry, p);
    if (again_later < 0) return again_later;
    if (again_later != 0) missed |= u64{1} << i;
  }
  return 0;
}

// drain_mmlist(), mm/swapfile.c, v4.14: nothing is swapped out any more, so no mm need be found.
// With one device. REQUIRES: swap_lock.
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
// The device goes in the end: max, then swap_map. v4.14 has nothing that keeps a fault out which
// has read the swap entry before (get_swap_device() came later), so the model goes on to that point
// only where the world asks for it (free_swap_map).
int swapoff() {
  swap_info_struct* p = world.si;
  spin_lock(world.swap_lock);
  spin_lock(&p->lock);
  if (!patched(patch::swapoff_keeps_writeok)) p->flags &= ~u64{SWP_WRITEOK};
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
