// SPDX-License-Identifier: GPL-2.0-only
// Ways to break the kernel's text, each caught in the scenario and as the kind of violation that it
// leads to, and changes that break nothing. docs/kernel-source.md has the table.
#include <gmock/gmock.h>

#include <ostream>
#include <string>

#include "tests/kernel/imported.hpp"

namespace end_to_end {
namespace {

/// `old`, at its first place behind the line that begins with `function`, is `fresh`.
struct change {
  const char* name;
  const char* function;
  const char* old;
  const char* fresh;
  const char* scenario;
  const char* kind;  ///< "": verified
};

void PrintTo(const change& value, std::ostream* out) { *out << value.name; }

class changed_copy : public imported, public testing::WithParamInterface<change> {};

TEST_P(changed_copy, is_caught_if_it_is_broken) {
  const change& what = GetParam();
  ASSERT_EQ(import(broken(what.function, what.old, what.fresh)).status, 0);
  const auto result = result_of(what.scenario);
  if (*what.kind == '\0') {
    EXPECT_EQ(result.at("verdict"), "verified") << result.dump(2);
  } else {
    ASSERT_EQ(result.at("verdict"), "violation") << result.dump(2);
    EXPECT_EQ(result.at("kind"), what.kind) << result.dump(2);
  }
}

constexpr const char* copy_pte = "copy_present_pte";
constexpr const char* copy_range = "copy_pte_range";
constexpr const char* wp_copy = "static vm_fault_t wp_page_copy";
constexpr const char* do_wp = "static vm_fault_t do_wp_page";
constexpr const char* anonymous = "static vm_fault_t do_anonymous_page";
constexpr const char* install = "void pmd_install";
constexpr const char* pte_fault = "static vm_fault_t handle_pte_fault";
constexpr const char* zap = "static unsigned long zap_pte_range";

constexpr const char* two_faults = "fork-vs-two-write-faults";
constexpr const char* fork_write = "fork-vs-write-fault";

constexpr change changes[] = {
    {"parent_stays_writable", copy_pte, "ptep_set_wrprotect(src_mm, addr, src_pte);", ";",
     fork_write, "writable-in-two-mms"},
    {"child_is_writable", copy_pte, "pte = pte_wrprotect(pte);", ";", fork_write,
     "writable-in-two-mms"},
    {"no_reference", copy_pte, "get_page(page);", ";", fork_write, "refcount"},
    {"mapping_not_counted", copy_pte, "unlikely(page_try_dup_anon_rmap(page, false, src_vma))",
     "false", fork_write, "bug-on"},
    {"no_nesting", copy_range, "spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);",
     "spin_lock(src_ptl);", fork_write, "recursion"},
    {"without_the_parent_s_lock", copy_range, "arch_enter_lazy_mmu_mode();",
     "spin_unlock(src_ptl);", fork_write, "pte-store-without-ptl"},
    {"rss_not_added", copy_range, "add_mm_rss_vec(dst_mm, rss);", ";", fork_write, "rss"},
    {"rss_added_after_the_unlock", copy_range,
     "add_mm_rss_vec(dst_mm, rss);\n\tpte_unmap_unlock(orig_dst_pte, dst_ptl);",
     "pte_unmap_unlock(orig_dst_pte, dst_ptl);\n\tadd_mm_rss_vec(dst_mm, rss);", fork_write, "rss"},
    {"sleeps_under_the_lock", copy_range, "pte_unmap(orig_src_pte);", "cond_resched();", fork_write,
     "sleep-in-atomic"},
    {"seqcount_left_odd", "copy_page_range", "raw_write_seqcount_end(&src_mm->write_protect_seq);",
     ";", fork_write, "seqcount"},
    {"copy_without_pte_same", wp_copy, "likely(pte_same(*vmf->pte, vmf->orig_pte))", "true",
     two_faults, "mapcount"},
    {"copy_without_flush", wp_copy, "ptep_clear_flush_notify(vma, vmf->address, vmf->pte);",
     "ptep_get_and_clear(mm, vmf->address, vmf->pte);", two_faults, "stale-tlb"},
    {"copy_keeps_the_old_mapping", wp_copy, "page_remove_rmap(old_page, vma, false);", ";",
     "write-fault-parent-vs-child", "mapcount"},
    {"copy_keeps_the_reference", wp_copy, "put_page(new_page);\n\n\tpte_unmap_unlock",
     ";\n\n\tpte_unmap_unlock", "write-fault-parent-vs-child", "refcount"},
    {"copy_leaves_the_lock", wp_copy, "pte_unmap_unlock(vmf->pte, vmf->ptl);", ";", fork_write,
     "lock-held-at-exit"},
    {"anonymous_without_pte_none", anonymous,
     "if (!pte_none(*vmf->pte)) {\n\t\tupdate_mmu_tlb(vma, vmf->address, vmf->pte);\n\t\tgoto "
     "release;",
     "if (false) {\n\t\tgoto release;", "two-anonymous-faults", "stale-tlb"},
    {"anonymous_page_not_counted", anonymous, "inc_mm_counter_fast(vma->vm_mm, MM_ANONPAGES);", ";",
     "two-anonymous-faults", "rss"},
    {"table_installed_twice", install, "likely(pmd_none(*pmd))", "true", "two-anonymous-faults",
     "pgtables-bytes"},
    {"table_not_counted", install, "mm_inc_nr_ptes(mm);", ";", "two-anonymous-faults",
     "pgtables-bytes"},
    {"fault_without_pte_same", pte_fault, "unlikely(!pte_same(*vmf->pte, entry))", "false",
     two_faults, "writable-in-two-mms"},
    {"every_page_is_exclusive", do_wp, "PageAnonExclusive(vmf->page)", "true",
     "write-fault-parent-vs-child", "bug-on"},
    {"unmap_keeps_rss", zap, "rss[mm_counter(page)]--;", ";", "munmap-vs-write", "rss"},
    {"unmap_keeps_the_mapping", zap, "page_remove_rmap(page, vma, false);", ";", "munmap-vs-write",
     "mapcount"},
    {"unmap_does_not_note_the_page", zap, "tlb_remove_tlb_entry(tlb, pte, addr);", ";",
     "munmap-vs-write", "stale-tlb"},
    // Nothing is wrong with these.
    {"entry_read_once", copy_pte, "pte_t pte = *src_pte;", "pte_t pte = READ_ONCE(*src_pte);",
     fork_write, ""},
    {"rss_before_the_unlock", copy_range, "spin_unlock(src_ptl);",
     "add_mm_rss_vec(dst_mm, rss); init_rss_vec(rss); spin_unlock(src_ptl);", fork_write, ""},
    {"copies_more_at_a_time", copy_range, "progress += 8;\n\t} while", "progress += 4;\n\t} while",
     fork_write, ""},
    {"no_early_look_at_the_references", do_wp, "folio_ref_count(folio) > 3", "false",
     "write-fault-parent-vs-child", ""},
};

INSTANTIATE_TEST_SUITE_P(kernel, changed_copy, testing::ValuesIn(changes),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace end_to_end
