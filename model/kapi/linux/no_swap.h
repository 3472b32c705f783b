/* SPDX-License-Identifier: GPL-2.0-only */
/* For trees whose swap and reclaim are not imported: after v6.1. Where they would begin, an
 * execution ends. */
#ifndef MODEL_KAPI_LINUX_NO_SWAP_H
#define MODEL_KAPI_LINUX_NO_SWAP_H

#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/page.h"

#define do_swap_page(vmf) KAPI_CUT("do_swap_page")
#define swap_duplicate(entry) KAPI_CUT("swap_duplicate")
#define add_swap_count_continuation(entry, gfp) KAPI_CUT("add_swap_count_continuation")
#define free_swap_and_cache(entry) KAPI_CUT("free_swap_and_cache")
#define folio_free_swap(folio) ((void)(folio), kapi_not_modelled("folio_free_swap()"))
#define free_swap_cache(page)                                        \
  do {                                                               \
    if (PageSwapCache(page)) kapi_not_modelled("free_swap_cache()"); \
  } while (0)
#define pte_swp_exclusive(pte) ((void)(pte), 0)
#define pte_swp_clear_exclusive(pte) (pte)
/* Reclaim, which puts flushes off, is not there. */
#define flush_tlb_batched_pending(mm) ((void)(mm))

#endif
