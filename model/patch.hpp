// SPDX-License-Identifier: GPL-2.0-only
// Built-in patches: named changes to a kernel's functions, mostly seeded bugs. The functions under
// test ask patched() at the line a patch changes.
#pragma once

namespace model {

enum class patch : unsigned {
  fork_without_src_ptl,
  fork_without_write_protecting_parent,
  fork_without_write_protecting_child,
  fork_drops_rss_on_break,
  fork_resume_skips_pte,
  fork_resume_copies_twice,
  fork_child_not_on_mmlist,
  fork_mmlist_before_swap_duplicate,
  fork_mmlist_before_parent,
  fork_continuation_under_ptls,
  fork_ptls_in_other_order,
  fork_without_single_depth_nesting,
  fork_never_checks_progress,
  fork_flush_after_mmap_sem,
  fork_unlock_missing_on_error,
  cow_remove_rmap_before_switch,
  cow_without_pte_same,
  cow_without_recheck_after_lock,
  cow_without_flush,
  cow_leaks_old_page,
  anon_fault_without_recheck,
  pte_alloc_without_recheck,
  swap_in_without_pte_same,
  unuse_pte_without_recheck,
  swapoff_skips_busy_mm,
  reuse_ignores_swap_count,
  swapoff_keeps_writeok,
  swapoff_stops_early,
  swapoff_revives_mm,
  swapoff_compares_soft_dirty,
  unuse_mm_without_mmap_sem,
  reclaim_writes_before_flush,
  reclaim_without_restore,
  zap_without_batched_flush,
  munmap_frees_before_flush,
  exit_keeps_nr_ptes,
  exit_leaves_mmlist_first,
  rfc_v2_all_areas,
  rfc_v2_flush_after_copy,
  rfc_v2_rmap_copies,
  rfc_v2_zap_keeps_owner,
  safe_fork_leaves_parent_writable,
  safe_fork_leaves_child_writable,
  safe_fork_flushes_late,
  safe_fork_without_ptl,
  safe_fork_without_mmlist,
  safe_fork_copies_other_areas,
  safe_fork_shares_wiped_areas,
  safe_break_without_pmd_lock,
  safe_break_without_recheck,
  safe_break_without_ptl,
  safe_copy_left_writable,
  safe_break_without_flush,
  safe_break_flushes_late,
  safe_break_without_barrier,
  safe_zap_without_flush,
  safe_zap_without_ptl,
  safe_zap_without_recheck,
  safe_zap_without_pmd_lock,
  safe_dontneed_without_break,
  safe_unuse_without_break,
  safe_rmap_changes_shared,
  safe_rmap_without_pmd_lock,
  safe_rmap_without_recheck,
  v5_v3_swap_in_without_break,
  v5_v3_rmap_ignores_failure,
  v5_v4_slot_cleared_before_copy,
  v5_v4_zap_keeps_slot,
  v5_fork_leaves_slot_writable,
  v5_break_counts_without_lock,
  v5_break_puts_after_unlock,
  v5_rmap_without_break,
  v5_swapoff_without_break,
  v5_break_without_seqcount,
  odf_free_pte_range_counts,
  odf_reuses_last_table,
  odf_tests_before_lock,
  count,
};

struct patch_info {
  patch id;
  const char* name;
  const char* kernel;
  const char* summary;
};

// One for each of `patch`, in its order.
extern const patch_info patch_infos[static_cast<unsigned>(patch::count)];

// Constant during an exploration, so asking is no step.
extern bool patches_applied[static_cast<unsigned>(patch::count)];

static inline __attribute__((always_inline)) bool patched(patch id) {
  return patches_applied[static_cast<unsigned>(id)];
}

// Takes back what was applied before, then applies the patch; an empty name applies none. False if
// the kernel has no patch of that name.
bool apply_patch(const char* kernel, const char* name);

}  // namespace model
