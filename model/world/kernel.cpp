// SPDX-License-Identifier: GPL-2.0-only
#include "model/world/kernel.hpp"

#include <cstring>
#include <initializer_list>

#include "model/cow_pte/cow_pte.hpp"
#include "model/v4_14/v4_14.hpp"

namespace model {

const kernel_functions* kernel = nullptr;

const kernel_functions* imported_kernel = nullptr;

bool select_kernel(const char* name) {
  for (const kernel_functions* each :
       {&v4_14::functions, &cow_pte_rfc_v2, &cow_pte_safe, &cow_pte_v5, &odf, imported_kernel}) {
    if (each == nullptr || std::strcmp(name, each->name) != 0) continue;
    kernel = each;
    return true;
  }
  return false;
}

bool shares_tables() { return kernel != nullptr && kernel->sharing != nullptr; }

}  // namespace model
