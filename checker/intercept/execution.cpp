// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/execution.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "checker/intercept/hash.hpp"
#include "checker/intercept/watch.hpp"

namespace checker {
namespace {

std::uint64_t load_word(std::uint32_t word) {
  std::uint64_t value;
  std::memcpy(&value, reinterpret_cast<const void*>(arena_base + std::uintptr_t{word} * 8), 8);
  return value;
}

/// In decisions_raw_: a choice, as opposed to a thread.
constexpr std::uint16_t choice_bit = 0x8000;

}  // namespace

execution::execution(program& subject, data_race_policy races, std::uint64_t max_steps,
                     bool bit_locks_order)
    : subject_(subject),
      specs_(subject.threads()),
      thread_count_(static_cast<int>(specs_.size())),
      max_steps_(max_steps),
      bit_locks_order_(bit_locks_order),
      watched_(watched_words()),
      threads_(std::make_unique<std::array<thread_state, max_threads>>()),
      stamp_(arena_words, 0),
      lock_numbers_(arena_words, 0),
      race_policy_(races) {
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
  after_each_ = std::move(after_each);
  constants_protect(true);
  running = this;
  relacy::simulate(*this, thread_count_);
  running = nullptr;
  constants_protect(false);
  std::memcpy(reinterpret_cast<void*>(arena_base), initial_.data(), initial_.size());
}

// ---- One execution -----------------------------------------------------------------------------

int execution::begin_execution() {
  std::memcpy(reinterpret_cast<void*>(arena_base), initial_.data(), initial_.size());
  memory_hash_ = initial_hash_;
  for (int i = 0; i < thread_count_; ++i) {
    auto& thread = state(i);
    thread.next = {};
    thread.held_hash = 0;
    thread.held_set = {};
    thread.finished = false;
    thread.held_count = 0;
    thread.call_depth = 0;
    thread.hidden_calls = 0;
  }
  current_ = last_ran_ = -1;
  step_open_ = abandoned_ = at_end_ = false;
  atomic_depth_ = ghost_depth_ = muted_ = 0;
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
  if (!abandoned_ && _setjmp(me.base) == 0) run_operations(thread);
  in_code_ = false;
  finish_thread(current_);
}

void execution::run_operations(int thread) {
  auto& me = state(thread);
  const auto& operations = specs_[static_cast<std::size_t>(thread)].operations;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    me.operation = static_cast<int>(i);
    forget_locals(0);
    if (recording()) record_marker(trace::step_kind::begin);
    in_code_ = true;
    operations[i].call();
    in_code_ = false;
    settle();
    if (!step_open_) {
      // No step since the operation began, or since a choice: the hook needs one to belong to.
      atomic_begin("end of operation", 0);
      atomic_end();
    }
    run_watch_hooks();
    run_hook([&] { subject_.on_operation_end(thread, static_cast<int>(i)); });
    check_nothing_held("an operation returned");
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
  } else if (abandoned_) {
    next_ = first_unfinished();
  } else if (first_unfinished() >= 0) {
    decide();
  }
}

bool execution::end_execution() {
  if (!abandoned_) {
    check_nothing_unseen();
    at_end_ = true;
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

/// Every so often: what was seen of the stores, word by word, must be what is in the arena. A store that
/// went by unseen would be a step that is never interleaved and a state taken for another.
void execution::check_nothing_unseen() {
  constexpr std::uint64_t every = 256;
  if (!wants_keys_ || counters_.executions % every != 0) return;
  state_key actual;
  for (std::uint32_t word = 0; word < initial_.size() / 8; ++word) {
    actual ^= word_hash(word, load_word(word));
  }
  if (actual == memory_hash_) return;
  set_violation("unseen-store", "the arena changed without an announced store: some code that writes "
                                "to it is not instrumented");
  outcome_ = outcome::violated;
}

int execution::first_unfinished() const {
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).finished) return i;
  }
  return -1;
}

// ---- Steps -------------------------------------------------------------------------------------

void execution::step(const announced_step& next) {
  const int me = current_;
  finish_step();
  state(me).next = next;
  if (starting_ < thread_count_) {
    next_ = starting_++;
  } else {
    decide();
  }
  if (next_ != me) {
    relacy::switch_thread();
    current_ = me;
  }
  if (abandoned_) leave_fiber();
  begin_step(next);
}

void execution::decide() {
  moment now;
  now.enabled = enabled_threads();
  if (now.enabled == 0) return stuck();
  if (step_count_ >= max_steps_) return cut();
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).finished) now.live |= 1U << i;
  }
  now.current = last_ran_;
  if (wants_keys_) now.key = key();
  const int picked = strategy_->pick(now);
  if (picked < 0) return give_up(outcome::given_up);
  decisions_raw_.push_back(static_cast<std::uint16_t>(picked));
  next_ = picked;
}

void execution::begin_step(const announced_step& next) {
  step_open_ = true;
  ++step_count_;
  ++counters_.steps;
  run_length_ = last_ran_ == current_ ? run_length_ + 1 : 1;
  last_ran_ = current_;
  touched_.clear();
  held_before_ = state(current_).held_set;
  if (++stamp_now_ == 0) {
    std::fill(stamp_.begin(), stamp_.end(), 0);
    stamp_now_ = 1;
  }
  // Where a thread stands follows from what it has read and from how many steps it made of it: a store
  // reads nothing, but takes the thread on.
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
  for (const auto& write : open_writes_) {
    const auto after = load_word(write.word);
    if (wants_keys_ && after != write.before) {
      memory_hash_ ^= word_hash(write.word, write.before);
      memory_hash_ ^= word_hash(write.word, after);
    }
    if (watched_[write.word]) stored_words_.push_back(write.word);
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
                       std::uintptr_t pc, std::optional<std::uint64_t> writes_if) {
  if (muted_ != 0 || at_end_) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
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
      next.size = static_cast<std::uint32_t>(size);
      next.address = address;
      next.pc = pc;
      step(next);
    } else if (writes && recording()) {
      record_inner_write(address, size);
    }
  }
  touch(address, size, reads, writes);
  if (race_policy_ != data_race_policy::off && ghost_depth_ == 0 && atomic_depth_ == 0) {
    check_data_races();
  }
  if (reads && ghost_depth_ == 0) {
    const auto first = arena_word(address);
    const auto last = arena_word(static_cast<char*>(address) + size - 1);
    for (auto word = first; word <= last; ++word) mix_local(load_word(word));
  }
  in_code_ = was_in_code;
}

void execution::upgrade_to_write(void* address, std::size_t size) {
  if (muted_ == 0 && !at_end_) touch(address, size, false, true);
}

void execution::touch(void* address, std::size_t size, bool reads, bool writes) {
  const auto first = arena_word(address);
  const auto last = arena_word(static_cast<char*>(address) + size - 1);
  for (auto word = first; word <= last; ++word) {
    if (writes) {
      add_item({word, access_mode::write});
      open_writes_.push_back({word, load_word(word)});
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
    known = {item.word(), access_mode::write, role};
    return;
  }
}

void execution::mix_local(std::uint64_t value) {
  auto& hash = state(current_).local_hash;
  hash[0] = fold(hash[0] ^ value, 0x9e3779b97f4a7c15ULL) + 1;
  hash[1] = fold(hash[1] ^ value ^ 0x8ebc6af09c88c6e3ULL, 0xe7037ed1a0b428dbULL) + 1;
}

/// `position` 0 is the start of the operation.
void execution::forget_locals(std::uint64_t position) {
  auto& me = state(current_);
  me.local_hash[0] = static_cast<std::uint64_t>(me.operation) + 1;
  me.local_hash[1] = ~me.local_hash[0];
  if (position != 0) mix_local(position);
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
    default: return true;
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

state_key execution::key() const {
  state_key result = memory_hash_;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    const auto index = static_cast<std::uint64_t>(i);
    result.low ^= fold(thread.local_hash[0] ^ thread.held_hash, (index << 1 | 1) * 0xa0761d6478bd642fULL);
    result.high ^= fold(thread.local_hash[1] + thread.held_hash, (index << 1 | 1) * 0xe7037ed1a0b428dbULL);
  }
  return result;
}

// ---- Ends --------------------------------------------------------------------------------------

void execution::give_up(outcome how) {
  outcome_ = how;
  abandoned_ = true;
  next_ = first_unfinished();
}

void execution::leave_fiber() {
  in_code_ = false;
  _longjmp(state(current_).base, 1);
}

void execution::cut() {
  // Only a loop that nobody else could end is an endless one; a thread that spins until another one,
  // which could run, does something, is cut by the bound and nothing more is said of it.
  const auto enabled = enabled_threads();
  const bool alone = enabled == 1U << last_ran_;
  if (alone && run_length_ >= max_steps_ / 2) {
    set_violation("endless-loop", "a loop that no other thread can end");
    return give_up(outcome::violated);
  }
  give_up(outcome::cut);
}

void execution::stuck() {
  std::string message = "no thread can run:";
  std::vector<raw_wait> waits;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    if (thread.finished) continue;
    waits.push_back(describe_wait(i));
    message += " " + specs_[static_cast<std::size_t>(i)].name + " waits for " +
               waits.back().wait.lock + ";";
    blocked_.push_back({i, waited_item(thread.next), thread.held_set});
  }
  message.pop_back();
  set_violation("deadlock", std::move(message));
  violation_->thread = -1;
  violation_->step = -1;
  violation_->waits = std::move(waits);
  give_up(outcome::stuck);
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
  leave_fiber();
}

void execution::violate_from_signal(const char* kind, const char* message) {
  violate(kind, message);
}

unsigned execution::choose(unsigned alternatives, const char* label) {
  if (alternatives <= 1 || at_end_) return 0;
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  if (atomic_depth_ != 0 || ghost_depth_ != 0) {
    violate("checker-misuse", std::string("a choice inside an atomic block or a hook: ") + label);
  }
  finish_step();
  const unsigned value = strategy_->choose(current_, alternatives);
  decisions_raw_.push_back(static_cast<std::uint16_t>(choice_bit | value));
  choice_labels_.emplace_back(current_, label);
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
  --ghost_depth_;
  in_code_ = was_in_code;
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
    const auto apart = static_cast<const char*>(mine.address) - static_cast<const char*>(theirs.address);
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
  access.writes = next.writes;
  access.marked = next.marked;
  access.address = next.address;
  access.size = static_cast<int>(next.size);
  access.stack = stack_of(thread, next.pc);
  if (access.stack.empty()) access.stack.push_back(next.pc);
  return access;
}

}  // namespace checker
