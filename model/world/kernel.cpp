// SPDX-License-Identifier: GPL-2.0-only
#include "model/world/kernel.hpp"

#include <cstring>

#include "model/v4_14/v4_14.hpp"

namespace model {

const kernel_functions* kernel = nullptr;

bool select_kernel(const char* name) {
  if (std::strcmp(name, v4_14::functions.name) != 0) return false;
  kernel = &v4_14::functions;
  return true;
}

}  // namespace model
