// SPDX-License-Identifier: GPL-2.0-only
// How a step goes: announced, picked, begun, finished; and what adds to it.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/hash.hpp"

namespace checker {
namespace {

using stack_word [[gnu::may_alias]] = std::uint64_t;

}  // namespace

void execution::step(const announced_step& next) {
  const int me = current_;
  finish_step();
  state(me).next = next;
  hand_over(me);
  if (abandoned_) leave_fiber();
  begin_step(state(me).next);
}

void execution::decide() {
  auto& now = now_;
  now.enabled = enabled_threads();
  now.live = 0;
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).finished) now.live |= 1U << i;
  }
  if (now.enabled != now.live) note_waiting(now.live & ~now.enabled);
  if (now.enabled == 0) return stuck();
  if (step_count_ >= max_steps_) return give_up(outcome::cut);
  if (last_ran_ < 0 || now.enabled != 1U << last_ran_) {
    steps_alone_ = loop_sample_at_ = 0;
  } else {
    ++steps_alone_;
  }
  // Where a loop comes round there is a state, so that it is seen to be one.
  const bool at_loop_head = std::exchange(at_loop_head_, false);
  if (makes_blocks_ && !at_loop_head && last_ran_ >= 0 && (now.enabled >> last_ran_ & 1) != 0 &&
      goes_on_alone(last_ran_)) {
    decisions_raw_.push_back(static_cast<std::uint16_t>(last_ran_));
    next_ = last_ran_;
    return;
  }
  now.current = last_ran_;
  if (wants_keys_) describe_state(now);
  const int picked = strategy_->pick(now);
  if (picked < 0) {
    note_blocked();
    if (const auto round = strategy_->livelock(); round.steps != 0) return livelocked(round);
    return give_up(outcome::given_up);
  }
  if (switching_) keep_for_going_back(picked);
  decisions_raw_.push_back(static_cast<std::uint16_t>(picked));
  next_ = picked;
}

/// A thread that nobody else can interrupt and that comes back to where it was, with the memory as
/// it was, will do so for ever. Brent's algorithm: a sample is taken whenever the run has doubled,
/// and the states after it are compared with it.
/// Reads the frames of others, which the address sanitizer would take for an overflow.
[[gnu::no_sanitize_address]] void execution::compare_with_sample() {
  // All registers that a call preserves are in this function's frame now, and all others in frames
  // of the callers.
  settle();
  __builtin_unwind_init();
  constexpr std::ptrdiff_t saved_registers = 5 * 8;
  const auto* const from = static_cast<const char*>(__builtin_frame_address(0)) - saved_registers;
  state_key now;
  for (std::uint32_t word = 0; word < initial_.size() / 8; ++word) {
    now ^= word_hash(word, load_word(word));
  }
  const auto stack_words = static_cast<std::size_t>(state(current_).stack_base - from) / 8;
  for (std::size_t i = 0; i < stack_words; ++i) {
    now ^= word_hash(arena_words + i, *reinterpret_cast<const stack_word*>(from + i * 8));
  }
  if (loop_sample_at_ != 0 && steps_alone_ > loop_sample_at_ && now == loop_sample_) {
    violate(
        "endless-loop",
        fmt::format("a loop that no other thread can end: after {} steps everything is as before",
                    steps_alone_ - loop_sample_at_));
  }
  if (steps_alone_ >= 2 * loop_sample_at_) {
    loop_sample_ = now;
    loop_sample_at_ = steps_alone_;
  }
}

void execution::begin_step(const announced_step& next) {
  step_open_ = true;
  ++step_count_;
  ++counters_.steps;
  last_ran_ = current_;
  touched_.clear();
  held_before_ = state(current_).held_set;
  if (++stamp_now_ == 0) {
    std::fill(stamp_.begin(), stamp_.end(), 0);
    stamp_now_ = 1;
  }
  // Where a thread stands follows from what it has read and from how many steps it made of it: a
  // store reads nothing, but takes the thread on.
  mix_local(0);
  if (recording()) record_step(next);
}

void execution::finish_step() {
  if (!step_open_) return;
  settle();
  run_watch_hooks();
  step_open_ = false;
  if (recorder_.enabled()) recorder_.last()->touched = touched_;
  strategy_->executed(last_ran_, touched_, held_before_);
}

/// The accesses announced so far have happened: sees what they did.
void execution::settle() {
  if (weak_) weak_->settle();
  for (const auto& write : open_writes_) {
    const auto after = load_word(write.word);
    if (hashing_ && after != write.before) {
      memory_hash_ ^= word_hash(write.word, write.before);
      memory_hash_ ^= word_hash(write.word, after);
    }
    const bool stored = write.certain || after != write.before;
    if (stored && watched_[write.word]) stored_words_.push_back(write.word);
  }
  open_writes_.clear();
  if (recorder_.enabled()) record_value_after();
}

void execution::run_watch_hooks() {
  // A hook's ghost code may store to watched words in turn, hence the index.
  for (std::size_t i = 0; i < stored_words_.size(); ++i) {
    void* const address =
        reinterpret_cast<void*>(arena_base + std::uintptr_t{stored_words_[i]} * 8);
    run_hook([&] { subject_.on_watched_store(address); });
  }
  stored_words_.clear();
}

void execution::access(void* address, std::size_t size, bool reads, bool writes, bool marked,
                       std::uintptr_t pc, std::optional<std::uint64_t> writes_if,
                       memory_orders orders) {
  if (muted_ != 0) return;
  require_memory(address, size, !writes ? "reads" : reads ? "updates" : "writes to");
  if (at_end_) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
  const auto copied_to = target_of_copy(size, reads && !writes && !writes_if, marked);
  settle();
  if (ghost_depth_ == 0) {
    if (atomic_depth_ == 0) {
      announced_step next;
      next.type = step_type::access;
      next.reads = reads;
      next.writes = writes || writes_if;
      next.conditional = writes_if && size <= sizeof next.value;
      next.value = writes_if.value_or(0);
      next.marked = marked;
      next.copies = copied_to != nullptr;
      next.size = static_cast<std::uint32_t>(size);
      next.address = address;
      next.pc = pc;
      step(next);
    } else if (writes && recording()) {
      record_inner_write(address, size);
    }
  }
  touch(address, size, reads, writes);
  if (copied_to != nullptr) {
    touch(copied_to, size, false, true, false);
    if (recording()) record_inner_write(copied_to, size);
  }
  last_store_ = {writes && !reads ? address : nullptr, size, marked};
  if (race_policy_ != data_race_policy::off && ghost_depth_ == 0 && atomic_depth_ == 0) {
    check_data_races();
  }
  if (weak_) {
    if (copied_to != nullptr) weak_->possible_store(copied_to, size, true);
    access_weakly(address, size, reads, writes, writes_if, orders);
  }
  if (reads && ghost_depth_ == 0) {
    const auto first = arena_word(address);
    const auto last = arena_word(static_cast<char*>(address) + size - 1);
    for (auto word = first; word <= last; ++word) mix_local(load_word(word));
  }
  in_code_ = was_in_code;
}

void execution::announce_add(void* counter, std::size_t size, std::uintptr_t pc) {
  if (weak_ || !adds_commute_) {
    memory_orders relaxed;
    relaxed.builtin = true;
    return access(counter, size, true, true, true, pc, std::nullopt, relaxed);
  }
  if (muted_ != 0) return;
  require_memory(counter, size, "updates");
  if (at_end_) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  const bool inside = ghost_depth_ != 0 || atomic_depth_ != 0;
  if (!inside) {
    announced_step next;
    next.type = step_type::access;
    next.reads = next.writes = next.marked = next.adds = true;
    next.size = static_cast<std::uint32_t>(size);
    next.address = counter;
    next.pc = pc;
    step(next);
  } else if (recording() && ghost_depth_ == 0) {
    record_inner_write(counter, size);
  }
  add_item({arena_word(counter), access_mode::shared});
  note_write(arena_word(counter), true);
  last_store_ = {};
  if (race_policy_ != data_race_policy::off && !inside) check_data_races();
  in_code_ = was_in_code;
}

/// GCC announces the store of a structure copy first, then the load, and then comes the copy. Where
/// a load follows a store of the same size whose word has not changed, what the store was to change
/// may change in the load's step: if it does, that is a store too. Returns the store's address
/// then.
void* execution::target_of_copy(std::size_t size, bool loads, bool marked) const {
  if (!loads || last_store_.address == nullptr || last_store_.size != size ||
      last_store_.marked != marked || open_writes_.empty()) {
    return nullptr;
  }
  for (const auto& write : open_writes_) {
    if (load_word(write.word) != write.before) return nullptr;
  }
  return last_store_.address;
}

void execution::upgrade_to_write(void* address, std::size_t size) {
  if (muted_ == 0 && !at_end_) touch(address, size, false, true);
}

void execution::touch(void* address, std::size_t size, bool reads, bool writes, bool certain) {
  const auto first = arena_word(address);
  const auto last = arena_word(static_cast<char*>(address) + size - 1);
  for (auto word = first; word <= last; ++word) {
    if (writes) {
      add_item({word, access_mode::write});
      note_write(word, certain);
    } else if (reads) {
      add_item({word, access_mode::read});
    }
  }
}

/// Adds to the footprint of the step under way; one item per word, the strongest.
void execution::add_item(footprint_item item) {
  auto& stamp = stamp_[item.word()];
  if (stamp != stamp_now_) {
    stamp = stamp_now_;
    touched_.push_back(item);
    return;
  }
  for (auto& known : touched_) {
    if (known.word() != item.word()) continue;
    if (known.mode() == item.mode() || known.mode() == access_mode::write) return;
    // What the step does to a lock first tells whether it can run while the lock is held.
    const auto role = known.role() == access_role::plain && known.mode() == access_mode::read
                          ? item.role()
                          : known.role();
    const auto before = std::exchange(known, {item.word(), access_mode::write, role});
    // A hook made more of the access that was foreseen: who relies on that one has to see both.
    if (makes_blocks_ && before.role() == access_role::plain) touched_.push_back(before);
    return;
  }
}

bool execution::announced(std::uint32_t word, bool writes) const {
  return std::any_of(touched_.begin(), touched_.end(), [&](footprint_item item) {
    return item.word() == word && (item.mode() != access_mode::read || !writes);
  });
}

void execution::mix_local(std::uint64_t value) {
  auto& hash = state(current_).local_hash;
  hash[0] = fold(hash[0] ^ value, 0x9e3779b97f4a7c15ULL) + 1;
  hash[1] = fold(hash[1] ^ value ^ 0x8ebc6af09c88c6e3ULL, 0xe7037ed1a0b428dbULL) + 1;
}

/// `position` 0 is the start of the operation.
void execution::forget_locals(std::uint64_t position) {
  auto& me = state(current_);
  if (position != 0 && position <= me.position) states_may_recur_ = at_loop_head_ = true;
  me.position = position;
  // Spread out, so that no small value mixed in leads from one to another.
  const auto start = word_hash(static_cast<std::uint64_t>(me.operation), position);
  me.local_hash[0] = start.low;
  me.local_hash[1] = start.high;
}

unsigned execution::choose(unsigned alternatives, const char* label, std::uintptr_t pc) {
  if (alternatives <= 1 || at_end_) return 0;
  if (alternatives > max_alternatives) {
    violate("checker-misuse", fmt::format("{} alternatives of '{}': at most {} are possible",
                                          alternatives, label, max_alternatives));
  }
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  if (atomic_depth_ != 0 || ghost_depth_ != 0) {
    violate("checker-misuse", std::string("a choice inside an atomic block or a hook: ") + label);
  }
  finish_step();
  steps_alone_ = loop_sample_at_ = 0;
  const unsigned value = strategy_->choose(current_, alternatives);
  decisions_raw_.push_back(static_cast<std::uint16_t>(choice_bit | value));
  choice_labels_.emplace_back(current_, label);
  const auto& me = state(current_);
  coverage_.chose(label, alternatives, value,
                  {me.calls.data(), static_cast<std::size_t>(me.call_depth)}, pc);
  mix_local(value);
  if (recording()) record_choice(label, value);
  in_code_ = was_in_code;
  return value;
}

void execution::atomic_begin(const char* label, std::uintptr_t pc) {
  if (at_end_ || muted_ != 0) return;
  if (atomic_depth_ == 0 && ghost_depth_ == 0) {
    const bool was_in_code = in_code_;
    in_code_ = false;
    settle();
    announced_step next;
    next.type = step_type::atomic_block;
    next.label = label;
    next.pc = pc;
    step(next);
    in_code_ = was_in_code;
  }
  ++atomic_depth_;
}

void execution::atomic_end() {
  if (at_end_ || muted_ != 0) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  if (atomic_depth_ == 0) {
    violate("checker-misuse", "an atomic block ended that was not begun");
  }
  --atomic_depth_;
  in_code_ = was_in_code;
}

void execution::ghost_begin() {
  if (at_end_ || muted_ != 0) return;
  if (!step_open_) {
    // Bookkeeping before the thread's first step, or after a choice: it needs a step to belong to.
    atomic_begin("bookkeeping", 0);
    atomic_end();
  }
  ++ghost_depth_;
}

void execution::ghost_end() {
  if (at_end_ || muted_ != 0) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  if (ghost_depth_ == 0) violate("checker-misuse", "ghost code ended that was not begun");
  --ghost_depth_;
  in_code_ = was_in_code;
}

}  // namespace checker
