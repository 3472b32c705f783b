// SPDX-License-Identifier: GPL-2.0-only
#include "model/kapi/list.hpp"

namespace model {

namespace {

MODEL_INLINE void __list_add(list_head* entry, list_head* before, list_head* after) {
  after->prev = entry;
  entry->next = after;
  entry->prev = before;
  *const_cast<list_head* volatile*>(&before->next) = entry;
}

}  // namespace

void list_add(list_head* entry, list_head* head) { __list_add(entry, head, head->next); }

void list_add_tail(list_head* entry, list_head* head) { __list_add(entry, head->prev, head); }

void list_del_init(list_head* entry) {
  list_head* next = entry->next;
  list_head* prev = entry->prev;
  next->prev = prev;
  *const_cast<list_head* volatile*>(&prev->next) = next;
  INIT_LIST_HEAD(entry);
}

}  // namespace model
