// SPDX-License-Identifier: GPL-2.0-only
#include "model/kapi/sharing.hpp"

namespace model {

void pmdp_set_wrprotect(pmd_t* slot) { atomic_or(slot->pmd, pmd_bit_wrprotect); }

pte_table* table_in_use(pmd_t value) {
  pte_table* table = pmd_table(value);
  if (table == nullptr) checker_violation("crash", "a PMD entry that is none is taken for a table");
  check_in_use(table);
  return table;
}

void check_in_use(const pte_table* table) {
  checker_ghost_begin();
  const bool live = table->live != 0;
  checker_ghost_end();
  if (!live) {
    checker_violation("use-after-free", "the freed PTE table of %s is used",
                      mm_name(table_mm(table_index(table))));
  }
}

void pmd_get_pte(pte_table* table) { atomic_add_return(table->count, 1); }

bool pmd_put_pte_unless_last(pte_table* table) {
  smp_mb();
  checker_atomic_begin("pmd_put_pte");
  const u64 count = table->count;
  if (count != 1) {
    table->count = count - 1;
  } else {
    checker_note("nothing subtracted, it is 1");
  }
  checker_atomic_end();
  smp_mb();
  return count != 1;
}

void write_protect_seq_increment(mm_struct* mm) {
  volatile unsigned* sequence = &mm->write_protect_seq.sequence;
  const unsigned before = *sequence;
  *sequence = before + 1;
}

static long area_of(const vm_area_struct* vma) { return vma - world.vmas[mm_index(vma->vm_mm)]; }

vm_area_struct* vma_before(vm_area_struct* vma) { return area_of(vma) == 0 ? nullptr : vma - 1; }

vm_area_struct* vma_after(vm_area_struct* vma) {
  return area_of(vma) + 1 == static_cast<long>(world.parameters.vmas) ? nullptr : vma + 1;
}

}  // namespace model
