// SPDX-License-Identifier: GPL-2.0-only
// Page faults down to the PMD, v6.1, around an imported handle_pte_fault().
#include "model/imported/imported.hpp"

namespace model::imported {

// __handle_mm_fault(), mm/memory.c, v6.1. The upper levels are always there; huge pages are not.
static vm_fault_t handle_mm_fault(vm_area_struct* vma, u64 address, unsigned flags) {
  vm_fault vmf = {};
  vmf.vma = vma;
  vmf.address = address;
  vmf.real_address = address;
  vmf.flags = flags;
  vmf.pgoff = vma->vm_pgoff + ((address - vma->vm_start) >> page_shift);
  vmf.pmd = pmd_offset(vma->vm_mm, address);
  return functions.handle_pte_fault(&vmf);
}

// do_user_addr_fault(), arch/x86/mm/fault.c, v6.1. Left out: signals, killing on OOM (the access is
// given up), expanding stacks, per-VMA locks (v6.4).
bool page_fault(mm_struct* mm, u64 address, bool write) {
  unsigned flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_USER;
  if (write) flags |= FAULT_FLAG_WRITE;
  for (;;) {
    down_read(&mm->mmap_sem);  // mmap_read_lock()
    vm_area_struct* vma = find_vma(mm, address);
    if (vma == nullptr || vma->vm_start > address) {
      up_read(&mm->mmap_sem);
      return false;
    }
    const vm_fault_t fault = handle_mm_fault(vma, address, flags);
    if ((fault & VM_FAULT_COMPLETED) != 0) return true;  // mmap_lock was dropped
    if ((fault & VM_FAULT_RETRY) != 0) {                 // here, too
      flags |= FAULT_FLAG_TRIED;
      continue;
    }
    up_read(&mm->mmap_sem);
    return (fault & VM_FAULT_ERROR) == 0;
  }
}

}  // namespace model::imported
