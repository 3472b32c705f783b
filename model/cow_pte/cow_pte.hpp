// SPDX-License-Identifier: GPL-2.0-only
// Kernels in which parent and child share a PTE table after fork. They are v4.14's functions with
// what a series changes of them (kapi/sharing.hpp); a write fault decides by references, as it has
// since v5.9 (do_wp_page() of v4_14), but in odf, which goes by mapcount as v4.14 does.
// docs/cow-pte says what each of them does.
#pragma once

#include "model/kapi/sharing.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model {

// v4.14's functions with these changes.
inline kernel_functions kernel_that_shares(const char* name, const table_sharing* sharing) {
  kernel_functions functions = v4_14::functions;
  functions.name = name;
  functions.sharing = sharing;
  return functions;
}

extern const kernel_functions cow_pte_rfc_v2;
extern const kernel_functions cow_pte_safe;
extern const kernel_functions cow_pte_v5;
extern const kernel_functions odf;

}  // namespace model
