// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "checker/coverage/marks.hpp"
#include "checker/intercept/hash.hpp"
#include "checker/intercept/sanitizer.hpp"
#include "checker/intercept/stack_paint.hpp"
#include "checker/intercept/stack_switch.hpp"
#include "checker/intercept/watch.hpp"

namespace checker {
namespace {

/// Below a fiber's first frame; a little less than Relacy gives it.
constexpr std::size_t left_stack_bytes = 60 * 1024;

}  // namespace

execution::execution(program& subject, data_race_policy races, std::uint64_t max_steps,
                     bool bit_locks_order, std::shared_ptr<lock_numbers> numbers,
                     memory_model model)
    : subject_(subject),
      specs_(subject.threads()),
      thread_count_(static_cast<int>(specs_.size())),
      max_steps_(max_steps),
      bit_locks_order_(bit_locks_order),
      watched_(watched_words()),
      threads_(std::make_unique<std::array<thread_state, max_threads>>()),
      stamp_(footprint_words, 0),
      lock_numbers_(std::move(numbers)),
      race_policy_(races),
      coverage_(specs_) {
  outside_ = subject.outside_arena();
  std::iota(leader_.begin(), leader_.end(), 0);
  if (lock_numbers_ == nullptr) lock_numbers_ = std::make_shared<lock_numbers>(arena_words);
  if (specs_.empty() || specs_.size() > std::size_t{max_threads}) {
    throw std::invalid_argument(fmt::format("the scenario has {} threads; 1 to {} are possible",
                                            specs_.size(), max_threads));
  }
  if (model == memory_model::c11) weak_ = relacy::make_weak_memory(thread_count_);
  const std::size_t bytes = (arena_used() + 7) / 8 * 8;
  const auto* const begin = reinterpret_cast<const unsigned char*>(arena_base);
  initial_.assign(begin, begin + bytes);
  for (std::uint32_t word = 0; word < bytes / 8; ++word) {
    initial_hash_ ^= word_hash(word, load_word(word));
  }
}

execution::~execution() = default;

void execution::explore(strategy& search, std::function<bool(outcome)> after_each) {
  strategy_ = &search;
  wants_keys_ = search.wants_keys();
  makes_blocks_ = search.makes_blocks();
  after_each_ = std::move(after_each);
  constants_protect(true);
  running = this;
  relacy::simulate(*this, thread_count_);
  running = nullptr;
  constants_protect(false);
  restore_initial_world();
}

void execution::restore_initial_world() {
  if (initial_.empty()) return;  // the scenario allocated nothing
  std::memcpy(reinterpret_cast<void*>(arena_base), initial_.data(), initial_.size());
}

// ---- One execution -----------------------------------------------------------------------------

int execution::begin_execution() {
  restore_initial_world();
  memory_hash_ = initial_hash_;
  for (int i = 0; i < thread_count_; ++i) {
    auto& thread = state(i);
    thread.next = {};
    thread.held_hash = 0;
    thread.held_set = {};
    thread.finished = false;
    thread.held_count = 0;
    thread.no_sleep_depth = 0;
    thread.call_depth = 0;
    thread.hidden_calls = 0;
    thread.left = false;
  }
  // What a weak memory model remembers is not taken back.
  can_go_back_ = can_switch_stacks() && strategy_->goes_back() && !recorder_.enabled() && !weak_;
  // Paths that begin in the middle of another one may be those that are checked.
  hashing_ = wants_keys_ || can_go_back_ || checks_for_unseen();
  switching_ = path_over_ = search_over_ = false;
  snapshots_.clear();
  marks_.clear();
  current_ = last_ran_ = -1;
  steps_alone_ = loop_sample_at_ = 0;
  step_open_ = abandoned_ = at_end_ = at_loop_head_ = false;
  last_store_ = {};
  atomic_depth_ = ghost_depth_ = muted_ = 0;
  if (weak_) weak_->begin_execution();
  open_writes_.clear();
  stored_words_.clear();
  step_count_ = 0;
  outcome_ = outcome::complete;
  violation_.reset();
  blocked_.clear();
  decisions_raw_.clear();
  choice_labels_.clear();
  recorder_.clear();
  strategy_->begin_execution();
  starting_ = 1;
  return 0;
}

void execution::run_thread(int thread) {
  current_ = thread;
  auto& me = state(thread);
  me.stack_base = static_cast<const char*>(__builtin_frame_address(0));
  if (!abandoned_ && _setjmp(me.base) == 0) {
    stack_paint::below([this, thread] { run_operations(thread); });
  }
  in_code_ = false;
  finish_thread(current_);
}

void execution::run_operations(int thread) {
  auto& me = state(thread);
  const auto& operations = specs_[static_cast<std::size_t>(thread)].operations;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    me.operation = static_cast<int>(i);
    coverage_.began(thread, i);
    forget_locals(0);
    if (recording()) record_marker(trace::step_kind::begin);
    in_code_ = true;
    stack_paint::renew();
    operations[i].call();
    in_code_ = false;
    settle();
    check_blocks_ended("an operation", 0, 0);
    if (!step_open_) {
      // No step since the operation began, or since a choice: the hook needs one to belong to.
      atomic_begin("end of operation", 0);
      atomic_end();
    }
    run_watch_hooks();
    run_hook([&] { subject_.on_operation_end(thread, static_cast<int>(i)); });
    check_nothing_held("an operation returned");
    coverage_.returned(thread, i);
    if (recording()) record_marker(trace::step_kind::end);
  }
  settle();
  finish_step();
}

void execution::finish_thread(int thread) {
  auto& me = state(thread);
  me.finished = true;
  me.next = {};
  me.local_hash[0] = me.local_hash[1] = ~std::uint64_t{0};
  if (starting_ < thread_count_) {
    next_ = starting_++;
  } else if (!abandoned_ && can_go_back_) {
    hand_over(thread);
  } else if (!abandoned_ && first_unfinished() >= 0) {
    decide();
  }
  me.left = true;
  if (abandoned_) next_ = first_not_left();
}

bool execution::end_execution() { return switching_ ? search_over_ : finish_path(); }

/// The decisions have led to an end. True if the search is over.
bool execution::finish_path() {
  if (outcome_ == outcome::complete) {
    check_nothing_unseen();
    at_end_ = true;
    end_stack_base_ = static_cast<const char*>(__builtin_frame_address(0));
    if (_setjmp(end_base_) == 0) {
      in_code_ = true;
      subject_.at_end();
    }
    in_code_ = false;
    at_end_ = false;
  }
  if (outcome_ != outcome::given_up) ++counters_.executions;
  counters_.depth = std::max(counters_.depth, step_count_);
  const bool over = strategy_->end_execution(outcome_, blocked_);
  return after_each_(outcome_) || over;
}

/// Every so often, with any search, and in each replay.
bool execution::checks_for_unseen() const {
  constexpr std::uint64_t every = 256;
  return strategy_->is_replay() || counters_.executions % every == 0;
}

/// What was seen of the stores, word by word, must be what is in the arena. A store that went by
/// unseen would be a step that is never interleaved and a state taken for another.
void execution::check_nothing_unseen() {
  if (!checks_for_unseen()) return;
  state_key actual;
  for (std::uint32_t word = 0; word < initial_.size() / 8; ++word) {
    actual ^= word_hash(word, load_word(word));
  }
  if (actual == memory_hash_) return;
  set_violation("unseen-store",
                "the arena changed without an announced store: some code that writes "
                "to it is not instrumented");
  outcome_ = outcome::violated;
}

const std::string& execution::thread_name() const {
  static const std::string nobody = "the final check";
  return current_ < 0 || at_end_ ? nobody : specs_[static_cast<std::size_t>(current_)].name;
}

void execution::require_memory(const void* address, std::size_t size, const char* does) {
  const auto offset = reinterpret_cast<std::uintptr_t>(address) - arena_base;
  if (offset < initial_.size() && size <= initial_.size() - offset) return;
  const auto value = reinterpret_cast<std::uintptr_t>(address);
  violate("crash",
          value < 4096
              ? fmt::format("null pointer dereference: {} {} {:#x}", thread_name(), does, value)
              : fmt::format("{} {} {:#x}, {} bytes that the scenario did not allocate",
                            thread_name(), does, value, size));
}

/// Atomic blocks and ghost code must end where they were begun.
void execution::check_blocks_ended(const char* where, int atomic_depth, int ghost_depth) {
  if (atomic_depth_ == atomic_depth && ghost_depth_ == ghost_depth) return;
  const bool atomic = atomic_depth_ != atomic_depth;
  const bool open = atomic ? atomic_depth_ > atomic_depth : ghost_depth_ > ghost_depth;
  violate("checker-misuse",
          fmt::format("{} left with {} {}", where, atomic ? "an atomic block" : "ghost code",
                      open ? "not ended" : "ended more often than begun"));
}

int execution::first_unfinished() const {
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).finished) return i;
  }
  return -1;
}

int execution::first_not_left() const {
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).left) return i;
  }
  return -1;
}

// ---- What can run ------------------------------------------------------------------------------

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
    auto sorted = members;
    std::sort(sorted.begin(), sorted.begin() + count,
              [&](int a, int b) { return part(a) < part(b); });
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

// ---- Ends --------------------------------------------------------------------------------------

void execution::give_up(outcome how) {
  outcome_ = how;
  path_over_ = true;
  if (switching_) return;
  abandoned_ = true;
  next_ = first_not_left();
}

void execution::leave_fiber() {
  in_code_ = false;
  leave_frames(state(current_).stack_base, left_stack_bytes);
  _longjmp(state(current_).base, 1);
}

/// The threads that cannot go on: what they wait for may have to be reversed with what came before.
void execution::note_blocked() {
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    if (thread.finished || can_run(thread.next)) continue;
    blocked_.push_back({i, waited_item(thread.next), thread.held_set});
  }
}

coverage execution::reached() const {
  coverage reached = coverage_.summary(order_);
  reached.marks.resize(marks::count(), 0);
  marks::collect(reached.marks);
  return reached;
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

footprint_item execution::waited_item(const announced_step& next) const {
  const auto word = arena_word(next.address);
  if (next.type == step_type::wait) return {word, access_mode::read, access_role::wait};
  return {word, next.mode == checker_lock_read ? access_mode::shared : access_mode::write,
          access_role::acquire};
}

void execution::set_violation(std::string kind, std::string message) {
  violation_.emplace();
  violation_->kind = std::move(kind);
  violation_->message = std::move(message);
  violation_->thread = at_end_ ? -1 : current_;
  if (!recorder_.enabled()) return;
  violation_->step = at_end_ ? -1 : static_cast<int>(recorder_.size()) - 1;
  for (int i = 0; i < thread_count_; ++i) {
    for (auto& held : record_held(i)) violation_->held.push_back(std::move(held));
  }
}

void execution::violate(std::string kind, std::string message) {
  in_code_ = false;
  set_violation(std::move(kind), std::move(message));
  if (at_end_) {
    outcome_ = outcome::violated;
    leave_frames(end_stack_base_, left_stack_bytes / 2);
    _longjmp(end_base_, 1);
  }
  settle();
  end_violated();
}

/// The step under way is the last one.
void execution::end_violated() {
  if (step_open_) {
    step_open_ = false;
    if (recorder_.enabled()) recorder_.last()->touched = touched_;
    strategy_->executed(last_ran_, touched_, held_before_);
  }
  atomic_depth_ = ghost_depth_ = 0;
  give_up(outcome::violated);
  if (switching_) to_director();
  leave_fiber();
}

void execution::violate_from_signal(const char* kind, const char* message) {
  violate(kind, message);
}

void execution::enter_function(std::uintptr_t caller) {
  if (current_ < 0 || at_end_) return;
  auto& me = state(current_);
  const auto* const here = static_cast<const char*>(__builtin_frame_address(0));
  const bool too_deep = me.call_depth >= max_call_depth;
  if (too_deep || me.stack_base - here > static_cast<std::ptrdiff_t>(max_stack_bytes)) {
    violate("crash", "runaway recursion: the call stack of the thread is used up");
  }
  me.calls[static_cast<std::size_t>(me.call_depth++)] = caller;
}

void execution::leave_function() {
  if (current_ < 0 || at_end_) return;
  auto& me = state(current_);
  if (me.call_depth > 0) --me.call_depth;
  if (me.call_depth < me.hidden_calls) me.hidden_calls = 0;
}

void execution::hide_callers() {
  if (current_ >= 0 && !at_end_) state(current_).hidden_calls = state(current_).call_depth;
}

/// Whether the access, done now, would write.
bool execution::writes_now(const announced_step& next) {
  if (!next.conditional) return next.writes;
  std::uint64_t value = 0;
  std::memcpy(&value, next.address, next.size);
  return value == next.value;
}

void execution::check_data_races() {
  const auto& mine = state(current_).next;
  for (int other = 0; other < thread_count_; ++other) {
    const auto& theirs = state(other).next;
    if (other == current_ || state(other).finished || theirs.type != step_type::access) continue;
    if ((mine.marked && theirs.marked) || !(writes_now(mine) || writes_now(theirs))) continue;
    const auto apart =
        static_cast<const char*>(mine.address) - static_cast<const char*>(theirs.address);
    if (apart >= static_cast<std::ptrdiff_t>(theirs.size) ||
        -apart >= static_cast<std::ptrdiff_t>(mine.size)) {
      continue;
    }
    if (race_policy_ == data_race_policy::report && races_.knows(mine.pc, theirs.pc)) continue;
    auto a = pending_access(current_);
    auto b = pending_access(other);
    if (!is_data_race(a, b)) continue;
    races_.add(std::move(a), std::move(b));
    if (race_policy_ == data_race_policy::fail) race_violation(other);
  }
}

racing_access execution::pending_access(int thread) const {
  const auto& next = state(thread).next;
  racing_access access;
  access.thread = thread;
  access.operation = state(thread).operation;
  access.reads = next.reads;
  access.writes = next.writes;
  access.marked = next.marked;
  access.address = next.address;
  access.size = static_cast<int>(next.size);
  access.stack = stack_of(thread, next.pc);
  if (access.stack.empty()) access.stack.push_back(next.pc);
  return access;
}

}  // namespace checker
