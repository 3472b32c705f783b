/* SPDX-License-Identifier: GPL-2.0-only */
/* Everything that C cut from a kernel tree is compiled against. */
#ifndef MODEL_KAPI_LINUX_LINUX_H
#define MODEL_KAPI_LINUX_LINUX_H

#include "model/kapi/linux/compiler.h"
#include "model/kapi/linux/cut.h"
#include "model/kapi/linux/list.h"
#include "model/kapi/linux/locks.h"
#include "model/kapi/linux/mm.h"
#include "model/kapi/linux/page.h"
#include "model/kapi/linux/pgtable.h"
#include "model/kapi/linux/zap.h"

#endif
