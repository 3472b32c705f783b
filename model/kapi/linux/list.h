/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_KAPI_LINUX_LIST_H
#define MODEL_KAPI_LINUX_LIST_H

#include "model/kapi/calls.h"
#include "model/kapi/linux/compiler.h"

MODEL_INLINE int list_empty(const struct list_head *head) { return READ_ONCE(head->next) == head; }

#endif
