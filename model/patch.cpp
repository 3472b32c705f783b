// SPDX-License-Identifier: GPL-2.0-only
#include "model/patch.hpp"

#include <cstring>

namespace model {

const patch_info patch_infos[static_cast<unsigned>(patch::count)] = {
    {patch::fork_without_src_ptl, "fork-without-src-ptl", "v4.14",
     "copy_pte_range() does not take the parent's page-table lock"},
    {patch::fork_without_write_protecting_parent, "fork-without-write-protecting-parent", "v4.14",
     "copy_one_pte() leaves the parent's entry writable"},
    {patch::fork_without_write_protecting_child, "fork-without-write-protecting-child", "v4.14",
     "copy_one_pte() write-protects the parent's entry but gives the child a writable one"},
    {patch::fork_drops_rss_on_break, "fork-drops-rss-on-break", "v4.14",
     "copy_pte_range() loses the rss counted so far when it breaks for need_resched"},
    {patch::fork_resume_skips_pte, "fork-resume-skips-pte", "v4.14",
     "copy_pte_range() resumes one entry too far after a break"},
    {patch::fork_resume_copies_twice, "fork-resume-copies-twice", "v4.14",
     "copy_pte_range() resumes at the entry it has just copied after a break"},
    {patch::fork_child_not_on_mmlist, "fork-child-not-on-mmlist", "v4.14",
     "copy_one_pte() does not put the child on mmlist when it copies a swap entry"},
    {patch::fork_mmlist_before_swap_duplicate, "fork-mmlist-before-swap-duplicate", "v4.14",
     "copy_one_pte() puts the child on mmlist before swap_duplicate()"},
    {patch::fork_mmlist_before_parent, "fork-mmlist-before-parent", "v4.14",
     "copy_one_pte() puts the child on mmlist before its parent, not after it"},
    {patch::fork_continuation_under_ptls, "fork-continuation-under-ptls", "v4.14",
     "copy_pte_range() allocates the swap count continuation with both page-table locks held"},
    {patch::fork_ptls_in_other_order, "fork-ptls-in-other-order", "v4.14",
     "copy_pte_range() locks the parent's table first and nests the child's in it"},
    {patch::fork_without_single_depth_nesting, "fork-without-single-depth-nesting", "v4.14",
     "copy_pte_range() takes the second page-table lock without SINGLE_DEPTH_NESTING"},
    {patch::fork_never_checks_progress, "fork-never-checks-progress", "v4.14",
     "copy_pte_range() never looks at need_resched, however long it holds the locks"},
    {patch::fork_flush_after_mmap_sem, "fork-flush-after-mmap-sem", "v4.14",
     "dup_mmap() calls flush_tlb_mm() after it has dropped the parent's mmap_sem"},
    {patch::fork_unlock_missing_on_error, "fork-unlock-missing-on-error", "v4.14",
     "dup_mmap() returns -ENOMEM with the parent's mmap_sem held"},
    {patch::cow_remove_rmap_before_switch, "cow-remove-rmap-before-switch", "v4.14",
     "wp_page_copy() calls page_remove_rmap() on the old page before the entry is switched"},
    {patch::cow_without_pte_same, "cow-without-pte-same", "v4.14",
     "wp_page_copy() does not recheck the entry after it has copied the page"},
    {patch::cow_without_recheck_after_lock, "cow-without-recheck-after-lock", "v4.14",
     "do_wp_page() does not recheck the entry after it has slept on the page lock"},
    {patch::cow_without_flush, "cow-without-flush", "v4.14",
     "wp_page_copy() clears the entry without flushing the TLBs"},
    {patch::cow_leaks_old_page, "cow-leaks-old-page", "v4.14",
     "wp_page_copy() does not drop the entry's reference on the old page"},
    {patch::anon_fault_without_recheck, "anon-fault-without-recheck", "v4.14",
     "do_anonymous_page() does not look again whether the entry is empty"},
    {patch::pte_alloc_without_recheck, "pte-alloc-without-recheck", "v4.14",
     "__pte_alloc() does not look again whether there is a table"},
    {patch::swap_in_without_pte_same, "swap-in-without-pte-same", "v4.14",
     "do_swap_page() does not recheck the entry after it has the page"},
    {patch::unuse_pte_without_recheck, "unuse-pte-without-recheck", "v4.14",
     "unuse_pte() does not recheck under the lock the entry it has seen without"},
    {patch::swapoff_skips_busy_mm, "swapoff-skips-busy-mm", "v4.14",
     "swapoff passes an mm by whose mmap_sem is taken, and does not go round again"},
    {patch::reuse_ignores_swap_count, "reuse-ignores-swap-count", "v4.14",
     "reuse_swap_page() does not count the swap entries that refer to the page"},
    {patch::swapoff_keeps_writeok, "swapoff-keeps-writeok", "v4.14",
     "swapoff() leaves SWP_WRITEOK set, so that slots are still handed out"},
    {patch::swapoff_stops_early, "swapoff-stops-early", "v4.14",
     "try_to_unuse() goes over the slots once, and not again over those that still have users"},
    {patch::swapoff_revives_mm, "swapoff-revives-mm", "v4.14",
     "try_to_unuse() calls mmget() where it must call mmget_not_zero(): the mm may be exiting"},
    {patch::swapoff_compares_soft_dirty, "swapoff-compares-soft-dirty", "v4.14",
     "pte_same_as_swp() does not ignore the soft-dirty bit"},
    {patch::unuse_mm_without_mmap_sem, "unuse-mm-without-mmap-sem", "v4.14",
     "unuse_mm() does not take mmap_sem"},
    {patch::reclaim_writes_before_flush, "reclaim-writes-before-flush", "v4.14",
     "shrink_page_list() writes the page out before it flushes the TLBs"},
    {patch::reclaim_without_restore, "reclaim-without-restore", "v4.14",
     "try_to_unmap_one() leaves the entry empty when swap_duplicate() fails"},
    {patch::zap_without_batched_flush, "zap-without-batched-flush", "v4.14",
     "zap_pte_range() does not do the TLB flush that reclaim has put off"},
    {patch::munmap_frees_before_flush, "munmap-frees-before-flush", "v4.14",
     "tlb_flush_mmu() frees the pages first and flushes the TLBs then"},
    {patch::exit_keeps_nr_ptes, "exit-keeps-nr-ptes", "v4.14",
     "free_pte_range() does not uncount the page table it frees"},
    {patch::exit_leaves_mmlist_first, "exit-leaves-mmlist-first", "v4.14",
     "mmput() takes the mm off mmlist before exit_mmap()"},
    {patch::rfc_v2_all_areas, "all-areas-of-the-table", "cow-pte-rfc-v2",
     "fix e623649cb, c903574b8: breaking and counting visit every area of the table"},
    {patch::rfc_v2_flush_after_copy, "flush-after-copy", "cow-pte-rfc-v2",
     "fix 38831f7c0, 17e6e08bf: breaking flushes the table's range after the copy"},
    {patch::rfc_v2_rmap_copies, "rmap-walk-copies", "cow-pte-rfc-v2",
     "fix e463b69dd: an rmap walk and swapoff copy a shared table, where they gave it up"},
};

bool patches_applied[static_cast<unsigned>(patch::count)];

bool apply_patch(const char* kernel, const char* name) {
  bool found = *name == '\0';
  for (const patch_info& info : patch_infos) {
    const bool wanted = std::strcmp(info.kernel, kernel) == 0 && std::strcmp(info.name, name) == 0;
    patches_applied[static_cast<unsigned>(info.id)] = wanted;
    found = found || wanted;
  }
  return found;
}

}  // namespace model
