/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_KAPI_LINUX_LIST_H
#define MODEL_KAPI_LINUX_LIST_H

#include "model/kapi/calls.h"
#include "model/kapi/linux/compiler.h"

MODEL_INLINE int list_empty(const struct list_head *head) { return READ_ONCE(head->next) == head; }
MODEL_INLINE void INIT_LIST_HEAD(struct list_head *list) {
  WRITE_ONCE(list->next, list);
  list->prev = list;
}

#define list_entry(pointer, type, member) \
  ((type *)((char *)(pointer) - __builtin_offsetof(type, member)))
#define list_next_entry(object, member) \
  list_entry((object)->member.next, __typeof__(*(object)), member)
#define list_prev_entry(object, member) \
  list_entry((object)->member.prev, __typeof__(*(object)), member)
#define list_for_each_entry(object, head, member)                          \
  for ((object) = list_entry((head)->next, __typeof__(*(object)), member); \
       &(object)->member != (head); (object) = list_next_entry(object, member))
#define list_for_each_safe(at, following, head)                       \
  for ((at) = (head)->next, (following) = (at)->next; (at) != (head); \
       (at) = (following), (following) = (at)->next)

#endif
