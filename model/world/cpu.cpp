// SPDX-License-Identifier: GPL-2.0-only
#include "model/world/cpu.hpp"

#include "model/invariants/ghost.hpp"
#include "model/world/kernel.hpp"

namespace model {

namespace {

struct user_access {
  unsigned cpu, mm, vpn;
  bool write;
  u64 value;  // to store
};

enum class attempt { done, retry, fault };

bool allows(u64 entry, bool write) {
  const u64 needed = write ? tlb_valid | tlb_write | tlb_dirty : u64{tlb_valid};
  return (entry & needed) == needed;
}

// The access itself, through a TLB entry that allows it.
void perform(const user_access& access, u64 entry) {
  page* p = &world.frames[entry >> page_shift];
  const u64 content = p->content;
  if (content == page_poison) {
    checker_violation("use-after-free",
                      "CPU %u %s page %lu, which is free, through a stale TLB entry", access.cpu,
                      access.write ? "stores to" : "loads from", page_to_pfn(p));
  }
  if (access.write) {
    p->content = access.value;
    ghost::user_wrote(access.mm, access.vpn, access.value);
  } else {
    ghost::user_read(access.mm, access.vpn, content);
  }
}

// The PMD entry a walk goes through: the one in the CPU's paging-structure cache if there is one
// and it may be used, else that in memory, which is cached then.
pmd_t walked_pmd(const user_access& access, bool cached) {
  u64* kept = world.pmd_cache != nullptr ? pmd_cache_entry(access.cpu, access.vpn) : nullptr;
  if (cached) return pmd_t{*kept};
  const pmd_t pmd = *pmd_entry(access.mm, access.vpn / world.parameters.ptes_per_table);
  if (kept != nullptr && pmd.pmd != 0) *kept = pmd.pmd;
  return pmd;
}

// A fault drops what the paging-structure caches have for its address.
void forget_pmd(const user_access& access) {
  if (world.pmd_cache == nullptr) return;
  u64* kept = pmd_cache_entry(access.cpu, access.vpn);
  if (*kept != 0) *kept = 0;
}

bool has_cached_pmd(const user_access& access) {
  return world.pmd_cache != nullptr && *pmd_cache_entry(access.cpu, access.vpn) != 0;
}

// The hardware walker: sets bits in the entry without any lock, and fills the TLB. With `cached`,
// by way of the paging-structure cache.
attempt hardware_walk(const user_access& access, bool cached) {
  const unsigned span = world.parameters.ptes_per_table;
  u64* slot = tlb_entry(access.cpu, access.vpn);
  const pmd_t pmd = walked_pmd(access, cached);
  const pte_table* table = pmd_table(pmd);
  if (shares_tables()) {
    checker_note("%s pmd[%u]: %s", mm_name(access.mm), access.vpn / span,
                 table == nullptr ? "none"
                 : cached         ? "walked by way of the CPU's cached entry"
                 : pmd_write(pmd) ? "walked, it is writable"
                                  : "walked, it is write-protected");
  }
  if (table == nullptr) return attempt::fault;
  pte_t* ptep = &world.ptes[table_index(table) * span + access.vpn % span];
  const pte_t pte = *ptep;
  if (table->live == 0) {
    checker_violation("use-after-free", "CPU %u walks into the freed PTE table of %s", access.cpu,
                      mm_name(access.mm));
  }
  const bool writable = pte_write(pte) && pmd_write(pmd);
  if (!pte_present(pte) || (access.write && !writable)) {
    if (*slot != 0) *slot = 0;
    forget_pmd(access);
    // What memory says now counts before a fault is raised.
    return cached ? hardware_walk(access, false) : attempt::fault;
  }
  pte_t marked = pte_mkyoung(pte);
  if (access.write) marked.pte |= pte_bit_dirty;  // soft-dirty is the kernel's own
  if (!pte_same(marked, pte)) {
    ptep->pte = marked.pte;
    // Nothing the invariants of kernel stores should look at.
    checker_ghost_begin();
    world.shadows[ptep - world.ptes] = marked.pte;
    checker_ghost_end();
  }
  *slot = pte_pfn(pte) << page_shift | tlb_valid | (writable ? u64{tlb_write} : 0) |
          (pte_dirty(marked) ? u64{tlb_dirty} : 0);
  return attempt::retry;
}

attempt lookup(const user_access& access, bool may_walk) {
  const u64 entry = *tlb_entry(access.cpu, access.vpn);
  if (allows(entry, access.write)) {
    perform(access, entry);
    return attempt::done;
  }
  return may_walk ? hardware_walk(access, has_cached_pmd(access)) : attempt::retry;
}

bool run(const user_access& access) {
  checker_hide_callers();  // user space: of no interest
  for (;;) {
    checker_atomic_begin(access.write ? "user store" : "user load");
    attempt outcome = lookup(access, true);
    checker_atomic_end();
    if (outcome == attempt::retry) {
      checker_atomic_begin(access.write ? "user store" : "user load");
      outcome = lookup(access, false);
      checker_atomic_end();
    }
    if (outcome == attempt::done) return true;
    if (outcome == attempt::fault &&
        !kernel->page_fault(&world.mms[access.mm], address_of(access.vpn), access.write)) {
      return false;
    }
  }
}

bool runs_on(unsigned cpu, const mm_struct* mm) {
  return world.parameters.cpu_mm[cpu] == static_cast<int>(mm_index(mm));
}

// Whatever is flushed, the paging-structure caches go whole, as with INVLPG.
void drop_cached_pmds(unsigned cpu) {
  for (unsigned pmd = 0; world.pmd_cache != nullptr && pmd < world.nr_pmds; ++pmd) {
    u64* kept = &world.pmd_cache[cpu * world.nr_pmds + pmd];
    if (*kept != 0) *kept = 0;
  }
}

// An interrupt on each CPU, waited for: a full barrier.
void flush(const mm_struct* mm, unsigned first, unsigned last) {
  smp_mb();
  checker_atomic_begin("TLB flush");
  for (unsigned cpu = 0; cpu < world.parameters.threads; ++cpu) {
    if (!runs_on(cpu, mm)) continue;
    for (unsigned vpn = first; vpn < last; ++vpn) {
      u64* entry = tlb_entry(cpu, vpn);
      if (*entry == 0) continue;
      *entry = 0;
    }
    drop_cached_pmds(cpu);
  }
  checker_atomic_end();
  smp_mb();
}

user_access access_of_current(unsigned vpn, bool write, u64 value) {
  const unsigned cpu = static_cast<unsigned>(checker_thread());
  return {cpu, static_cast<unsigned>(world.parameters.cpu_mm[cpu]), vpn, write, value};
}

}  // namespace

bool user_store(unsigned vpn, u64 value) { return run(access_of_current(vpn, true, value)); }

bool user_load(unsigned vpn) { return run(access_of_current(vpn, false, 0)); }

void flush_tlb_page(vm_area_struct* vma, u64 address) {
  flush(vma->vm_mm, vpn_of(address), vpn_of(address) + 1);
}

void flush_tlb_mm_range(mm_struct* mm, u64 start, u64 end) {
  flush(mm, vpn_of(start), vpn_of(end));
}

void flush_tlb_mm(mm_struct* mm) { flush(mm, 0, world.parameters.pages); }

}  // namespace model
