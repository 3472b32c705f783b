// SPDX-License-Identifier: GPL-2.0-only
// The kernel's objects (types.h) and what only the model's C++ has.
#pragma once

#include "model/kapi/types.h"

namespace model {

inline constexpr unsigned page_shift = 12;
inline constexpr u64 page_size = u64{1} << page_shift;

enum { einval = 22, enoent = 2, eexist = 17, enomem = 12, eintr = 4 };

enum gfp_t : unsigned { GFP_ATOMIC = 0, GFP_KERNEL = 1 };

// Where an allocation stands, so that a scenario can let one of them fail.
enum class alloc_site : unsigned {
  mm,                   // allocate_mm() in dup_mm()
  vma,                  // vm_area dup in dup_mmap()
  anon_vma,             // anon_vma_fork()
  pte_table,            // pte_alloc_one()
  continuation,         // add_swap_count_continuation(GFP_KERNEL)
  continuation_atomic,  // add_swap_count_continuation(GFP_ATOMIC)
  fault_page,           // the new page of a fault
  swap_page,            // the page a swap-in reads into
  swap_read,            // no allocation: the I/O of a swap-in
  count,
};

}  // namespace model
