// SPDX-License-Identifier: GPL-2.0-only
#include "scenarios/imported.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <stdexcept>

#include "checker/source/load.hpp"
#include "checker/source/recipe.hpp"
#include "model/imported/imported.hpp"

namespace scenarios {
namespace {

namespace source = checker::source;

/// The functions of v6.1 that the model can call, and what stands around them.
source::recipe recipe_for_linux() {
  source::recipe how;
  how.root = PTLCHECK_SOURCE_DIR;
  how.files = {
      {"mm/memory.c",
       {{"copy_page_range", "int (*)(struct vm_area_struct *, struct vm_area_struct *)"},
        {"__pte_alloc", "int (*)(struct mm_struct *, pmd_t *)"},  // pte_alloc() calls it
        {"handle_pte_fault", "vm_fault_t (*)(struct vm_fault *)"},
        {"unmap_page_range",
         "void (*)(struct mmu_gather *, struct vm_area_struct *, unsigned long, unsigned long, "
         "struct zap_details *)"}}},
      {"mm/pgtable-generic.c",
       {{"__pte_offset_map", "pte_t *(*)(pmd_t *, unsigned long, pmd_t *)"},
        {"pte_offset_map_nolock",
         "pte_t *(*)(struct mm_struct *, pmd_t *, unsigned long, spinlock_t **)"},
        {"__pte_offset_map_lock",
         "pte_t *(*)(struct mm_struct *, pmd_t *, unsigned long, spinlock_t **)"}},
       612},
  };
  how.also_needed = {"Makefile",      "COPYING",   "LICENSES/preferred/GPL-2.0",
                     "mm/swapfile.c", "mm/rmap.c", "mm/pgtable-generic.c",
                     "mm/gup.c"};
  how.header = "model/kapi/linux/linux.h";
  how.version_macro = "KAPI_LINUX_VERSION";
  how.options_header = "model/kapi/linux/config.h";
  how.header_folders = {"model/kapi", "model/kapi/linux", "checker/intercept"};
  how.on_the_stack = {"vmf"};
  how.ignored_macros = {"KAPI_BEGIN", "KAPI_END"};
  how.memory_order = {
      "mb",        "rmb",         "wmb",        "barrier",         "smp_mb*",        "smp_rmb*",
      "smp_wmb*",  "smp_store_*", "smp_load_*", "smp_cond_load_*", "smp_acquire__*", "*_relaxed",
      "*_acquire", "*_release"};
  how.not_modelled = {"swap and reclaim",
                      "pinned pages",
                      "huge pages and large folios",
                      "file and shared mappings",
                      "userfaultfd, KSM, NUMA balancing, migration and device entries",
                      "memory cgroups and MMU notifiers",
                      "upper page-table levels",
                      "weak memory order"};
  return how;
}

struct known_kernel {
  source::kernel_record record;
  std::unique_ptr<source::loaded_kernel> code;  // null: not loaded
};

std::map<std::string, known_kernel>& known_kernels() {
  static std::map<std::string, known_kernel> kernels;
  return kernels;
}

void find_kernels() {
  for (auto& record : source::imported_kernels()) {
    std::string from = record.tree;
    if (!record.version.empty()) from = fmt::format("Linux {}, {}", record.version, record.tree);
    checker::registry::add(checker::imported_kernel{record.name, from, record.key, record.stubs});
    const std::string name = record.name;
    known_kernels()[name] = {std::move(record), nullptr};
  }
}

void load(const std::string& name) {
  auto& [record, code] = known_kernels().at(name);
  if (code != nullptr) return;
  code = std::make_unique<source::loaded_kernel>(record, *source::known_recipe());
  model::imported::entry_points functions;
  functions.copy_page_range =
      code->root<int(model::vm_area_struct*, model::vm_area_struct*)>("copy_page_range");
  functions.handle_pte_fault = code->root<model::vm_fault_t(model::vm_fault*)>("handle_pte_fault");
  functions.unmap_page_range =
      code->root<void(model::mmu_gather*, model::vm_area_struct*, model::u64, model::u64, void*)>(
          "unmap_page_range");
  model::imported::provide(record.name.c_str(), functions);
}

const checker::registry::registration imported_scenarios{[] {
  source::provide_recipe(recipe_for_linux());
  checker::registry::add(find_kernels);
}};

}  // namespace

std::string missing_in(const std::string& kernel, const plan& what) {
  load(kernel);
  const model::kernel_functions& has = *model::imported_kernel;
  if ((what.needs & needs_fork) != 0 && has.fork == nullptr) return "fork()";
  if ((what.needs & needs_faults) != 0 && has.page_fault == nullptr) return "page faults";
  const bool unmaps = has.exit_mm != nullptr;
  if ((what.needs & needs_unmap) != 0 && !unmaps) return "munmap() and exit()";
  if ((what.needs & needs_other) != 0) return what.other_need;
  if (what.world.slots != 0) return "swap";
  if (what.world.failing_sites != 0 && !unmaps) return "to undo a fork() that fails";
  // The kernel's own; a scenario with another counts on the model's functions.
  if (what.world.progress_limit != 32) return "progress_limit=32, which is in the kernel's text";
  return {};
}

}  // namespace scenarios
