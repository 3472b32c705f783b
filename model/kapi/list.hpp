// SPDX-License-Identifier: GPL-2.0-only
// The kernel's doubly linked list, access by access.
#pragma once

#include "model/kapi/calls.h"
#include "model/kapi/compiler.hpp"

namespace model {

MODEL_INLINE void INIT_LIST_HEAD(list_head* list) {
  *const_cast<list_head* volatile*>(&list->next) = list;
  list->prev = list;
}
MODEL_INLINE bool list_empty(const list_head* head) {
  return *const_cast<list_head* const volatile*>(&head->next) == head;
}

}  // namespace model
