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
        {"do_swap_page", "vm_fault_t (*)(struct vm_fault *)", 602},
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
      {"mm/swapfile.c",
       {{"swap_duplicate", "int (*)(swp_entry_t)", 602},
        {"add_swap_count_continuation", "int (*)(swp_entry_t, gfp_t)", 602},
        {"swap_free", "void (*)(swp_entry_t)", 602},
        {"free_swap_and_cache", "int (*)(swp_entry_t)", 602},
        {"folio_free_swap", "bool (*)(struct folio *)", 602},
        {"get_swap_device", "struct swap_info_struct *(*)(swp_entry_t)", 602},
        {"__swap_count", "int (*)(swp_entry_t)", 602},
        {"swapcache_prepare", "int (*)(swp_entry_t)", 602},
        {"swapcache_clear", "void (*)(struct swap_info_struct *, swp_entry_t)", 602},
        {"swap_info_get_cont",
         "struct swap_info_struct *(*)(swp_entry_t, struct swap_info_struct *)", 602},
        {"swap_entry_free", "void (*)(struct swap_info_struct *, swp_entry_t)", 602},
        {"swapcache_free_entries", "void (*)(swp_entry_t *, int)", 602},
        {"put_swap_folio", "void (*)(struct folio *, swp_entry_t)", 602},
        {"try_to_unuse", "int (*)(unsigned int)", 602},
        {"drain_mmlist", "void (*)(void)", 602}}},
      {"mm/rmap.c",
       {{"try_to_unmap_one",
         "bool (*)(struct folio *, struct vm_area_struct *, unsigned long, void *)", 602},
        {"try_to_unmap_flush", "void (*)(void)", 602},
        {"try_to_unmap_flush_dirty", "void (*)(void)", 602},
        {"flush_tlb_batched_pending", "void (*)(struct mm_struct *)", 602}}},
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
  how.not_modelled = {"swap and reclaim of kernels after v6.1",
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
  auto& swap = functions.swap;
  swap.swapcache_prepare = code->root<int(model::swp_entry_t)>("swapcache_prepare");
  swap.put_swap_folio = code->root<void(model::page*, model::swp_entry_t)>("put_swap_folio");
  swap.folio_free_swap = code->root<bool(model::page*)>("folio_free_swap");
  swap.get_swap_device =
      code->root<model::swap_info_struct*(model::swp_entry_t)>("get_swap_device");
  swap.try_to_unuse = code->root<int(unsigned)>("try_to_unuse");
  swap.drain_mmlist = code->root<void()>("drain_mmlist");
  auto& reclaim = functions.reclaim;
  reclaim.try_to_unmap_one =
      code->root<bool(model::page*, model::vm_area_struct*, model::u64, void*)>("try_to_unmap_one");
  reclaim.try_to_unmap_flush = code->root<void()>("try_to_unmap_flush");
  reclaim.try_to_unmap_flush_dirty = code->root<void()>("try_to_unmap_flush_dirty");
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
  if ((what.needs & needs_swapoff) != 0 && has.swapoff == nullptr) return "swapoff()";
  if ((what.needs & needs_reclaim) != 0 && has.reclaim == nullptr) return "reclaim()";
  if ((what.needs & needs_built_in) != 0) return "madvise() and page_referenced()";
  if (what.world.slots != 0 && has.swapoff == nullptr) return "swap";
  if (what.world.failing_sites != 0 && !unmaps) return "to undo a fork() that fails";
  // The kernel's own; a scenario with another counts on the model's functions.
  if (what.world.progress_limit != 32) return "progress_limit=32, which is in the kernel's text";
  return {};
}

}  // namespace scenarios
