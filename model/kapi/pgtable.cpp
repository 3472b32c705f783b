// SPDX-License-Identifier: GPL-2.0-only
#include "model/kapi/pgtable.hpp"

#include "model/invariants/ghost.hpp"
#include "model/kapi/sharing.hpp"
#include "model/world/kernel.hpp"

namespace model {

bool pmd_none(const pmd_t* pmd) { return READ_ONCE(pmd->pmd) == 0; }

pmd_t* pmd_offset(mm_struct* mm, u64 address) {
  return &world.pmds[mm_index(mm) * world.nr_pmds +
                     vpn_of(address) / world.parameters.ptes_per_table];
}

pte_table* pmd_page(const pmd_t* pmd) {
  pte_table* table = pmd_table(pmd_t{READ_ONCE(pmd->pmd)});
  if (table == nullptr) checker_violation("crash", "walk into a PMD entry that is none");
  checker_ghost_begin();
  const bool live = table->live != 0;
  checker_ghost_end();
  if (!live) {
    checker_violation("use-after-free", "walk into the freed PTE table of %s",
                      mm_name(table_mm(table_index(table))));
  }
  return table;
}

static pte_t* entry_of(pte_table* table, u64 address) {
  // table->pte never changes: an address computation, not a load of the kernel's.
  pte_t* pte = &world.ptes[table_index(table) * world.parameters.ptes_per_table +
                           vpn_of(address) % world.parameters.ptes_per_table];
  checker_depends(pte);
  return pte;
}

pte_t* pte_offset_map(const pmd_t* pmd, u64 address) { return entry_of(pmd_page(pmd), address); }

spinlock_t* pte_lockptr(const mm_struct*, const pmd_t* pmd) { return &pmd_page(pmd)->ptl; }

pte_t* pte_offset_map_ptl(const pmd_t* pmd, u64 address, spinlock_t** ptlp) {
  pte_table* table = pmd_page(pmd);
  *ptlp = &table->ptl;
  return entry_of(table, address);
}

pte_t* pte_offset_map_lock(const mm_struct*, const pmd_t* pmd, u64 address, spinlock_t** ptlp) {
  pte_table* table = pmd_page(pmd);
  *ptlp = &table->ptl;
  spin_lock(*ptlp);
  if (shares_tables()) check_in_use(table);
  return entry_of(table, address);
}

// native_set_pte(): a plain store in v4.14, WRITE_ONCE() in the kernels that can be imported
// (v4.20).
static void native_set_pte(pte_t* ptep, u64 value) {
  if (imported_kernel != nullptr) {
    WRITE_ONCE(ptep->pte, value);
  } else {
    ptep->pte = value;
  }
}

void set_pte_at(mm_struct* mm, u64 address, pte_t* ptep, pte_t pte) {
  native_set_pte(ptep, pte.pte);
  ghost::pte_set(mm, vpn_of(address));
}

void pte_clear(mm_struct*, u64, pte_t* ptep) { native_set_pte(ptep, 0); }

void ptep_set_wrprotect(mm_struct*, u64, pte_t* ptep) { atomic_and(ptep->pte, ~u64{pte_bit_rw}); }

void ptep_clear_young(vm_area_struct*, u64, pte_t* ptep) {
  atomic_and(ptep->pte, ~u64{pte_bit_accessed});
}

pte_t ptep_get_and_clear(mm_struct*, u64, pte_t* ptep) { return pte_t{atomic_xchg(ptep->pte, 0)}; }

pte_t ptep_clear_flush(vm_area_struct* vma, u64 address, pte_t* ptep) {
  const pte_t pte = ptep_get_and_clear(vma->vm_mm, address, ptep);
  // pte_accessible(): only a present entry can be in a TLB.
  if (pte_present(pte)) flush_tlb_page(vma, address);
  return pte;
}

bool ptep_set_access_flags(vm_area_struct*, u64, pte_t* ptep, pte_t entry, bool dirty) {
  const bool changed = !pte_same(*ptep, entry);
  if (changed && dirty) native_set_pte(ptep, entry.pte);
  return changed;
}

u64 pmd_addr_end(u64 address, u64 end) {
  const u64 span = u64{world.parameters.ptes_per_table} << page_shift;
  const u64 next = user_base + ((address - user_base) / span + 1) * span;
  return next < end ? next : end;
}

static pte_table* take_table(mm_struct* mm, u64 address) {
  if (alloc_fails(alloc_site::pte_table)) return nullptr;
  const unsigned pmd = vpn_of(address) / world.parameters.ptes_per_table;
  const unsigned per_thread = shares_tables() ? 2 : 1;
  const unsigned variant = 1 + static_cast<unsigned>(checker_thread()) * per_thread;
  pte_table* table =
      &world.tables[(mm_index(mm) * world.nr_pmds + pmd) * world.nr_variants + variant];
  // The table is the caller's alone until it is published, so all of this is one step. Its entries
  // are zero already: never used, or freed empty.
  checker_atomic_begin("pte_alloc_one");
  if (per_thread == 2 && table->live != 0) ++table;
  if (table->live != 0) {
    checker_violation("model-limit", "one thread allocated %u PTE tables for the same range of %s",
                      per_thread + 1, mm_name(mm_index(mm)));
  }
  table->live = 1;
  if (shares_tables()) {
    table->count = 1;
    table->owner = 0;
    table->nr_anon = 0;
    table->nr_swap = 0;
  }
  checker_atomic_end();
  return table;
}

pte_table* pte_alloc_one(mm_struct* mm, u64 address) {
  checker_might_sleep("pte_alloc_one");
  return take_table(mm, address);
}

pte_table* pte_alloc_one_locked(mm_struct* mm, u64 address) {
  if (world.parameters.debug_vm) checker_might_sleep("pte_alloc_one");
  return take_table(mm, address);
}

void pte_free(mm_struct* mm, pte_table* table) {
  checker_atomic_begin("pte_free");
  if (table->live == 0) {
    checker_violation("use-after-free", "PTE table of %s freed twice", mm_name(mm_index(mm)));
  }
  if (table->given_up != 0) ghost::forget_entries(table);
  for (unsigned i = 0; i < world.parameters.ptes_per_table; ++i) {
    if (table->pte[i].pte != 0) {
      checker_violation("use-after-free", "PTE table of %s freed with an entry for page %u",
                        mm_name(mm_index(mm)),
                        table_pmd(table_index(table)) * world.parameters.ptes_per_table + i);
    }
  }
  table->live = 0;
  checker_atomic_end();
}

}  // namespace model
