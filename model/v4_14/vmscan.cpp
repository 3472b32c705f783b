// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c, v4.14: reclaim of one anonymous page.
#include "model/patch.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model::v4_14 {

// __remove_mapping(), mm/vmscan.c, v4.14. True: nobody has the page any more, its refcount is 0.
//
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
  if (removed) swapcache_free(entry);
  return removed;
}

// pageout(), mm/vmscan.c, v4.14. False: keep the page. Drops the page lock if it writes.
static bool pageout(page* p, bool* locked) {
  if (atomic_read(p->refcount) != 2) return false;  // is_page_cache_freeable()
  if (!TestClearPageDirty(p)) return true;
  swap_writepage(p);
  *locked = trylock_page(p);
  return *locked && !PageDirty(p) && !PageWriteback(p);
}

// One page of shrink_page_list(), mm/vmscan.c, v4.14: swap it out and free it, or keep it. Left
// out: page_check_references(), so that a page goes whether or not it was accessed lately;
// congestion; activation.
void shrink_page(page* p) {
  tlbflush_unmap_batch batch = {};
  bool locked = trylock_page(p);
  bool reclaimed = false;
  if (locked && PageAnon(p) && (PageSwapCache(p) || add_to_swap(p))) {
    reclaimed = !page_mapped(p) || try_to_unmap(p, &batch);
    if (reclaimed && PageDirty(p)) {
      // Before it is written out: through a TLB entry it might still be changed.
      if (!patched(patch::reclaim_writes_before_flush)) try_to_unmap_flush_dirty(&batch);
      reclaimed = pageout(p, &locked);
    }
    reclaimed = reclaimed && remove_mapping(p);
  }
  if (locked) unlock_page(p);
  try_to_unmap_flush(&batch);
  if (reclaimed) {
    free_unref_page(p);
  } else {
    put_page(p);
  }
}

}  // namespace model::v4_14
