// SPDX-License-Identifier: GPL-2.0-only
// What an execution tells the search of the state it is in: who can run, who waits for whom, and
// the state's key.
#include <algorithm>
#include <array>
#include <cstdint>
#include <stdexcept>
#include <tuple>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/hash.hpp"

namespace checker {

bool execution::can_run(const announced_step& next) const {
  switch (next.type) {
    case step_type::acquire: {
      const auto lock_state = load_word(arena_word(next.address));
      return next.mode == checker_lock_read ? static_cast<std::uint32_t>(lock_state) == 0
                                            : lock_state == 0;
    }
    case step_type::wait: {
      return (load_word(arena_word(next.address)) & next.mask) == next.value;
    }
    default:
      return true;
  }
}

thread_set execution::enabled_threads() const {
  thread_set enabled = 0;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    if (!thread.finished && can_run(thread.next)) enabled |= 1U << i;
  }
  return enabled;
}

/// Whose place in `order` a thread has makes a difference, which thread it is does not.
state_key execution::key(const thread_order& order) const {
  state_key result = memory_hash_;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(order.at(i));
    // What the next step touches is part of the state, where what the thread has read does not
    // tell.
    const auto index = static_cast<std::uint64_t>(i) + (thread.next.copies ? max_threads : 0);
    result.low ^=
        fold(thread.local_hash[0] ^ thread.held_hash, (index << 1 | 1) * 0xa0761d6478bd642fULL);
    result.high ^=
        fold(thread.local_hash[1] + thread.held_hash, (index << 1 | 1) * 0xe7037ed1a0b428dbULL);
  }
  return result;
}

/// Interchangeable threads by what makes up their state.
thread_order execution::canonical_order() const {
  thread_order order;
  for (const auto set : merged_) {
    std::array<int, max_threads> members{};
    int count = 0;
    for (auto rest = set; rest != 0; rest &= rest - 1) {
      members[static_cast<std::size_t>(count++)] = __builtin_ctz(rest);
    }
    const auto part = [this](int thread) {
      const auto& one = state(thread);
      return std::tuple(one.next.copies, one.local_hash[0] ^ one.held_hash,
                        one.local_hash[1] + one.held_hash);
    };
    // By insertion: they are few. (std::sort() foresees so many that GCC warns of the array's end.)
    auto sorted = members;
    for (auto* next = sorted.begin(); next != sorted.begin() + count; ++next) {
      const auto comes_first = [&](int a, int b) { return part(a) < part(b); };
      std::rotate(std::upper_bound(sorted.begin(), next, *next, comes_first), next, next + 1);
    }
    for (int i = 0; i < count; ++i) {
      order.set(members[static_cast<std::size_t>(i)], sorted[static_cast<std::size_t>(i)]);
    }
  }
  return order;
}

void execution::merge_threads() {
  merged_ = subject_.interchangeable_threads();
  thread_set seen = 0;
  for (const auto set : merged_) {
    if ((set & seen) != 0 || set >> thread_count_ != 0) {
      throw std::logic_error("interchangeable threads: a set of others, or of one set twice");
    }
    seen |= set;
    for (auto rest = set; rest != 0; rest &= rest - 1) {
      leader_[static_cast<std::size_t>(__builtin_ctz(rest))] = __builtin_ctz(set);
    }
  }
}

void execution::describe_state(moment& now) {
  now.key = key({});
  if (merged_.empty()) {
    now.merged_key = now.key;
  } else {
    now.order = canonical_order();
    now.merged_key = key(now.order);
  }
  strategy_->foresee(now.merged_key);
  waiting_.clear();
  now.holding = 0;
  now.waits_for.fill(0);
  now.holders.fill(0);
  now.next_step.fill(0);
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    if (thread.held_count != 0) now.holding |= 1U << i;
    const thread_set self = 1U << i;
    if ((now.enabled & self) != 0) {
      const auto& next = thread.next;
      now.next_step[static_cast<std::size_t>(i)] =
          fold(next.pc ^ static_cast<std::uint64_t>(next.type) << 56,
               reinterpret_cast<std::uintptr_t>(next.address) ^ 0x9e3779b97f4a7c15ULL) ^
          static_cast<std::uint64_t>(leader_[static_cast<std::size_t>(i)]);
    } else if ((now.live & self) != 0) {
      const auto index = static_cast<std::size_t>(i);
      now.waits_for[index] = waits_for(thread, now.live & ~self, now.order, now.holders[index]);
      waiting_.push_back({i, waited_item(thread.next), thread.held_set});
    }
  }
  now.blocked = waiting_;
}

/// Others, of which one has to run before the thread can. `holders`: of the lock it waits for.
thread_set execution::waits_for(const thread_state& thread, thread_set others, thread_order order,
                                thread_set& holders) const {
  if (thread.next.type != step_type::acquire) return others;
  const auto* const lock = static_cast<const checker_lock*>(thread.next.address);
  for (auto rest = others; rest != 0; rest &= rest - 1) {
    const int other = __builtin_ctz(rest);
    const auto& holder = state(other);
    for (int i = 0; i < holder.held_count; ++i) {
      if (holder.held[static_cast<std::size_t>(i)].lock == lock) holders |= 1U << other;
    }
  }
  if (!bit_locks_order_ && lock_registry::instance().class_of(lock).kind == checker_lock_bit) {
    return others;
  }
  // All readers have to go before a writer can: any one of them will do here, but of
  // interchangeable ones the same wherever they change places.
  for (int place = 0; place < thread_order::size; ++place) {
    const thread_set holder = 1U << order.at(place);
    if ((holders & holder) != 0) return holder;
  }
  return 0;
}

footprint_item execution::waited_item(const announced_step& next) const {
  const auto word = arena_word(next.address);
  if (next.type == step_type::wait) return {word, access_mode::read, access_role::wait};
  return {word, next.mode == checker_lock_read ? access_mode::shared : access_mode::write,
          access_role::acquire};
}

/// The threads that cannot go on: what they wait for may have to be reversed with what came before.
void execution::note_blocked() {
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    if (thread.finished || can_run(thread.next)) continue;
    blocked_.push_back({i, waited_item(thread.next), thread.held_set});
  }
}

/// For the coverage: who stands before a lock that another thread holds.
void execution::note_waiting(thread_set waiting) {
  for (; waiting != 0; waiting &= waiting - 1) {
    const int i = __builtin_ctz(waiting);
    auto& next = state(i).next;
    if (next.wait_noted || next.type != step_type::acquire) continue;
    next.wait_noted = true;
    const auto* const lock = static_cast<const checker_lock*>(next.address);
    coverage_.waits(arena_word(lock), lock->lock_class, i);
  }
}

}  // namespace checker
