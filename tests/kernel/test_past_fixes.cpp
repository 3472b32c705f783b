// SPDX-License-Identifier: GPL-2.0-only
// Fixes that v6.1's text has, taken back: what each of them mended is found. Two more are among the
// broken copies. docs/kernel-source.md has the table.
#include <ostream>
#include <string>
#include <vector>

#include "tests/kernel/imported.hpp"

namespace end_to_end::past_fixes {
namespace {

struct fix {
  const char* name;
  std::vector<edit> taken_back;
  const char* scenario;
  std::vector<std::string> settings;  ///< further arguments
  const char* kind;
};

void PrintTo(const fix& value, std::ostream* out) { *out << value.name; }

class past_fix : public imported, public testing::WithParamInterface<fix> {};

TEST_P(past_fix, mends_what_is_found_without_it) {
  const fix& what = GetParam();
  ASSERT_EQ(import(tree_).status, 0);
  const auto with_it = result_of(what.scenario, what.settings);
  EXPECT_EQ(with_it.at("verdict"), "verified") << with_it.dump(2);

  ASSERT_EQ(import(broken(what.taken_back)).status, 0);
  const auto without = result_of(what.scenario, what.settings);
  ASSERT_EQ(without.at("verdict"), "violation") << without.dump(2);
  EXPECT_EQ(without.at("kind"), what.kind) << without.dump(2);
}

constexpr const char* do_wp = "static vm_fault_t do_wp_page";
constexpr const char* anonymous = "static vm_fault_t do_anonymous_page";
constexpr const char* swap_in = "vm_fault_t do_swap_page";
constexpr const char* unuse = "static int unuse_pte";
constexpr const char* free_swap = "int free_swap_and_cache";
constexpr const char* flush_pending = "void flush_tlb_batched_pending";

/// 13ddaf26be32 (v6.8), "mm/swap: fix race when skipping swapcache".
const std::vector<edit> nobody_marks_the_slot = {{swap_in, "swapcache_prepare(entry)", "false"},
                                                 {swap_in, "need_clear_cache = true;", ";"}};

std::vector<edit> with(std::vector<edit> first, const std::vector<edit>& more) {
  first.insert(first.end(), more.begin(), more.end());
  return first;
}

const fix fixes[] = {
    // "mm/rmap: fix potential batched TLB flush race": a flag, cleared after the flush.
    {"commit_5ee2fa2f0636_v5_17",
     {{"static void set_tlb_ubc_flush_pending",
       "batch = atomic_read( ... atomic_inc(&mm->tlb_flush_batched);\n\t}",
       "mm->tlb_flush_batched = true;"},
      {flush_pending, "int batch = ... if (pending != flushed)",
       "if (data_race(mm->tlb_flush_batched))"},
      {flush_pending, "atomic_cmpxchg( ... ;", "barrier(); mm->tlb_flush_batched = false;"}},
     "munmap-vs-reclaim-elsewhere",
     {},
     "stale-tlb"},
    // "mm: swap: fix race between free_swap_and_cache() and swapoff()".
    {"commit_82b1c07a0af6_v6_9",
     {{free_swap, "get_swap_device(entry)", "_swap_info_get(entry)"},
      {free_swap, "if (WARN_ON( ... }", ";"},
      {free_swap, "put_swap_device(p);", ";"}},
     "exit-vs-swapoff",
     {},
     "use-after-free"},
    // "mm: fix misplaced unlock_page in do_wp_page()".
    {"commit_be068f29034f_v5_9",
     {{do_wp, "page_move_anon_rmap(vmf->page, vma);",
       "page_move_anon_rmap(vmf->page, vma);\n"
       "if (!unshare) { wp_page_reuse(vmf); folio_unlock(folio); return VM_FAULT_WRITE; }"}},
     "faults-vs-oom-reap",
     {},
     "bad-page-state"},
    // "mm, oom: fix potential data corruption when oom_reaper races with writer".
    {"commit_6b31d5955cb2_v4_13",
     {{anonymous, "check_stable_address_space(vma->vm_mm)", "0"},
      {anonymous, "check_stable_address_space(vma->vm_mm)", "0"}},
     "faults-vs-oom-reap",
     {},
     "lost-write"},
    // "mm/swapfile: fix lost swap bits in unuse_pte()".
    {"commit_14a762dd1977_v5_19",
     {{unuse, "if (pte_swp_soft_dirty(*pte)) ... pte_mkuffd_wp(new_pte);", ";"}},
     "soft-dirty-vs-swapoff",
     {},
     "pte-bits"},
    // "mm/swapfile: unuse_pte can map random data if swap read fails".
    {"commit_9f186f9e5fa9_v5_19",
     {{unuse, "if (unlikely(!PageUptodate(page))) ... goto out;\n\t}", ";"}},
     "read-error-vs-swapoff",
     {},
     "uptodate"},
    {"commit_13ddaf26be32_v6_8",
     nobody_marks_the_slot,
     "two-swap-ins-vs-reclaim",
     {},
     "lost-write"},
    // "swap: fix do_swap_page() race with swapoff": only the lookup in the swap cache held the
    // device. The mark on the slot would make swapoff wait, too.
    {"commit_2799e77529c2_v5_14",
     with(nobody_marks_the_slot,
          {{swap_in, "if (unlikely(!si)) ... vmf->address);",
            "if (si) { folio = swap_cache_get_folio(entry, vma, vmf->address);\n"
            "put_swap_device(si); }\nsi = swp_swap_info(entry);"},
           {swap_in, "if (si)\n\t\tput_swap_device(si);", ";"},
           {swap_in, "if (si)\n\t\tput_swap_device(si);", ";"}}),
     "swap-in-vs-swapoff",
     {"--set", "ram_disk=1", "--set", "free_swap_map=1"},
     "use-after-free"},
};

INSTANTIATE_TEST_SUITE_P(kernel, past_fix, testing::ValuesIn(fixes),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace end_to_end::past_fixes
