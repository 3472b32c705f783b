// SPDX-License-Identifier: GPL-2.0-only
// Brings imported code into this process.
#pragma once

#include <string>

#include "checker/source/cache.hpp"
#include "checker/source/recipe.hpp"

namespace checker::source {

/// Code of an imported kernel. It stays loaded until the process ends.
class loaded_kernel {
 public:
  /// Before the first search, and before anything is symbolized. Throws std::runtime_error with one
  /// line.
  loaded_kernel(const kernel_record& record, const recipe& how);

  /// The function of that name, one of the recipe's roots; nullptr if the kernel does not have it.
  template <typename Function>
  Function* root(const char* name) const {
    auto* const pointer =
        static_cast<Function* const*>(symbol(std::string("ptlcheck_root_") + name));
    return pointer == nullptr ? nullptr : *pointer;
  }

 private:
  void* symbol(const std::string& name) const;

  void* library_;
};

}  // namespace checker::source
