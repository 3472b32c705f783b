// SPDX-License-Identifier: GPL-2.0-only
// The functions of one kernel that threads call: what an operation needs to know of a kernel
// version. Null where an imported kernel does not have them.
#pragma once

#include "model/kapi/types.hpp"

namespace model {

struct table_sharing;  // model/kapi/sharing.hpp

struct kernel_functions {
  const char* name;
  // fork(): `mm` is the object allocate_mm() will return. 0, or -enomem with `mm` torn down again.
  int (*fork)(mm_struct* oldmm, mm_struct* mm);
  // A page fault of user space at `address`. False if it could not be resolved.
  bool (*page_fault)(mm_struct* mm, u64 address, bool write);
  // 0, or a negative error with the device still in use.
  int (*swapoff)();
  // Reclaim looks at one page, as shrink_page_list() does with each it has isolated.
  void (*reclaim)(page* p);
  void (*munmap)(mm_struct* mm, u64 start, u64 end);
  // mmu_gather is done with pages that were unmapped: drops a reference of each.
  void (*free_pages_and_swap_cache)(page** pages, unsigned nr);
  // The last user of the address space goes.
  void (*exit_mm)(mm_struct* mm);
  // The OOM reaper takes the pages of an mm whose users were killed and still run.
  void (*oom_reap)(mm_struct* mm);
  // As imported kernels have it. Their entries in swap tell whether the page was exclusive (since
  // v5.19), too.
  bool swap_map_in_bytes;
  // zap_page_range() under mmap_sem held for reading, as MADV_DONTNEED does: 0, or -enomem. Null:
  // scenarios that need it are not offered.
  int (*madvise_dontneed)(mm_struct* mm, u64 start, u64 end) = nullptr;
  // page_referenced(), which reclaim asks for each page on its lists. Null: as above.
  void (*page_referenced)(page* p) = nullptr;
  // How the kernel shares PTE tables between mms; null: it does not.
  const table_sharing* sharing = nullptr;
};

// Whether the kernel under test shares PTE tables.
bool shares_tables();

// The kernel under test; constant during an exploration.
extern const kernel_functions* kernel;

// The kernel that model/imported provides, if any.
extern const kernel_functions* imported_kernel;

// False if there is no kernel of that name.
bool select_kernel(const char* name);

}  // namespace model
