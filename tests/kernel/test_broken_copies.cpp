// SPDX-License-Identifier: GPL-2.0-only
// Ways to break the kernel's text, each caught in the scenario and as the kind of violation that it
// leads to, and changes that break nothing. docs/kernel-source.md has the table.
#include <gmock/gmock.h>

#include <algorithm>
#include <ostream>
#include <string>

#include "tests/kernel/imported.hpp"

namespace end_to_end {
namespace {

/// `old`, at its first place behind the line that begins with `function`, is `fresh`.
struct change {
  const char* tree;
  const char* name;
  const char* function;
  const char* old;
  const char* fresh;
  const char* scenario;
  const char* kind;  ///< "": verified
};

void PrintTo(const change& value, std::ostream* out) { *out << value.tree << " " << value.name; }

class changed_copy : public imported, public testing::WithParamInterface<change> {};

TEST_P(changed_copy, is_caught_if_it_is_broken) {
  const change& what = GetParam();
  take_tree(what.tree);
  if (IsSkipped()) return;
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

constexpr const char* swap_in = "vm_fault_t do_swap_page";
constexpr const char* copy_swap = "copy_nonpresent_pte";
constexpr const char* unuse = "static int unuse_pte";
constexpr const char* all_unuse = "static int try_to_unuse";
constexpr const char* unmap_one = "static bool try_to_unmap_one";
constexpr const char* table_alloc = "int __pte_alloc";

constexpr const char* two_faults = "fork-vs-two-write-faults";
constexpr const char* fork_write = "fork-vs-write-fault";

constexpr const char* anonymous_faults = "two-anonymous-faults";
constexpr const char* after_four = "fork-resched-after-four";
constexpr const char* out_of_memory = "fork-out-of-memory";

constexpr const char* reuse = "static bool wp_can_reuse_anon_folio";
constexpr const char* zap_pmd = "static inline unsigned long zap_pmd_range";
constexpr const char* copy_ptes = "static __always_inline void __copy_present_ptes";
constexpr const char* map_lock = "pte_t *__pte_offset_map_lock";
constexpr const char* zap_folio = "static __always_inline void zap_present_folio_ptes";

constexpr change changes[] = {
    {"6.1", "parent_stays_writable", copy_pte, "ptep_set_wrprotect(src_mm, addr, src_pte);", ";",
     fork_write, "writable-in-two-mms"},
    {"6.1", "child_is_writable", copy_pte, "pte = pte_wrprotect(pte);", ";", fork_write,
     "writable-in-two-mms"},
    {"6.1", "no_reference", copy_pte, "get_page(page);", ";", fork_write, "refcount"},
    {"6.1", "mapping_not_counted", copy_pte,
     "unlikely(page_try_dup_anon_rmap(page, false, src_vma))", "false", fork_write, "bug-on"},
    {"6.1", "no_nesting", copy_range, "spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);",
     "spin_lock(src_ptl);", fork_write, "recursion"},
    {"6.1", "without_the_parent_s_lock", copy_range, "arch_enter_lazy_mmu_mode();",
     "spin_unlock(src_ptl);", fork_write, "pte-store-without-ptl"},
    {"6.1", "rss_not_added", copy_range, "add_mm_rss_vec(dst_mm, rss);", ";", fork_write, "rss"},
    {"6.1", "rss_added_after_the_unlock", copy_range,
     "add_mm_rss_vec(dst_mm, rss);\n\tpte_unmap_unlock(orig_dst_pte, dst_ptl);",
     "pte_unmap_unlock(orig_dst_pte, dst_ptl);\n\tadd_mm_rss_vec(dst_mm, rss);", fork_write, "rss"},
    {"6.1", "sleeps_under_the_lock", copy_range, "pte_unmap(orig_src_pte);", "cond_resched();",
     fork_write, "sleep-in-atomic"},
    {"6.1", "seqcount_left_odd", "copy_page_range",
     "raw_write_seqcount_end(&src_mm->write_protect_seq);", ";", fork_write, "seqcount"},
    {"6.1", "copy_without_pte_same", wp_copy, "likely(pte_same(*vmf->pte, vmf->orig_pte))", "true",
     two_faults, "mapcount"},
    {"6.1", "copy_without_flush", wp_copy, "ptep_clear_flush_notify(vma, vmf->address, vmf->pte);",
     "ptep_get_and_clear(mm, vmf->address, vmf->pte);", two_faults, "stale-tlb"},
    {"6.1", "copy_keeps_the_old_mapping", wp_copy, "page_remove_rmap(old_page, vma, false);", ";",
     "write-fault-parent-vs-child", "mapcount"},
    {"6.1", "copy_keeps_the_reference", wp_copy, "put_page(new_page);\n\n\tpte_unmap_unlock",
     ";\n\n\tpte_unmap_unlock", "write-fault-parent-vs-child", "refcount"},
    {"6.1", "copy_leaves_the_lock", wp_copy, "pte_unmap_unlock(vmf->pte, vmf->ptl);", ";",
     fork_write, "lock-held-at-exit"},
    {"6.1", "anonymous_without_pte_none", anonymous,
     "if (!pte_none(*vmf->pte)) {\n\t\tupdate_mmu_tlb(vma, vmf->address, vmf->pte);\n\t\tgoto "
     "release;",
     "if (false) {\n\t\tgoto release;", "two-anonymous-faults", "stale-tlb"},
    {"6.1", "anonymous_page_not_counted", anonymous,
     "inc_mm_counter_fast(vma->vm_mm, MM_ANONPAGES);", ";", "two-anonymous-faults", "rss"},
    {"6.1", "table_installed_twice", install, "likely(pmd_none(*pmd))", "true",
     "two-anonymous-faults", "pgtables-bytes"},
    {"6.1", "table_not_counted", install, "mm_inc_nr_ptes(mm);", ";", "two-anonymous-faults",
     "pgtables-bytes"},
    {"6.1", "fault_without_pte_same", pte_fault, "unlikely(!pte_same(*vmf->pte, entry))", "false",
     two_faults, "writable-in-two-mms"},
    {"6.1", "every_page_is_exclusive", do_wp, "PageAnonExclusive(vmf->page)", "true",
     "write-fault-parent-vs-child", "bug-on"},
    {"6.1", "unmap_keeps_rss", zap, "rss[mm_counter(page)]--;", ";", "munmap-vs-write", "rss"},
    {"6.1", "unmap_keeps_the_mapping", zap, "page_remove_rmap(page, vma, false);", ";",
     "munmap-vs-write", "mapcount"},
    {"6.1", "unmap_does_not_note_the_page", zap, "tlb_remove_tlb_entry(tlb, pte, addr);", ";",
     "munmap-vs-write", "stale-tlb"},
    {"6.1", "swap_in_without_pte_same", swap_in,
     "if (unlikely(!pte_same(*vmf->pte, vmf->orig_pte)))\n\t\tgoto out_nomap;", ";", "two-swap-ins",
     "bug-on"},
    {"6.1", "swap_in_keeps_the_slot", swap_in, "\tswap_free(entry);", ";", "two-swap-ins",
     "swap-map"},
    {"6.1", "swap_in_does_not_move_rss", swap_in, "dec_mm_counter_fast(vma->vm_mm, MM_SWAPENTS);",
     ";", "two-swap-ins", "rss"},
    {"6.1", "swap_in_takes_every_page_for_exclusive", swap_in,
     "exclusive = pte_swp_exclusive(vmf->orig_pte);", "exclusive = true;", "write-fault-vs-swapoff",
     "bug-on"},
    {"6.1", "swap_in_keeps_the_page_lock", swap_in,
     "\tfolio_unlock(folio);\n\tif (folio != swapcache", "\tif (folio != swapcache", "two-swap-ins",
     "lock-held-at-exit"},
    {"6.1", "swap_in_keeps_the_device", swap_in,
     "\tif (si)\n\t\tput_swap_device(si);\n\treturn ret;\nout_nomap", "\treturn ret;\nout_nomap",
     "swap-in-vs-swapoff", "deadlock"},
    {"6.1", "parent_in_swap_stays_exclusive", copy_swap, "set_pte_at(src_mm, addr, src_pte, pte);",
     ";", "fork-vs-write-fault-vs-swapoff", "bug-on"},
    {"6.1", "child_in_swap_is_exclusive", copy_swap,
     "pte = pte_swp_clear_exclusive(*src_pte);\n\t\t\tset_pte_at(src_mm, addr, src_pte, pte);",
     "set_pte_at(src_mm, addr, src_pte, pte_swp_clear_exclusive(*src_pte));", "fork-vs-swapoff",
     "bug-on"},
    {"6.1", "slot_not_counted", copy_swap, "swap_duplicate(entry) < 0", "false", "fork-vs-swapoff",
     "mmlist"},
    {"6.1", "child_not_on_mmlist", copy_swap, "unlikely(list_empty(&dst_mm->mmlist))", "false",
     "fork-vs-swapoff", "mmlist"},
    {"6.1", "child_before_parent_on_mmlist", copy_swap, "list_add(&dst_mm->mmlist",
     "list_add_tail(&dst_mm->mmlist", "fork-vs-swapoff", "mmlist"},
    {"6.1", "mmlist_before_swap_duplicate", copy_swap,
     "if (swap_duplicate(entry) < 0)\n\t\t\treturn -EIO;\n",
     "spin_lock(&mmlist_lock); list_add(&dst_mm->mmlist, &src_mm->mmlist); "
     "spin_unlock(&mmlist_lock); if (swap_duplicate(entry) < 0) return -EIO;\n",
     "fork-vs-swapoff", "mmlist"},
    {"6.1", "swap_entry_not_counted", copy_swap, "rss[MM_SWAPENTS]++;", ";", "fork-vs-swapoff",
     "rss"},
    {"6.1", "continuation_under_the_locks", copy_swap, "return -EIO;",
     "return add_swap_count_continuation(entry, GFP_KERNEL), -EIO;", "fork-swap-continuation",
     "sleep-in-atomic"},
    {"6.1", "unmap_keeps_the_slot", zap, "unlikely(!free_swap_and_cache(entry))", "false",
     "child-exit-vs-swapoff", "swap-map"},
    {"6.1", "unmap_keeps_swapents", zap, "rss[MM_SWAPENTS]--;", ";", "child-exit-vs-swapoff",
     "rss"},
    {"6.1", "unmap_without_the_flush_put_off", zap, "flush_tlb_batched_pending(mm);", ";",
     "munmap-vs-reclaim", "stale-tlb"},
    {"6.1", "swapoff_without_recheck", unuse,
     "unlikely(!pte_same_as_swp(*pte, swp_entry_to_pte(entry)))", "false", "swap-in-vs-swapoff",
     "bug-on"},
    {"6.1", "swapoff_keeps_the_slot", unuse,
     "set_pte_at(vma->vm_mm, addr, pte, new_pte);\n\tswap_free(entry);",
     "set_pte_at(vma->vm_mm, addr, pte, new_pte);", "fork-vs-swapoff", "swap-map"},
    {"6.1", "swapoff_takes_no_reference", unuse, "get_page(page);", ";", "fork-vs-swapoff",
     "use-after-free"},
    {"6.1", "swapoff_takes_every_page_for_exclusive", unuse, "if (pte_swp_exclusive(*pte))",
     "if (true)", "child-exit-vs-swapoff", "bug-on"},
    {"6.1", "swapoff_does_not_count_the_page", unuse, "inc_mm_counter(vma->vm_mm, MM_ANONPAGES);",
     ";", "fork-vs-swapoff", "rss"},
    {"6.1", "swapoff_revives_an_mm", all_unuse, "if (!mmget_not_zero(mm))\n\t\t\tcontinue;",
     "mmget(mm);", "child-exit-vs-swapoff", "endless-loop"},
    {"6.1", "swapoff_goes_round_once", all_unuse, "goto retry;", "return 0;",
     "child-exit-vs-swapoff", "bad-page-map"},
    {"6.1", "swapoff_leaves_the_swap_cache", all_unuse, "(i = find_next_to_unuse(si, i)) != 0",
     "false", "child-exit-vs-swapoff", "livelock"},
    {"6.1", "reclaim_without_flush", unmap_one, "set_tlb_ubc_flush_pending(mm, pte_dirty(pteval));",
     ";", "write-vs-reclaim", "stale-tlb"},
    {"6.1", "reclaim_takes_a_dirty_entry_for_clean", unmap_one,
     "set_tlb_ubc_flush_pending(mm, pte_dirty(pteval));", "set_tlb_ubc_flush_pending(mm, false);",
     "write-vs-reclaim", "lost-write"},
    {"6.1", "reclaim_keeps_the_mapping", unmap_one,
     "page_remove_rmap(subpage, vma, folio_test_hugetlb(folio));", ";", "fork-vs-reclaim",
     "mapcount"},
    {"6.1", "reclaim_keeps_the_reference", unmap_one,
     "mlock_page_drain_local();\n\t\tfolio_put(folio);", "mlock_page_drain_local();",
     "fork-vs-reclaim", "refcount"},
    {"6.1", "reclaim_does_not_restore_the_entry", unmap_one,
     "if (swap_duplicate(entry) < 0) {\n\t\t\t\tset_pte_at(mm, address, pvmw.pte, pteval);",
     "if (swap_duplicate(entry) < 0) {", "shared-write-fault-vs-reclaim", "rss"},
    {"6.1", "reclaim_does_not_count_the_slot", unmap_one, "swap_duplicate(entry) < 0", "false",
     "fork-vs-reclaim", "mmlist"},
    {"6.1", "reclaim_leaves_the_page_exclusive", unmap_one,
     "anon_exclusive &&\n\t\t\t    page_try_share_anon_rmap(subpage)", "false", "write-vs-reclaim",
     "bug-on"},
    {"6.1", "reclaim_marks_every_entry_exclusive", unmap_one,
     "if (anon_exclusive)\n\t\t\t\tswp_pte", "if (true)\n\t\t\t\tswp_pte",
     "shared-write-fault-vs-reclaim", "isolation"},
    {"6.1", "reclaim_does_not_put_the_mm_on_mmlist", unmap_one, "if (list_empty(&mm->mmlist)) {",
     "if (false) {", "fork-vs-reclaim", "mmlist"},
    {"6.1", "reclaim_does_not_count_the_entry", unmap_one, "inc_mm_counter(mm, MM_SWAPENTS);", ";",
     "fork-vs-reclaim", "rss"},
    {"6.1", "flush_put_off_meanwhile_is_forgotten", "void flush_tlb_batched_pending",
     "atomic_cmpxchg(&mm->tlb_flush_batched, batch,\n\t\t\t       pending | (pending << "
     "TLB_FLUSH_BATCH_FLUSHED_SHIFT));",
     "mm->tlb_flush_batched = 0;", "munmap-vs-reclaim-elsewhere", "stale-tlb"},
    {"6.1", "count_not_carried", "static bool swap_count_continued", "*map += 1;", ";",
     "fork-swap-continuation", "swap-map"},
    {"6.1", "free_swap_of_a_slot_in_use", "bool folio_free_swap",
     "if (folio_swapped(folio))\n\t\treturn false;", "", "write-vs-reclaim", "lost-write"},
    {"6.1", "slot_s_lock_not_dropped", "static unsigned char __swap_entry_free",
     "unlock_cluster_or_swap_info(p, ci);", ";", "fork-vs-swapoff", "recursion"},
    {"6.1", "page_lock_not_taken", "static int __try_to_reclaim_swap", "folio_trylock(folio)",
     "true", "child-exit-vs-swapoff", "wrong-owner"},
    {"6.1", "reference_after_the_unlock", do_wp,
     "get_page(vmf->page);\n\n\tpte_unmap_unlock(vmf->pte, vmf->ptl);",
     "pte_unmap_unlock(vmf->pte, vmf->ptl);\n\n\tget_page(vmf->page);", "two-write-faults-vs-child",
     "use-after-free"},
    {"6.1", "reuse_by_the_mapcount", do_wp,
     "if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)\n\t\t\tgoto copy;",
     "if (page_mapcount(vmf->page) == 1) {\nSetPageAnonExclusive(vmf->page); goto reuse; }\n"
     "\t\tif (true) goto copy;",
     "munmap-vs-child-write", "isolation"},
    {"6.1", "table_leaked", table_alloc, "pte_free(mm, new);", ";", anonymous_faults, "table-leak"},
    {"6.1", "rss_lost_at_a_break", copy_range, "add_mm_rss_vec(dst_mm, rss);",
     "if (addr == end) add_mm_rss_vec(dst_mm, rss);", after_four, "rss"},
    {"6.1", "break_skips_an_entry", copy_range, "if (addr != end)\n\t\tgoto again;",
     "addr += PAGE_SIZE;\n\tif (addr < end) goto again;", after_four, "pte-not-copied"},
    {"6.1", "unmap_loses_rss_at_a_break", zap, "add_mm_rss_vec(mm, rss);",
     "if (addr == end) add_mm_rss_vec(mm, rss);", "munmap-vs-write", "rss"},
    {"6.1", "unmap_ends_at_a_break", zap, "goto again;\n\t}", "}", "munmap-vs-write",
     "use-after-free"},
    {"6.1", "no_memory_keeps_the_reference", wp_copy,
     "if (old_page)\n\t\tput_page(old_page);\n\n\tdelayacct_wpcopy_end();\n\treturn VM_FAULT_OOM;",
     "return VM_FAULT_OOM;", out_of_memory, "refcount"},
    {"6.1", "anonymous_page_not_uptodate", anonymous, "__SetPageUptodate(page);", ";",
     anonymous_faults, "uptodate"},
    {"6.1", "copy_not_uptodate", wp_copy, "__SetPageUptodate(new_page);", ";",
     "write-fault-parent-vs-child", "uptodate"},
    {"6.1", "anonymous_without_anon_vma", anonymous, "unlikely(anon_vma_prepare(vma))", "false",
     anonymous_faults, "bug-on"},
    {"6.1", "allocates_under_the_lock", do_wp, "page_move_anon_rmap(vmf->page, vma);",
     "put_page(alloc_page_vma(GFP_KERNEL, vma, vmf->address));\n"
     "page_move_anon_rmap(vmf->page, vma);",
     "write-fault-parent-vs-child", "sleep-in-atomic"},
    {"6.1", "reader_claims_to_write", anonymous, "pte_t entry;",
     "pte_t entry; mmap_assert_write_locked(vma->vm_mm);", anonymous_faults, "bug-on"},
    // Nothing is wrong with these.
    {"6.1", "allocates_under_the_lock_without_sleep", do_wp, "page_move_anon_rmap(vmf->page, vma);",
     "put_page(alloc_page_vma(GFP_ATOMIC, vma, vmf->address));\n"
     "page_move_anon_rmap(vmf->page, vma);",
     "write-fault-parent-vs-child", ""},
    {"6.1", "copies_more_before_a_break", copy_range, "progress >= 32", "progress >= 40",
     after_four, ""},
    {"6.1", "entry_read_once", copy_pte, "pte_t pte = *src_pte;",
     "pte_t pte = READ_ONCE(*src_pte);", fork_write, ""},
    {"6.1", "rss_before_the_unlock", copy_range, "spin_unlock(src_ptl);",
     "add_mm_rss_vec(dst_mm, rss); init_rss_vec(rss); spin_unlock(src_ptl);", fork_write, ""},
    {"6.1", "copies_more_at_a_time", copy_range, "progress += 8;\n\t} while",
     "progress += 4;\n\t} while", fork_write, ""},
    {"6.1", "no_early_look_at_the_references", do_wp, "folio_ref_count(folio) > 3", "false",
     "write-fault-parent-vs-child", ""},
    {"6.1", "swap_cache_freed_more_often", "static inline bool should_try_to_free_swap",
     "folio_ref_count(folio) == 2", "true", "two-swap-ins", ""},
    {"6.1", "swap_in_takes_no_page_for_exclusive", swap_in,
     "exclusive = pte_swp_exclusive(vmf->orig_pte);", "exclusive = false;", "two-swap-ins", ""},
    {"6.1", "swapoff_takes_no_page_for_exclusive", unuse, "if (pte_swp_exclusive(*pte))",
     "if (false)", "swap-in-vs-swapoff", ""},
    {"6.1", "reclaim_puts_no_flush_off", unmap_one, "should_defer_flush(mm, flags)", "false",
     "write-vs-reclaim", ""},
    {"6.1", "swap_map_read_plainly", "static unsigned int find_next_to_unuse",
     "READ_ONCE(si->swap_map[i])", "si->swap_map[i]", "child-exit-vs-swapoff", ""},
    {"6.12", "parent_stays_writable", copy_ptes, "wrprotect_ptes(src_mm, addr, src_pte, nr);", ";",
     fork_write, "writable-in-two-mms"},
    {"6.12", "child_is_writable", copy_ptes, "pte = pte_wrprotect(pte);", ";", fork_write,
     "writable-in-two-mms"},
    {"6.12", "no_reference", "copy_present_ptes", "folio_get(folio);", ";", fork_write, "refcount"},
    {"6.12", "mapping_not_counted", "copy_present_ptes",
     "unlikely(folio_try_dup_anon_rmap_pte(folio, page, src_vma))", "false", fork_write, "warn-on"},
    {"6.12", "no_nesting", copy_range, "spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);",
     "spin_lock(src_ptl);", fork_write, "recursion"},
    {"6.12", "without_the_parent_s_lock", copy_range, "arch_enter_lazy_mmu_mode();",
     "spin_unlock(src_ptl);", fork_write, "pte-store-without-ptl"},
    {"6.12", "rss_added_after_the_unlock", copy_range,
     "add_mm_rss_vec(dst_mm, rss);\n\tpte_unmap_unlock(orig_dst_pte, dst_ptl);",
     "pte_unmap_unlock(orig_dst_pte, dst_ptl);\n\tadd_mm_rss_vec(dst_mm, rss);", fork_write, "rss"},
    {"6.12", "sleeps_under_the_lock", copy_range, "arch_leave_lazy_mmu_mode();", "cond_resched();",
     fork_write, "sleep-in-atomic"},
    {"6.12", "seqcount_left_odd", "copy_page_range",
     "raw_write_seqcount_end(&src_mm->write_protect_seq);", ";", fork_write, "seqcount"},
    {"6.12", "copy_without_pte_same", wp_copy,
     "likely(vmf->pte && pte_same(ptep_get(vmf->pte), vmf->orig_pte))", "true", two_faults,
     "mapcount"},
    {"6.12", "copy_without_flush", wp_copy, "ptep_clear_flush(vma, vmf->address, vmf->pte);",
     "ptep_get_and_clear(mm, vmf->address, vmf->pte);", two_faults, "stale-tlb"},
    {"6.12", "copy_keeps_the_old_mapping", wp_copy,
     "folio_remove_rmap_pte(old_folio, vmf->page, vma);", ";", "write-fault-parent-vs-child",
     "mapcount"},
    {"6.12", "copy_leaves_the_lock", wp_copy, "pte_unmap_unlock(vmf->pte, vmf->ptl);", ";",
     fork_write, "sleep-in-atomic"},
    {"6.12", "anonymous_without_pte_none", anonymous, "nr_pages == 1 && vmf_pte_changed(vmf)",
     "false", "two-anonymous-faults", "stale-tlb"},
    {"6.12", "anonymous_page_not_counted", anonymous,
     "add_mm_counter(vma->vm_mm, MM_ANONPAGES, nr_pages);", ";", "two-anonymous-faults", "rss"},
    {"6.12", "table_installed_twice", install, "likely(pmd_none(*pmd))", "true",
     "two-anonymous-faults", "rss"},
    {"6.12", "fault_without_pte_same", pte_fault, "unlikely(!pte_same(ptep_get(vmf->pte), entry))",
     "false", two_faults, "writable-in-two-mms"},
    {"6.12", "every_page_is_reused", do_wp, "wp_can_reuse_anon_folio(folio, vma)", "true",
     "write-fault-parent-vs-child", "writable-in-two-mms"},
    {"6.12", "table_lock_not_taken", map_lock, "spin_lock(ptl);", ";", fork_write,
     "pte-store-without-ptl"},
    {"6.12", "zero_page_writable", anonymous, "goto setpte;",
     "entry = pte_mkwrite(entry, vma);\n\t\tgoto setpte;", "two-anonymous-faults",
     "writable-in-two-mms"},
    {"6.12", "reuse_after_the_page_lock", reuse,
     "folio_move_anon_rmap(folio, vma);\n\tfolio_unlock(folio);",
     "folio_unlock(folio);\n\tfolio_move_anon_rmap(folio, vma);", "write-fault-parent-vs-child",
     "bug-on"},
    {"6.12", "copy_is_not_exclusive", wp_copy, "RMAP_EXCLUSIVE", "RMAP_NONE",
     "write-fault-parent-vs-child", "warn-on"},
    {"6.12", "notifiers_under_the_lock", wp_copy, "flush_cache_page(",
     "mmu_notifier_invalidate_range_end(&range);\n\t\tflush_cache_page(",
     "write-fault-parent-vs-child", "sleep-in-atomic"},
    {"6.12", "unmap_keeps_rss", zap_folio, "rss[MM_ANONPAGES] -= nr;", ";", "munmap-vs-write",
     "rss"},
    {"6.12", "unmap_keeps_the_mapping", zap_folio, "folio_remove_rmap_ptes(folio, page, nr, vma);",
     ";", "munmap-vs-write", "mapcount"},
    {"6.12", "unmap_does_not_note_the_page", zap_folio,
     "tlb_remove_tlb_entries(tlb, pte, nr, addr);", ";", "munmap-vs-write", "stale-tlb"},
    {"6.12", "reference_after_the_unlock", do_wp,
     "if (folio)\n\t\tfolio_get(folio);\n\n\tpte_unmap_unlock(vmf->pte, vmf->ptl);",
     "pte_unmap_unlock(vmf->pte, vmf->ptl);\n\n\tif (folio)\n\t\tfolio_get(folio);",
     "two-write-faults-vs-child", "use-after-free"},
    {"6.12", "reuse_by_the_mapcount", reuse,
     "if (folio_test_ksm(folio) || folio_ref_count(folio) > 3)\n\t\treturn false;",
     "if (true) return folio_mapcount(folio) == 1;", "munmap-vs-child-write", "isolation"},
    {"6.12", "table_leaked", table_alloc, "pte_free(mm, new);", ";", anonymous_faults,
     "table-leak"},
    {"6.12", "rss_lost_at_a_break", copy_range, "add_mm_rss_vec(dst_mm, rss);",
     "if (addr == end) add_mm_rss_vec(dst_mm, rss);", after_four, "rss"},
    {"6.12", "break_skips_an_entry", copy_range, "if (addr != end)\n\t\tgoto again;",
     "addr += PAGE_SIZE;\n\tif (addr < end) goto again;", after_four, "pte-not-copied"},
    {"6.12", "unmap_loses_rss_at_a_break", zap, "add_mm_rss_vec(mm, rss);",
     "if (addr == end) add_mm_rss_vec(mm, rss);", "munmap-vs-write", "rss"},
    {"6.12", "unmap_ends_at_a_break", zap_pmd, "if (addr != next)\n\t\t\tpmd--;", "addr = next;",
     "munmap-vs-write", "use-after-free"},
    {"6.12", "no_memory_keeps_the_reference", wp_copy,
     "if (old_folio)\n\t\tfolio_put(old_folio);\n\n\tdelayacct_wpcopy_end();\n\treturn ret;",
     "return ret;", out_of_memory, "refcount"},
    {"6.12", "anonymous_page_not_uptodate", anonymous, "__folio_mark_uptodate(folio);", ";",
     anonymous_faults, "uptodate"},
    {"6.12", "copy_not_uptodate", wp_copy, "__folio_mark_uptodate(new_folio);", ";",
     "write-fault-parent-vs-child", "uptodate"},
    {"6.12", "anonymous_without_anon_vma", anonymous, "ret = vmf_anon_prepare(vmf);", "ret = 0;",
     anonymous_faults, "bug-on"},
    {"6.12", "reader_claims_to_write", anonymous, "pte_t entry;",
     "pte_t entry; vma_assert_write_locked(vma);", anonymous_faults, "bug-on"},
    {"6.12", "leaves_rcu_locked", pte_fault, "pte_unmap(vmf->pte);", ";", "fork-vs-read-fault",
     "lock-held-at-exit"},
    {"6.12", "sleeps_in_rcu", pte_fault, "pte_unmap(vmf->pte);", "cond_resched();",
     anonymous_faults, "sleep-in-atomic"},
    {"6.12", "unmaps_twice", copy_range, "cond_resched();", "pte_unmap(orig_src_pte);", fork_write,
     "wrong-owner"},
    {"6.12", "unlocks_without_unmapping", copy_range, "pte_unmap_unlock(orig_src_pte, src_ptl);",
     "spin_unlock(src_ptl);", fork_write, "sleep-in-atomic"},
    // Nothing is wrong with these.
    {"6.12", "entry_read_plainly", copy_range, "ptent = ptep_get(src_pte);", "ptent = *src_pte;",
     fork_write, ""},
    {"6.12", "no_early_look_at_the_references", "static bool wp_can_reuse_anon_folio",
     "folio_ref_count(folio) > 3", "false", "write-fault-parent-vs-child", ""},
};

INSTANTIATE_TEST_SUITE_P(kernel, changed_copy, testing::ValuesIn(changes), [](const auto& each) {
  std::string name = std::string("v") + each.param.tree + "_" + each.param.name;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

}  // namespace
}  // namespace end_to_end
