/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the functions under test lead out of the model. A name that stands here is not followed
 * into the tree; an execution that comes to it ends with "model-limit".
 */
#ifndef MODEL_KAPI_LINUX_CUT_H
#define MODEL_KAPI_LINUX_CUT_H

#include "model/kapi/imported.h"
#include "model/kapi/linux/compiler.h"

#define KAPI_CUT(name) (kapi_not_modelled(name "()"), 0)

/* Faults of other kinds. */
#define do_fault(vmf) KAPI_CUT("do_fault")
#define do_numa_page(vmf) KAPI_CUT("do_numa_page")
#define handle_userfault(...) KAPI_CUT("handle_userfault")
#define wp_pfn_shared(vmf) KAPI_CUT("wp_pfn_shared")
#define wp_page_shared(vmf) KAPI_CUT("wp_page_shared")
#define memory_failure_queue(...) ((void)KAPI_CUT("memory_failure_queue"))

/* Copying from a page that has no struct page; the zero page goes another way. */
#define clear_page(address) ((void)(address))
#define flush_dcache_page(page) ((void)(page))
#define __copy_from_user_inatomic(to, from, size) \
  ((void)(to), (void)(from), (void)(size), KAPI_CUT("__copy_from_user_inatomic"))

/* Mappings other than private anonymous ones. */
#define copy_hugetlb_page_range(...) KAPI_CUT("copy_hugetlb_page_range")
#define track_pfn_copy(dst_vma, src_vma, pfn) ((void)(pfn), KAPI_CUT("track_pfn_copy"))
#define untrack_pfn_copy(...) ((void)KAPI_CUT("untrack_pfn_copy"))
#define page_dup_file_rmap(page, compound) ((void)KAPI_CUT("page_dup_file_rmap"))
/* "BUG: Bad page map" */
#define print_bad_pte(vma, address, entry, page) \
  checker_violation("bad-page-map", "BUG: Bad page map  pte:%08lx", (unsigned long)(entry).pte)

/* Entries of types that are no swap device: that of a page which could not be read; migration and
 * device entries, and markers. */
#define MAX_SWAPFILES 1
#define non_swap_entry(entry) (swp_type(entry) >= MAX_SWAPFILES)
#define is_swapin_error_entry(entry) (swp_type(entry) == MAX_SWAPFILES)
#define is_migration_entry(entry) ((void)(entry), 0)
#define is_readable_migration_entry(entry) ((void)(entry), 0)
#define make_readable_migration_entry(offset) ((void)(offset), swp_entry(0, 0))
#define is_device_private_entry(entry) ((void)(entry), 0)
#define is_writable_device_private_entry(entry) ((void)(entry), 0)
#define make_readable_device_private_entry(offset) ((void)(offset), swp_entry(0, 0))
#define is_device_exclusive_entry(entry) ((void)(entry), 0)
#define try_restore_exclusive_pte(...) KAPI_CUT("try_restore_exclusive_pte")
#define is_pte_marker_entry(entry) ((void)(entry), 0)
#define pfn_swap_entry_to_page(entry) pfn_to_page((entry).val)
#define mmlist_lock (*kapi_mmlist_lock())

#endif
