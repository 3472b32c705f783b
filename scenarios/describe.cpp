// SPDX-License-Identifier: GPL-2.0-only
#include "scenarios/describe.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <optional>

#include "model/kapi/sharing.hpp"
#include "model/world/world.hpp"

namespace scenarios {
namespace {

using model::world;

/// Index and offset of `address` in the array of `count` T at `base`.
struct element {
  unsigned index;
  std::size_t offset;
};

template <typename T>
std::optional<element> find_in(const T* base, std::size_t count, const void* address) {
  const auto start = reinterpret_cast<std::uintptr_t>(base);
  const auto at = reinterpret_cast<std::uintptr_t>(address);
  if (base == nullptr || at < start || at >= start + count * sizeof(T)) return {};
  return element{static_cast<unsigned>((at - start) / sizeof(T)), (at - start) % sizeof(T)};
}

std::size_t nr_tables() {
  return std::size_t{world.parameters.mms} * world.nr_pmds * world.nr_variants;
}

std::optional<unsigned> pte_index(const void* address) {
  const auto found = find_in(world.ptes, nr_tables() * world.parameters.ptes_per_table, address);
  if (!found) return {};
  return found->index;
}

std::string pte_name(unsigned index, const char* what) {
  const unsigned table = index / world.parameters.ptes_per_table;
  return fmt::format("{} {}[{}]", model::mm_name(model::table_mm(table)), what,
                     model::table_pmd(table) * world.parameters.ptes_per_table +
                         index % world.parameters.ptes_per_table);
}

std::string page_field(std::size_t offset) {
  switch (offset) {
    case offsetof(model::page, content):
      return "content";
    case offsetof(model::page, refcount):
      return "refcount";
    case offsetof(model::page, mapcount):
      return "mapcount";
    case offsetof(model::page, PG_uptodate):
      return "PG_uptodate";
    case offsetof(model::page, PG_dirty):
      return "PG_dirty";
    case offsetof(model::page, PG_swapcache):
      return "PG_swapcache";
    case offsetof(model::page, PG_writeback):
      return "PG_writeback";
    case offsetof(model::page, PG_anon_exclusive):
      return "PG_anon_exclusive";
    case offsetof(model::page, private_):
      return "private";
    case offsetof(model::page, mapping):
      return "mapping";
    case offsetof(model::page, index):
      return "index";
    default:
      return "lock";
  }
}

std::string mm_field(std::size_t offset) {
  static constexpr std::size_t rss = offsetof(model::mm_struct, rss_stat);
  static const char* const counters[] = {"MM_FILEPAGES", "MM_ANONPAGES", "MM_SWAPENTS",
                                         "MM_SHMEMPAGES"};
  if (offset >= rss && offset < rss + sizeof(model::mm_struct::rss_stat)) {
    return fmt::format("rss[{}]", counters[(offset - rss) / sizeof(model::u64)]);
  }
  switch (offset) {
    case offsetof(model::mm_struct, mmap):
      return "mmap";
    case offsetof(model::mm_struct, mm_users):
      return "mm_users";
    case offsetof(model::mm_struct, nr_ptes):
      return "nr_ptes";
    case offsetof(model::mm_struct, tlb_flush_batched):
      return "tlb_flush_batched";
    case offsetof(model::mm_struct, write_protect_seq):
      return "write_protect_seq";
    case offsetof(model::mm_struct, flags):
      return "flags";
    case offsetof(model::mm_struct, mmlist):
      return "mmlist.next";
    case offsetof(model::mm_struct, mmlist) + sizeof(void*):
      return "mmlist.prev";
    default:
      return "mm_struct";
  }
}

std::string slot_field(std::size_t offset) {
  switch (offset) {
    case offsetof(model::swap_slot, content):
      return "content";
    case offsetof(model::swap_slot, cached):
      return "cached page";
    case offsetof(model::swap_slot, nr_cont):
      return "continuations";
    case offsetof(model::swap_slot, in_transit):
      return "in transit";
    default:
      return "continuation";
  }
}

/// Of the part of a swap_info_struct that imported kernels have alone.
std::string describe_swap_info(std::size_t offset) {
  static constexpr std::size_t counts =
      offsetof(model::swap_info_struct, users) + offsetof(model::percpu_ref, counts);
  if (offset >= counts && offset < counts + sizeof(model::percpu_ref::counts)) {
    return fmt::format("swap_info->users of CPU {}", (offset - counts) / sizeof(model::u64));
  }
  switch (offset) {
    case offsetof(model::swap_info_struct, swap_map_bytes):
      return "swap_info->swap_map";
    case offsetof(model::swap_info_struct, users):
      return "swap_info->users live";
    case offsetof(model::swap_info_struct, unuse_rounds):
      return "rounds of try_to_unuse()";
    case offsetof(model::swap_info_struct, type):
      return "swap_info->type";
    case offsetof(model::swap_info_struct, cluster_info):
      return "swap_info->cluster_info";
    default:
      return {};
  }
}

/// Of the pages that the higher digits of swap counts are in.
std::string describe_continuation(const element& found) {
  const std::string name =
      found.index == 0 ? "swap_map's page" : fmt::format("continuation {}", found.index - 1);
  const std::size_t offset = found.offset;
  if (offset < sizeof(model::page::content)) {
    return fmt::format("{} count of slot {}", name, offset);
  }
  switch (offset) {
    case offsetof(model::page, refcount):
      return name + " refcount";
    case offsetof(model::page, private_):
      return name + " private";
    case offsetof(model::page, lru):
      return name + " lru.next";
    default:
      return name + " lru.prev";
  }
}

std::string describe_task(const void* address) {
  const auto found = find_in(world.tasks, world.parameters.threads, address);
  if (!found) return {};
  using model::task_struct, model::tlbflush_unmap_batch;
  static constexpr std::size_t batch = offsetof(task_struct, tlb_ubc);
  switch (found->offset) {
    case batch + offsetof(tlbflush_unmap_batch, arch):
      return fmt::format("CPU {} tlb_ubc mms", found->index);
    case batch + offsetof(tlbflush_unmap_batch, flush_required):
      return fmt::format("CPU {} tlb_ubc flush_required", found->index);
    case batch + offsetof(tlbflush_unmap_batch, writable):
      return fmt::format("CPU {} tlb_ubc writable", found->index);
    default:
      return fmt::format("CPU {} task", found->index);
  }
}

std::string describe_swap(const void* address) {
  if (std::string task = describe_task(address); !task.empty()) return task;
  if (world.si == nullptr) return {};
  if (const auto found = find_in(
          world.continuations, 1 + world.parameters.threads * model::max_continuations, address)) {
    return describe_continuation(*found);
  }
  if (address == world.swap_infos) return "swap_info[0]";
  const std::size_t slots = world.parameters.slots + 1;
  if (const auto found = find_in(world.slot_in_use, slots, address)) {
    return fmt::format("slot {} in use", found->index);
  }
  if (const auto found = find_in(world.slot_has_users, slots, address)) {
    return fmt::format("slot {} has users", found->index);
  }
  if (const auto found = find_in(world.thread_ghosts, world.parameters.threads, address)) {
    if (found->offset == offsetof(model::thread_ghost, swaps)) {
      return fmt::format("CPU {} swap entries in flight", found->index);
    }
  }
  if (const auto found = find_in(world.slots, world.parameters.slots + 1, address)) {
    return fmt::format("slot {} {}", found->index, slot_field(found->offset));
  }
  if (const auto found = find_in(world.si, 1, address)) {
    switch (found->offset) {
      case offsetof(model::swap_info_struct, flags):
        return "swap_info->flags";
      case offsetof(model::swap_info_struct, max):
        return "swap_info->max";
      case offsetof(model::swap_info_struct, inuse_pages):
        return "swap_info->inuse_pages";
      case offsetof(model::swap_info_struct, swap_map):
        return "swap_info->swap_map";
      default:
        return describe_swap_info(found->offset);
    }
  }
  return {};
}

/// Nothing for offset 0 of an anon_vma as such, so that a pointer to one reads well.
std::string anon_vma_field(std::size_t offset) {
  switch (offset) {
    case offsetof(model::anon_vma, root):
      return "";
    case offsetof(model::anon_vma, nr_vmas):
      return "->nr_vmas";
    default:
      return offset < offsetof(model::anon_vma, nr_vmas) ? "->rwsem" : "->vmas";
  }
}

std::string vma_field(std::size_t offset) {
  switch (offset) {
    case offsetof(model::vm_area_struct, vm_next):
      return "->vm_next";
    case offsetof(model::vm_area_struct, anon_vma):
      return "->anon_vma";
    default:
      return "->anon_vma_chain";
  }
}

std::string table_field(std::size_t offset) {
  switch (offset) {
    case offsetof(model::pte_table, live):
      return " in use";
    case offsetof(model::pte_table, count):
      return " count";
    case offsetof(model::pte_table, owner):
      return " owner";
    case offsetof(model::pte_table, nr_anon):
      return " nr_anon";
    case offsetof(model::pte_table, nr_swap):
      return " nr_swap";
    default:
      return "";
  }
}

std::string describe_mm(const void* address) {
  if (const auto found = find_in(world.mms, world.parameters.mms, address)) {
    return fmt::format("{} {}", model::mm_name(found->index), mm_field(found->offset));
  }
  if (const auto found = find_in(world.init_mm, 1, address)) {
    return fmt::format("init_mm {}", mm_field(found->offset));
  }
  if (const auto found = find_in(world.pmds, world.parameters.mms * world.nr_pmds, address)) {
    return fmt::format("{} pmd[{}]", model::mm_name(found->index / world.nr_pmds),
                       found->index % world.nr_pmds);
  }
  const auto table = find_in(world.tables, nr_tables(), address);
  if (table && table->offset >= offsetof(model::pte_table, live)) {
    return fmt::format("{} table[{}]{}", model::mm_name(model::table_mm(table->index)),
                       model::table_pmd(table->index), table_field(table->offset));
  }
  if (const auto found =
          find_in(world.pmd_cache, world.parameters.threads * world.nr_pmds, address)) {
    return fmt::format("CPU {} cached pmd[{}]", found->index / world.nr_pmds,
                       found->index % world.nr_pmds);
  }
  const unsigned areas = world.parameters.mms * world.parameters.vmas;
  if (const auto found = find_in(world.anon_vmas, areas, address)) {
    return fmt::format("{} anon_vma{}", model::mm_name(found->index / world.parameters.vmas),
                       anon_vma_field(found->offset));
  }
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (const auto found = find_in(world.vmas[mm], world.parameters.vmas, address)) {
      return fmt::format("{} vma{}", model::mm_name(mm), vma_field(found->offset));
    }
  }
  return {};
}

/// What a pointer in the model points to: "parent anon_vma", "page 3".
std::string pointer_text(std::uint64_t value) {
  if (value == 0) return "null";
  const auto* const target =
      reinterpret_cast<const void*>(value);  // NOLINT(performance-no-int-to-ptr)
  if (const auto found = find_in(world.frames, world.nr_frames, target)) {
    return fmt::format("page {}", found->index);
  }
  if (const auto found = find_in(world.tables, nr_tables(), target)) {
    return fmt::format("{} table[{}]", model::mm_name(model::table_mm(found->index)),
                       model::table_pmd(found->index));
  }
  for (unsigned mm = 0; mm < world.parameters.mms; ++mm) {
    if (find_in(world.vmas[mm], model::max_vmas, target)) {
      return fmt::format("{} vma", model::mm_name(mm));
    }
  }
  if (const auto found = find_in(world.mms, world.parameters.mms, target)) {
    return found->offset == offsetof(model::mm_struct, mmlist) ? model::mm_name(found->index)
                                                               : describe_mm(target);
  }
  if (find_in(world.init_mm, 1, target)) return "init_mm";
  return describe_mm(target);
}

/// "parent table[0] RO": x86's RW bit is shown where a kernel that shares tables runs.
std::string pmd_text(std::uint64_t value) {
  const model::pmd_t pmd{value};
  const model::pte_table* table = model::pmd_table(pmd);
  if (table == nullptr) return "none";
  const std::string name = pointer_text(reinterpret_cast<std::uint64_t>(table));
  return !model::pmd_write(pmd) ? name + " RO" : name;
}

std::string owner_text(std::uint64_t value) {
  if (value == 0) return "none";
  return value == model::owner_exclusive ? "exclusive" : pointer_text(value);
}

std::string pte_text(std::uint64_t value) {
  const model::pte_t pte{value};
  if (model::pte_none(pte)) return "none";
  if (!model::pte_present(pte)) {
    return fmt::format("swap slot {}{}{}", model::swp_offset(model::pte_to_swp_entry(pte)),
                       model::pte_swp_exclusive(pte) ? " exclusive" : "",
                       model::pte_swp_soft_dirty(pte) ? " soft-dirty" : "");
  }
  return fmt::format("pfn {} {}{}{}{}", model::pte_pfn(pte), model::pte_write(pte) ? "RW" : "RO",
                     model::pte_young(pte) ? " young" : "", model::pte_dirty(pte) ? " dirty" : "",
                     model::pte_special(pte) ? " zero page" : "");
}

std::string content_text(std::uint64_t value) {
  if (value == model::page_poison) return "poison (free)";
  if (value == model::page_uninitialized) return "uninitialized";
  return fmt::format("{}", value);
}

std::string swap_map_text(std::uint64_t value) {
  return fmt::format("{}{}{}", value & 0x3f, (value & model::SWAP_HAS_CACHE) != 0 ? "|cache" : "",
                     (value & model::COUNT_CONTINUED) != 0 ? "|continued" : "");
}

/// Of a word that describe_swap() names so.
std::string swap_text(const std::string& name, std::uint64_t value) {
  if (name.ends_with("cached page")) return pointer_text(value);
  if (name.ends_with("->swap_map")) return value == 0 ? "null" : "swap_map";
  if (name.ends_with(" lru.next") || name.ends_with(" lru.prev")) {
    return describe_swap(
        reinterpret_cast<const void*>(value));  // NOLINT(performance-no-int-to-ptr)
  }
  if (name.ends_with(" mms")) return fmt::format("{:#x}", value);
  if (name.find("count of slot") != std::string::npos) return swap_map_text(value);
  if (name.ends_with("->flags")) {
    return fmt::format("{}{}", (value & model::SWP_USED) != 0 ? "USED" : "",
                       (value & model::SWP_WRITEOK) != 0 ? "|WRITEOK" : "");
  }
  if (name.ends_with(" in use") || name.ends_with(" has users")) return value != 0 ? "yes" : "no";
  if (name.ends_with(" in flight")) return value != 0 ? "some" : "none";
  return fmt::format("{}", value);
}

std::optional<unsigned> swap_map_index(const void* address) {
  if (world.si == nullptr) return {};
  const std::size_t slots = world.parameters.slots + 1;
  auto found = find_in(world.swap_map, slots, address);
  if (!found) found = find_in(world.swap_map_bytes, slots, address);
  if (!found) return {};
  return found->index;
}

std::string tlb_text(std::uint64_t value) {
  if ((value & model::tlb_valid) == 0) return "invalid";
  return fmt::format("pfn {} {}{}", value >> model::page_shift,
                     (value & model::tlb_write) != 0 ? "RW" : "RO",
                     (value & model::tlb_dirty) != 0 ? " dirty" : "");
}

}  // namespace

checker::place describe_place(const void* address) {
  if (const auto index = pte_index(address)) return {pte_name(*index, "pte")};
  if (const auto index = swap_map_index(address)) return {fmt::format("swap_map[{}]", *index)};
  if (const auto found = find_in(world.frames, world.nr_frames, address)) {
    return {fmt::format("page {} {}", found->index, page_field(found->offset))};
  }
  const unsigned tlb_entries = world.parameters.threads * world.parameters.pages;
  if (const auto found = find_in(world.tlb, tlb_entries, address)) {
    return {fmt::format("CPU {} TLB[{}]", found->index / world.parameters.pages,
                        found->index % world.parameters.pages)};
  }
  std::string name = describe_mm(address);
  if (name.empty()) name = describe_swap(address);
  return {name};
}

const checker_lock* rule_lock(const void* address) {
  if (const auto index = pte_index(address)) {
    return &world.tables[*index / world.parameters.ptes_per_table].ptl;
  }
  if (swap_map_index(address)) return &world.si->lock;
  const auto mm = find_in(world.mms, world.parameters.mms, address);
  if (mm && mm->offset >= offsetof(model::mm_struct, mmlist) &&
      mm->offset < offsetof(model::mm_struct, mmlist) + sizeof(model::list_head)) {
    return world.mmlist_lock;
  }
  return nullptr;
}

std::string describe_value(const void* address, std::uint64_t value) {
  if (pte_index(address)) return pte_text(value);
  if (swap_map_index(address)) return swap_map_text(value);
  if (find_in(world.tlb, world.parameters.threads * world.parameters.pages, address)) {
    return tlb_text(value);
  }
  if (const auto found = find_in(world.frames, world.nr_frames, address)) {
    switch (found->offset) {
      case offsetof(model::page, content):
        return content_text(value);
      case offsetof(model::page, mapping):
        return value == 0 ? "none" : pointer_text(value);
      case offsetof(model::page, private_):
        return value == 0 ? "none"
                          : fmt::format("slot {}", model::swp_offset(model::swp_entry_t{value}));
      case offsetof(model::page, index):
      case offsetof(model::page, PG_uptodate):
      case offsetof(model::page, PG_dirty):
      case offsetof(model::page, PG_swapcache):
      case offsetof(model::page, PG_writeback):
      case offsetof(model::page, PG_anon_exclusive):
      case offsetof(model::page, refcount):
      case offsetof(model::page, mapcount):
        return fmt::format("{}", value);
      default:
        return {};
    }
  }
  const std::string mm = describe_mm(address);
  if (mm.ends_with("->nr_vmas")) return fmt::format("{}", value);
  if (mm.ends_with("->vmas") || mm.ends_with("->vm_next") || mm.ends_with("->anon_vma") ||
      mm.ends_with(" anon_vma")) {
    return pointer_text(value);
  }
  if (mm.ends_with("->anon_vma_chain") && value > model::max_mms) return pointer_text(value);
  if (mm.find("rss[") != std::string::npos || mm.find("nr_ptes") != std::string::npos ||
      mm.find("mm_users") != std::string::npos) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  if (mm.ends_with(" in use")) return value != 0 ? "yes" : "no";
  if (mm.find("pmd[") != std::string::npos) return pmd_text(value);
  if (mm.ends_with("] owner")) return owner_text(value);
  if (mm.ends_with("] count") || mm.find("] nr_") != std::string::npos) {
    return fmt::format("{}", value);
  }
  if (mm.find("mmlist.") != std::string::npos || mm.ends_with(" mmap")) return pointer_text(value);
  const std::string swap = describe_swap(address);
  return swap.empty() ? std::string{} : swap_text(swap, value);
}

}  // namespace scenarios
