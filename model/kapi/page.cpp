// SPDX-License-Identifier: GPL-2.0-only
// Page frames: references, allocation, contents.
#include "model/invariants/ghost.hpp"
#include "model/kapi/mm.hpp"

namespace model {

u64 page_to_pfn(const page* p) { return static_cast<u64>(p - world.frames); }

page* pfn_to_page(u64 pfn) {
  if (pfn >= world.nr_frames) checker_violation("crash", "pfn_to_page(%#lx): no such frame", pfn);
  checker_depends(&world.frames[pfn]);
  return &world.frames[pfn];
}

page* vm_normal_page(vm_area_struct*, u64, pte_t pte) {
  return pte_special(pte) ? nullptr : pfn_to_page(pte_pfn(pte));
}

bool alloc_fails(alloc_site site) {
  if ((world.parameters.failing_sites >> static_cast<unsigned>(site) & 1) == 0) return false;
  return checker_choose(2, failure_name(site)) != 0;
}

// First frame of a CPU's range; the frames before belong to setup.
static u64 first_frame(unsigned cpu) {
  return 1 + world.parameters.pages + cpu * world.parameters.frames_per_cpu;
}

static page* take_frame(unsigned cpu) {
  const unsigned count = world.parameters.frames_per_cpu;
  checker_ghost_begin();
  u64& next = world.thread_ghosts[cpu].next_frame;
  const u64 fresh = next;
  if (fresh < count) next = fresh + 1;
  checker_ghost_end();
  if (fresh < count) return &world.frames[first_frame(cpu) + fresh];
  for (unsigned i = 0; i < count; ++i) {
    page* p = &world.frames[first_frame(cpu) + i];
    if (p->refcount == 0) return p;
  }
  checker_violation("model-limit", "CPU %u has no free frame (frames_per_cpu is %u)", cpu, count);
}

page* alloc_page(gfp_t gfp, alloc_site site) {
  if (gfp == GFP_KERNEL) checker_might_sleep("alloc_page");
  if (alloc_fails(site)) return nullptr;
  checker_atomic_begin("alloc_page");
  page* p = take_frame(static_cast<unsigned>(checker_thread()));
  p->refcount = 1;
  p->content = page_uninitialized;
  p->PG_uptodate = 0;
  p->PG_dirty = 0;
  p->PG_swapcache = 0;
  p->PG_writeback = 0;
  p->PG_anon_exclusive = 0;
  p->private_ = 0;
  ghost::reference(p, 1);
  checker_atomic_end();
  return p;
}

void get_page(page* p) {
  const u64 count = atomic_add_return(p->refcount, 1);
  ghost::reference(p, 1);
  if (count == 1) {
    checker_violation("use-after-free", "get_page() on page %lu, which is free", page_to_pfn(p));
  }
}

bool get_page_unless_zero(page* p) {
  if (!atomic_inc_not_zero(p->refcount, "get_page_unless_zero")) return false;
  ghost::reference(p, 1);
  return true;
}

void free_unref_page(page* p) {
  checker_atomic_begin("free_page");
  ghost::check_page_unused(p);
  p->content = page_poison;
  p->mapping = nullptr;
  checker_atomic_end();
}

void put_page(page* p) {
  const u64 count = atomic_sub_return(p->refcount, 1);
  ghost::reference(p, -1);
  if (count == ~u64{0}) {
    checker_violation("refcount", "put_page() on page %lu, which is free", page_to_pfn(p));
  }
  if (count == 0) free_unref_page(p);
}

bool page_ref_freeze(page* p, u64 count) {
  checker_atomic_begin("page_ref_freeze");
  const bool frozen = p->refcount == count;
  if (frozen) {
    p->refcount = 0;
    ghost::reference(p, -static_cast<int>(count));
  }
  checker_atomic_end();
  return frozen;
}

void page_ref_unfreeze(page* p, u64 count) {
  atomic_set(p->refcount, count);
  ghost::reference(p, static_cast<int>(count));
}

static u64 content_of(const page* p) {
  const u64 content = p->content;
  if (content == page_poison) {
    checker_violation("use-after-free", "read of page %lu, which is free", page_to_pfn(p));
  }
  return content;
}

void clear_user_highpage(page* to) { to->content = 0; }

void copy_user_highpage(page* to, page* from) {
  const u64 content = content_of(from);
  to->content = content;
}

int page_mapcount(const page* p) { return static_cast<int>(atomic_read(p->mapcount)); }

bool page_mapped(const page* p) { return atomic_read(p->mapcount) != 0; }

}  // namespace model
