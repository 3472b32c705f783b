// SPDX-License-Identifier: GPL-2.0-only
// mm/swap_state.c and mm/page_io.c, v4.14: the swap cache and the I/O behind it.
//
// The cache's radix tree is one word per slot, set and cleared in one step where the kernel holds
// tree_lock. I/O completes before the thread that started it goes on.
#include "model/invariants/ghost.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// find_get_page() on swapper_space, mm/filemap.c, v4.14: a reference taken without a lock, then
// checked.
page* lookup_swap_cache(swp_entry_t entry) {
  swap_slot* slot = &world.slots[swp_offset(entry)];
  for (;;) {
    page* p = *const_cast<page* volatile*>(&slot->cached);
    ghost::check_swap_device("the swap cache");
    if (p == nullptr) return nullptr;
    if (!get_page_unless_zero(p)) continue;
    if (*const_cast<page* volatile*>(&slot->cached) == p) return p;
    put_page(p);
  }
}

// __add_to_swap_cache(), mm/swap_state.c, v4.14. REQUIRES: page lock, SWAP_HAS_CACHE set by the
// caller.
static void __add_to_swap_cache(page* p, swp_entry_t entry) {
  get_page(p);
  checker_atomic_begin("swap cache insert");
  p->PG_swapcache = 1;
  p->private_ = entry.val;
  world.slots[swp_offset(entry)].cached = p;
  ghost::swap_cache_settled(swp_offset(entry), p, 1);
  checker_atomic_end();
}

// __delete_from_swap_cache(), mm/swap_state.c, v4.14. REQUIRES: page lock. The cache's reference
// and SWAP_HAS_CACHE are the caller's to drop.
void __delete_from_swap_cache(page* p) {
  checker_atomic_begin("swap cache delete");
  const u64 offset = swp_offset(swp_entry_t{p->private_});
  world.slots[offset].cached = nullptr;
  p->private_ = 0;
  p->PG_swapcache = 0;
  ghost::swap_cache_settled(offset, p, -1);
  checker_atomic_end();
}

// delete_from_swap_cache(), mm/swap_state.c, v4.14.
void delete_from_swap_cache(page* p) {
  const swp_entry_t entry = {page_private(p)};
  __delete_from_swap_cache(p);
  swapcache_free(entry);  // put_swap_page()
  put_page(p);            // page_ref_sub(): the caller has a reference
}

// free_pages_and_swap_cache(), mm/swap_state.c, v4.14. Left out: lru_add_drain().
void free_pages_and_swap_cache(page** pages, unsigned nr) {
  for (unsigned i = 0; i < nr; ++i) {
    page* p = pages[i];  // free_swap_cache()
    if (PageSwapCache(p) && !page_mapped(p) && trylock_page(p)) {
      try_to_free_swap(p);
      unlock_page(p);
    }
  }
  for (unsigned i = 0; i < nr; ++i) put_page(pages[i]);  // release_pages()
}

// add_to_swap(), mm/swap_state.c, v4.14.177. REQUIRES: page lock.
bool add_to_swap(page* p) {
  const swp_entry_t entry = get_swap_page();
  if (entry.val == 0) return false;
  __add_to_swap_cache(p, entry);
  SetPageDirty(p);
  return true;
}

// swap_readpage(), mm/page_io.c, v4.14. Unlocks the page.
static void swap_readpage(page* p, swp_entry_t entry) {
  if (!alloc_fails(alloc_site::swap_read)) {
    checker_atomic_begin("read from swap");
    p->content = world.slots[swp_offset(entry)].content;
    ghost::check_swap_device("the file");
    p->PG_uptodate = 1;
    checker_atomic_end();
  }
  unlock_page(p);
}

// read_swap_cache_async() and __read_swap_cache_async(), mm/swap_state.c, v4.14, without the
// per-CPU slot cache (swapoff has switched it off, and on one device it changes nothing else).
//
// Where another thread has SWAP_HAS_CACHE but not the page in the cache, the kernel goes round
// until that has changed. Under a scheduler that need not be fair such a loop has no end, so the
// model waits.
page* read_swap_cache_async(swp_entry_t entry) {
  page* new_page = nullptr;
  for (;;) {
    page* found = lookup_swap_cache(entry);
    if (found != nullptr) {
      if (new_page != nullptr) put_page(new_page);
      return found;
    }
    if (new_page == nullptr) {
      new_page = alloc_page(GFP_KERNEL, alloc_site::swap_page);
      if (new_page == nullptr) return nullptr;
    }
    const int err = swapcache_prepare(entry);
    if (err == -eexist) {
      checker_wait_until(&world.slots[swp_offset(entry)].in_transit, ~u64{0}, 0, "swap cache");
      continue;
    }
    if (err != 0) {  // freed meanwhile
      put_page(new_page);
      return nullptr;
    }
    lock_page(new_page);  // __SetPageLocked(): nobody else knows the page
    __add_to_swap_cache(new_page, entry);
    swap_readpage(new_page, entry);
    return new_page;
  }
}

// swap_writepage(), mm/page_io.c, v4.14. REQUIRES: page lock, which it drops.
void swap_writepage(page* p) {
  if (try_to_free_swap(p)) {
    unlock_page(p);
    return;
  }
  set_page_writeback(p);
  unlock_page(p);
  checker_atomic_begin("write to swap");
  const u64 offset = swp_offset(swp_entry_t{p->private_});
  world.slots[offset].content = p->content;
  p->PG_writeback = 0;  // end_page_writeback()
  checker_note("page %lu content: as slot %lu now has it", page_to_pfn(p), offset);
  checker_atomic_end();
}

}  // namespace model::v4_14
