// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/load.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>

#include "checker/coverage/marks.hpp"
#include "checker/source/import.hpp"

namespace checker::source {

loaded_kernel::loaded_kernel(const kernel_record& record, const recipe& how) {
  if (record.interface != interface_hash(how)) {
    throw std::runtime_error(fmt::format(
        "kernel '{}' was imported for another version of ptlcheck; `ptlcheck kernel import {} "
        "--name {}` does it anew",
        record.name, record.tree, record.name));
  }
  library_ = dlopen(record.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library_ == nullptr) {
    throw std::runtime_error(fmt::format("kernel '{}': {}", record.name, dlerror()));
  }
  const auto* const sections = static_cast<const void* const*>(symbol("ptlcheck_sections"));
  if (sections == nullptr) {
    throw std::runtime_error(fmt::format("kernel '{}': not one of ptlcheck's", record.name));
  }
  const auto mark = [&](int index) {
    return const_cast<std::uint8_t*>(static_cast<const std::uint8_t*>(sections[index]));
  };
  marks::add({static_cast<const marks::table_entry*>(sections[0]),
              static_cast<const marks::table_entry*>(sections[1]), mark(2), mark(3)});
}

void* loaded_kernel::symbol(const std::string& name) const { return dlsym(library_, name.c_str()); }

}  // namespace checker::source
