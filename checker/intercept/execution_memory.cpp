// SPDX-License-Identifier: GPL-2.0-only
// What --memory-model c11 adds to a step: which store a load sees, and what is ordered by it.
#include <fmt/format.h>

#include <cstring>

#include "checker/intercept/execution.hpp"

namespace checker {

using relacy::memory_order;

/// The access announced, by the memory model. Plain accesses are relaxed ones to it.
void execution::access_weakly(void* address, std::size_t size, bool reads, bool writes,
                              std::optional<std::uint64_t> writes_if, memory_orders orders) {
  if (ghost_depth_ != 0) {
    // Bookkeeping is no part of the machine: it sees what there is, and what it leaves is there.
    if (writes) weak_->forget(address, size);
    return;
  }
  if (atomic_depth_ != 0) {
    // What the hardware does in one go (a page-table walk) starts from what is there now.
    if (writes) {
      weak_->update(address, size, memory_order::acq_rel);
    } else {
      weak_->load(address, size, memory_order::acquire, true);
    }
    return;
  }
  auto order = orders.success;
  if (writes_if) {
    std::uint64_t value = 0;
    std::memcpy(&value, address, size < sizeof value ? size : sizeof value);
    writes = value == *writes_if;
    if (!writes) order = orders.failure;
  }
  if (order == memory_order::seq_cst) add_item({fence_word, access_mode::write});
  if (writes && reads) {
    weak_->update(address, size, order);
  } else if (writes && !orders.builtin) {
    weak_->possible_store(address, size, false);
  } else if (writes) {
    weak_->store(address, size, order);
  } else if (weak_->load(address, size, order, writes_if.has_value()) && recording()) {
    record_older(address, size);
  }
}

/// Relacy asks in the middle of a load's step.
unsigned execution::look_back() {
  if (!weak_->may_look_back()) return 0;
  steps_alone_ = loop_sample_at_ = 0;
  const unsigned value = strategy_->choose(current_, 2);
  decisions_raw_.push_back(static_cast<std::uint16_t>(choice_bit | value));
  choice_labels_.emplace_back(current_, "an older store");
  return value;
}

void execution::fence(memory_order order, std::uintptr_t pc) {
  if (!weak_ || muted_ != 0 || at_end_ || ghost_depth_ != 0) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  if (order == memory_order::seq_cst) {
    if (atomic_depth_ == 0) {
      announced_step next;
      next.type = step_type::atomic_block;
      next.label = "full memory barrier";
      next.pc = pc;
      step(next);
    }
    add_item({fence_word, access_mode::write});
  }
  if (recording() && order != memory_order::seq_cst && recorder_.last() != nullptr) {
    note(order == memory_order::acquire   ? "then an acquire fence"
         : order == memory_order::release ? "then a release fence"
                                          : "then an acquire and release fence");
  }
  weak_->fence(order);
  in_code_ = was_in_code;
}

}  // namespace checker
