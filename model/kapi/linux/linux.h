/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that C cut from a kernel tree is compiled against. */
#ifndef MODEL_KAPI_LINUX_LINUX_H
#define MODEL_KAPI_LINUX_LINUX_H

/* Of the tree, by its Makefile: 100 times the version, and the patch level. */
#ifndef KAPI_LINUX_VERSION
#define KAPI_LINUX_VERSION 601
#endif

#include "model/kapi/linux/compiler.h"
#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/list.h"
#include "model/kapi/linux/locks.h"
#include "model/kapi/linux/mm.h"
#include "model/kapi/linux/page.h"
#include "model/kapi/linux/pgtable.h"
#include "model/kapi/linux/zap.h"

#if KAPI_LINUX_VERSION >= 602
#include "model/kapi/linux/no_swap.h"
#else
#include "model/kapi/linux/rmap.h"
#include "model/kapi/linux/swap.h"
#endif
#if KAPI_LINUX_VERSION >= 612
#include "model/kapi/linux/v6_12.h"
#endif

#endif
