// SPDX-License-Identifier: GPL-2.0-only
// mm/swap_state.c and mm/page_io.c, v6.1: the swap cache and the I/O behind it, and what
// mm/swapfile.c gives out. The cache is that of v4.14's model: one word per slot, and I/O that
// completes before the thread that started it goes on.
#include "model/imported/imported.hpp"
#include "model/invariants/ghost.hpp"
#include "model/kapi/imported.h"
#include "model/v4_14/v4_14.hpp"

namespace model {

swap_info_struct** kapi_swap_info() { return world.swap_infos; }

// percpu_ref_tryget_live() and percpu_ref_put().
bool kapi_tryget_live(percpu_ref* ref) {
  checker_atomic_begin("percpu_ref_tryget_live");
  const bool live = ref->live != 0;
  if (live) ++ref->counts[checker_thread()];
  checker_atomic_end();
  return live;
}

void kapi_percpu_ref_put(percpu_ref* ref) {
  checker_atomic_begin("percpu_ref_put");
  --ref->counts[checker_thread()];
  checker_atomic_end();
}

int kapi_swap_map_max() { return static_cast<int>(world.parameters.swap_map_max); }

int kapi_swap_cont_max() { return static_cast<int>(world.parameters.swap_cont_max); }

page* kapi_swap_cache_page(u64 offset) { return v4_14::lookup_swap_cache(swp_entry(0, offset)); }

namespace imported {

// add_to_swap_cache(), mm/swap_state.c, v6.1. REQUIRES: page lock, SWAP_HAS_CACHE set by the
// caller.
static void add_to_swap_cache(page* p, swp_entry_t entry) {
  get_page(p);
  checker_atomic_begin("swap cache insert");
  p->PG_swapcache = 1;
  p->private_ = entry.val;
  world.slots[swp_offset(entry)].cached = p;
  ghost::swap_cache_settled(swp_offset(entry), p, 1);
  checker_atomic_end();
}

// __delete_from_swap_cache(), mm/swap_state.c, v6.1.
void __delete_from_swap_cache(page* p) { v4_14::__delete_from_swap_cache(p); }

// swap_readpage(), mm/page_io.c, v6.1. Unlocks the page.
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

// read_swap_cache_async() and __read_swap_cache_async(), mm/swap_state.c, v6.1. Left out:
// readahead, the per-CPU cache of slots. Waits where the kernel sleeps a tick and looks again.
static page* read_swap_cache_async(swp_entry_t entry) {
  page* new_page = nullptr;
  for (;;) {
    swap_info_struct* si = functions.swap.get_swap_device(entry);
    if (si == nullptr) return nullptr;
    page* found = v4_14::lookup_swap_cache(entry);
    kapi_percpu_ref_put(&si->users);
    if (found != nullptr) return found;
    new_page = alloc_page(GFP_KERNEL, alloc_site::swap_page);
    if (new_page == nullptr) return nullptr;
    const int err = functions.swap.swapcache_prepare(entry);
    if (err == 0) break;
    put_page(new_page);
    if (err != -eexist) return nullptr;
    checker_might_sleep("schedule_timeout_uninterruptible");
    checker_wait_until(&world.slots[swp_offset(entry)].in_transit, ~u64{0}, 0, "swap cache");
  }
  lock_page(new_page);  // __folio_set_locked(): nobody else knows the page
  add_to_swap_cache(new_page, entry);
  swap_readpage(new_page, entry);
  return new_page;
}

// folio_alloc_swap(), mm/swap_slots.c, get_swap_pages() and scan_swap_map_slots(), mm/swapfile.c,
// v6.1: the lowest free slot, reserved for the swap cache. 0 if there is none, or swapoff is under
// way.
static swp_entry_t folio_alloc_swap() {
  swap_info_struct* si = world.si;
  swp_entry_t entry = {0};
  spin_lock(&si->lock);
  if ((si->flags & SWP_WRITEOK) != 0) {
    const u64 max = si->max;
    for (u64 offset = 1; offset < max && entry.val == 0; ++offset) {
      if (si->swap_map_bytes[offset] != 0) continue;
      si->swap_map_bytes[offset] = SWAP_HAS_CACHE;
      ++si->inuse_pages;
      entry = swp_entry(0, offset);
    }
  }
  spin_unlock(&si->lock);
  return entry;
}

// add_to_swap(), mm/swap_state.c, v6.1. REQUIRES: page lock.
bool add_to_swap(page* p) {
  const swp_entry_t entry = folio_alloc_swap();
  if (entry.val == 0) return false;
  add_to_swap_cache(p, entry);
  SetPageDirty(p);
  return true;
}

// swap_writepage(), mm/page_io.c, v6.1.
void swap_writepage(page* p) {
  if (functions.swap.folio_free_swap(p)) {
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

}  // namespace imported

page* kapi_alloc_swap_page() { return alloc_page(GFP_KERNEL, alloc_site::swap_page); }

void kapi_swap_readpage(page* p) { imported::swap_readpage(p, swp_entry_t{page_private(p)}); }

void kapi_swap_tick() {
  checker_might_sleep("schedule_timeout_uninterruptible");
  for (unsigned slot = 1; slot <= world.parameters.slots; ++slot) {
    checker_wait_until(&world.slots[slot].in_transit, ~u64{0}, 0, "swap cache");
  }
}

page* kapi_swap_in(swp_entry_t entry) { return imported::read_swap_cache_async(entry); }

// delete_from_swap_cache(), mm/swap_state.c, v6.1.
void kapi_delete_from_swap_cache(page* p) {
  const swp_entry_t entry = {page_private(p)};
  imported::__delete_from_swap_cache(p);
  imported::functions.swap.put_swap_folio(p, entry);
  put_page(p);  // folio_ref_sub(): the caller has a reference
}

void kapi_slot_freed(u64 offset) { ghost::swap_cache_settled(offset, nullptr, 0); }

page* kapi_continuation_head() { return &world.continuations[0]; }

page* kapi_alloc_continuation(bool atomic) {
  if (!atomic) checker_might_sleep("alloc_page");
  if (alloc_fails(atomic ? alloc_site::continuation_atomic : alloc_site::continuation)) {
    return nullptr;
  }
  const auto thread = static_cast<unsigned>(checker_thread());
  for (unsigned i = 0; i < max_continuations; ++i) {
    page* p = &world.continuations[1 + thread * max_continuations + i];
    checker_atomic_begin("alloc_page");
    const bool is_free = p->refcount == 0;
    if (is_free) {
      p->refcount = 1;
      p->content = page_uninitialized;
      p->private_ = 0;
    }
    checker_atomic_end();
    if (is_free) return p;
  }
  checker_violation("model-limit", "CPU %u needs more than %u continuations", thread,
                    max_continuations);
}

void kapi_free_continuation(page* p) {
  checker_atomic_begin("free_page");
  p->refcount = 0;
  checker_atomic_end();
}

}  // namespace model
