// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c, v4.14: counting the users of a swap slot. Without cluster_info, so that
// lock_cluster_or_swap_info() is si->lock; it covers cont_lock's duty as well.
#include "model/invariants/ghost.hpp"
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// __swap_info_get() and _swap_info_get(), mm/swapfile.c, v4.14. Null for an entry that is not in
// use.
static swap_info_struct* _swap_info_get(swp_entry_t entry) {
  swap_info_struct* p = world.si;
  if (entry.val == 0 || (READ_ONCE(p->flags) & SWP_USED) == 0) return nullptr;
  const u64 offset = swp_offset(entry);
  if (offset >= p->max) return nullptr;
  // The kernel looks at swap_map[offset] here, only whether it is 0.
  return READ_ONCE(world.slot_in_use[offset]) != 0 ? p : nullptr;
}

// What is asked of a slot without the lock changes with its swap_map, in the same step.
static void slot_changes(u64* answer, u64 offset, const char* question, bool yes) {
  if ((answer[offset] != 0) == yes) return;
  answer[offset] = yes ? 1 : 0;
  checker_note("slot %lu %s: %s", offset, question, yes ? "no -> yes" : "yes -> no");
}

// swap_map[offset] = value. REQUIRES: si->lock.
MODEL_INLINE void set_swap_map(u64* swap_map, u64 offset, u64 value) {
  ghost::check_swap_map(swap_map);
  swap_map[offset] = value;
  checker_ghost_begin();
  slot_changes(world.slot_in_use, offset, "in use", value != 0);
  slot_changes(world.slot_has_users, offset, "has users", swap_count(value) != 0);
  checker_ghost_end();
}

// swap_count_continued(), mm/swapfile.c, v4.14. Carries into, or borrows from, the continuation.
// The count is a number in two bases: swap_map holds the lowest digit, continuation pages the
// others.
static bool swap_count_continued(u64 offset, u64 count) {
  swap_slot* slot = &world.slots[offset];
  const u64 nr = slot->nr_cont;
  if (nr == 0) return false;  // SWP_CONTINUED is not set: a continuation must be added
  const u64 digit_max = world.parameters.swap_cont_max;
  u64* digits = slot->cont;
  u64 i = 0;
  if (count == world.parameters.swap_map_max) {  // first increment past swap_map's own digit
    digits[0] = 1;
    return true;
  }
  if (count == (world.parameters.swap_map_max | COUNT_CONTINUED)) {
    while (digits[i] == (digit_max | COUNT_CONTINUED)) ++i;
    if (digits[i] == digit_max) {
      if (++i == nr) return false;
      digits[i] = 0;  // the page was not zeroed
    }
    ++digits[i];
    while (i != 0) digits[--i] = COUNT_CONTINUED;
    return true;
  }
  while (digits[i] == COUNT_CONTINUED) ++i;
  const u64 left = --digits[i];
  u64 flag = left == 0 ? 0 : u64{COUNT_CONTINUED};
  while (i != 0) {
    digits[--i] = digit_max | flag;
    flag = COUNT_CONTINUED;
  }
  return flag == COUNT_CONTINUED;
}

// __swap_duplicate(), mm/swapfile.c, v4.14. `usage` is 1 for an entry, SWAP_HAS_CACHE for the
// cache. v4.14 looks at p->max before it takes the lock and does not look again.
static int __swap_duplicate(swp_entry_t entry, u64 usage) {
  swap_info_struct* p = world.si;
  const u64 offset = swp_offset(entry);
  if (offset >= p->max) return -einval;

  spin_lock(&p->lock);
  u64* swap_map = p->swap_map;
  ghost::check_swap_map(swap_map);
  u64 count = swap_map[offset];
  u64 has_cache = count & SWAP_HAS_CACHE;
  count &= ~u64{SWAP_HAS_CACHE};
  const u64 max = world.parameters.swap_map_max;
  int err = 0;
  if (usage == SWAP_HAS_CACHE) {
    if (has_cache != 0) {
      err = -eexist;
    } else if (count == 0) {
      err = -enoent;
    } else {
      has_cache = SWAP_HAS_CACHE;
    }
  } else if (count == 0 && has_cache == 0) {
    err = -enoent;
  } else if ((count & ~u64{COUNT_CONTINUED}) < max) {
    count += usage;
  } else if ((count & ~u64{COUNT_CONTINUED}) > max) {
    err = -einval;
  } else if (swap_count_continued(offset, count)) {
    count = COUNT_CONTINUED;
  } else {
    err = -enomem;
  }
  set_swap_map(swap_map, offset, count | has_cache);
  if (err == 0 && usage == 1) ghost::swap_count(offset, 1);
  if (err == 0 && usage == SWAP_HAS_CACHE) ghost::swap_cache_in_transit(offset);
  spin_unlock(&p->lock);
  return err;
}

// swap_duplicate(), mm/swapfile.c, v4.14. Errors other than a missing continuation count as
// success.
int swap_duplicate(swp_entry_t entry) {
  int err = 0;
  while (err == 0 && __swap_duplicate(entry, 1) == -enomem) {
    err = add_swap_count_continuation(entry, GFP_ATOMIC);
  }
  return err;
}

int swapcache_prepare(swp_entry_t entry) { return __swap_duplicate(entry, SWAP_HAS_CACHE); }

// add_swap_count_continuation(), mm/swapfile.c, v4.14. The page comes first; whether it is still
// needed is looked at under the lock. The page itself is not modelled, only that it may be missing.
int add_swap_count_continuation(swp_entry_t entry, gfp_t gfp) {
  if (gfp == GFP_KERNEL) checker_might_sleep("alloc_page");
  const bool has_page =
      !alloc_fails(gfp == GFP_KERNEL ? alloc_site::continuation : alloc_site::continuation_atomic);
  swap_info_struct* si = _swap_info_get(entry);
  if (si == nullptr) return 0;  // the entry was freed meanwhile
  spin_lock(&si->lock);

  const u64 offset = swp_offset(entry);
  swap_slot* slot = &world.slots[offset];
  u64 count = si->swap_map[offset] & ~u64{SWAP_HAS_CACHE};
  int err = 0;
  if ((count & ~u64{COUNT_CONTINUED}) == world.parameters.swap_map_max) {
    if (!has_page) {
      err = -enomem;
    } else {
      const u64 nr = slot->nr_cont;
      bool room = false;  // a page that is there already has space
      for (u64 i = 0; i < nr && !room; ++i) {
        room = (count & COUNT_CONTINUED) == 0;
        count = slot->cont[i];
        room = room || (count & ~u64{COUNT_CONTINUED}) != world.parameters.swap_cont_max;
      }
      if (!room && nr == max_continuations) {
        checker_violation("model-limit", "slot %lu needs more than %u continuations", offset,
                          max_continuations);
      }
      if (!room) slot->nr_cont = nr + 1;
    }
  }
  spin_unlock(&si->lock);
  return err;
}

// swap_entry_free() by free_swap_slot() and swapcache_free_entries(), mm/swapfile.c, v4.14, without
// the per-CPU slot cache: the slot, so far kept by SWAP_HAS_CACHE, is free.
static void free_swap_slot(swp_entry_t entry) {
  swap_info_struct* p = _swap_info_get(entry);
  if (p == nullptr) return;
  spin_lock(&p->lock);
  const u64 offset = swp_offset(entry);
  u64* swap_map = p->swap_map;
  ghost::check_swap_map(swap_map);
  const u64 count = swap_map[offset];
  if (count != SWAP_HAS_CACHE) {
    checker_violation("swap-map", "swap_entry_free(): slot %lu has swap_map %#lx", offset, count);
  }
  set_swap_map(swap_map, offset, 0);
  ghost::swap_cache_settled(offset, nullptr, 0);
  --p->inuse_pages;  // swap_range_free()
  spin_unlock(&p->lock);
}

// __swap_entry_free(), mm/swapfile.c, v4.14. Returns what is left; a slot with nothing left stays
// reserved by SWAP_HAS_CACHE until free_swap_slot().
static u64 __swap_entry_free(swap_info_struct* p, swp_entry_t entry, u64 usage) {
  const u64 offset = swp_offset(entry);
  spin_lock(&p->lock);
  u64* swap_map = p->swap_map;
  ghost::check_swap_map(swap_map);
  u64 count = swap_map[offset];
  u64 has_cache = count & SWAP_HAS_CACHE;
  count &= ~u64{SWAP_HAS_CACHE};
  if (usage == SWAP_HAS_CACHE) {
    has_cache = 0;
  } else if (count == COUNT_CONTINUED) {
    count = world.parameters.swap_map_max |
            (swap_count_continued(offset, count) ? u64{COUNT_CONTINUED} : 0);
  } else if (count == 0) {
    checker_violation("swap-map", "swap_free(): slot %lu has no users", offset);
  } else {
    --count;
  }
  const u64 left = count | has_cache;
  set_swap_map(swap_map, offset, left != 0 ? left : u64{SWAP_HAS_CACHE});
  if (usage == 1) ghost::swap_count(offset, -1);
  if (left == 0) ghost::swap_cache_in_transit(offset);
  if (left != 0 && usage == SWAP_HAS_CACHE) ghost::swap_cache_settled(offset, nullptr, 0);
  spin_unlock(&p->lock);
  return left;
}

void swap_free(swp_entry_t entry) {
  swap_info_struct* p = _swap_info_get(entry);
  if (p != nullptr && __swap_entry_free(p, entry, 1) == 0) free_swap_slot(entry);
}

void swapcache_free(swp_entry_t entry) {
  swap_info_struct* p = _swap_info_get(entry);
  if (p != nullptr && __swap_entry_free(p, entry, SWAP_HAS_CACHE) == 0) free_swap_slot(entry);
}

// page_swapcount(), mm/swapfile.c, v4.14: inexact with a continuation, but never too small then.
int page_swapcount(page* p) {
  const swp_entry_t entry = {page_private(p)};
  swap_info_struct* si = _swap_info_get(entry);
  if (si == nullptr) return 0;
  spin_lock(&si->lock);
  const u64 count = swap_count(si->swap_map[swp_offset(entry)]);
  spin_unlock(&si->lock);
  return static_cast<int>(count);
}

// reuse_swap_page(), mm/swapfile.c, v4.14, small pages: may the caller, who maps or is about to map
// the page, have it for himself? REQUIRES: page lock. Left out: SWP_STABLE_WRITES.
bool reuse_swap_page(page* p, int* total_mapcount) {
  int count = page_mapcount(p);
  const bool in_swap_cache = PageSwapCache(p);
  if (in_swap_cache && !patched(patch::reuse_ignores_swap_count)) count += page_swapcount(p);
  if (total_mapcount != nullptr) *total_mapcount = count;
  if (count == 1 && in_swap_cache && !PageWriteback(p)) {
    delete_from_swap_cache(p);
    SetPageDirty(p);
  }
  return count <= 1;
}

// try_to_free_swap(), mm/swapfile.c, v4.14. REQUIRES: page lock.
bool try_to_free_swap(page* p) {
  if (!PageSwapCache(p)) return false;
  if (PageWriteback(p)) return false;
  if (page_swapcount(p) != 0) return false;
  delete_from_swap_cache(p);
  SetPageDirty(p);
  return true;
}

// free_swap_and_cache(), mm/swapfile.c, v4.14. Called under a page-table lock. Left out: a full
// device.
void free_swap_and_cache(swp_entry_t entry) {
  swap_info_struct* p = _swap_info_get(entry);
  if (p == nullptr) return;
  page* cached = nullptr;
  const u64 left = __swap_entry_free(p, entry, 1);
  if (left == SWAP_HAS_CACHE) {
    cached = lookup_swap_cache(entry);
    if (cached != nullptr && !trylock_page(cached)) {
      put_page(cached);
      cached = nullptr;
    }
  } else if (left == 0) {
    free_swap_slot(entry);
  }
  if (cached == nullptr) return;
  // Mapped nowhere else: away with it. The page is locked now, so look again.
  if (PageSwapCache(cached) && !PageWriteback(cached) && !page_mapped(cached) &&
      page_swapcount(cached) == 0) {
    delete_from_swap_cache(cached);
    SetPageDirty(cached);
  }
  unlock_page(cached);
  put_page(cached);
}

// get_swap_pages(), scan_swap_map_slots(), mm/swapfile.c, v4.14: the lowest free slot, reserved for
// the swap cache. 0 if there is none, or swapoff is under way.
swp_entry_t get_swap_page() {
  swap_info_struct* si = world.si;
  swp_entry_t entry = {0};
  spin_lock(&si->lock);
  if ((si->flags & SWP_WRITEOK) != 0) {
    u64* swap_map = si->swap_map;
    const u64 max = si->max;
    for (u64 offset = 1; offset < max && entry.val == 0; ++offset) {
      if (swap_map[offset] != 0) continue;
      set_swap_map(swap_map, offset, SWAP_HAS_CACHE);
      ghost::swap_cache_in_transit(offset);
      ++si->inuse_pages;
      entry = swp_entry(0, offset);
    }
  }
  spin_unlock(&si->lock);
  return entry;
}

}  // namespace model::v4_14
