// SPDX-License-Identifier: GPL-2.0-only
// Locks and the kernel's rules for them.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/hash.hpp"

namespace checker {
namespace {

// state of a checker_lock: the writer's thread (or one it may stand for) + 1 in the low half, the
// number of readers in the high half.
constexpr std::uint64_t one_reader = std::uint64_t{1} << 32;

/// What a section without sleep adds to the key of what a thread holds.
constexpr std::uint64_t no_sleep_key = 0x9b1c8d3f5e27a641ULL;

std::uint32_t writer_of(const checker_lock* lock) {
  return static_cast<std::uint32_t>(lock->state);
}

bool is_free(const checker_lock* lock, checker_lock_mode mode) {
  return mode == checker_lock_read ? writer_of(lock) == 0 : lock->state == 0;
}

/// Keys of what is held are added up: a reader may hold a lock twice. The subclass is one of them
/// since lock order and recursion depend on it.
std::uint64_t held_key(const held_entry& entry) {
  static_assert(lock_order_log::subclasses <= 8 && alignof(checker_lock) >= 8);
  return fold(reinterpret_cast<std::uintptr_t>(entry.lock) << 1 |
                  std::uintptr_t{entry.subclass} << 1 | static_cast<unsigned>(entry.mode),
              0x8ebc6af09c88c6e3ULL);
}

}  // namespace

void execution::acquire(checker_lock* lock, unsigned subclass, checker_lock_mode mode,
                        std::uintptr_t pc) {
  if (at_end_) return;
  require_lock(lock, "takes");
  require_subclass(subclass);
  in_code_ = false;
  settle();
  if (atomic_depth_ != 0 || ghost_depth_ != 0) {
    violate("checker-misuse", "a blocking lock inside an atomic block or a hook: " +
                                  registered_locks().name_of(lock));
  }
  finish_step();
  announced_step next;
  next.type = step_type::acquire;
  next.mode = mode;
  next.subclass = static_cast<std::uint8_t>(subclass);
  next.address = lock;
  next.pc = pc;
  state(current_).next = next;
  check_acquire(lock, subclass);
  note_order(lock, subclass);
  step(next);
  take(lock, subclass, mode, true);
  in_code_ = true;
}

bool execution::try_acquire(checker_lock* lock, unsigned subclass, checker_lock_mode mode,
                            std::uintptr_t pc) {
  if (at_end_) return true;
  require_lock(lock, "tries to take");
  require_subclass(subclass);
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  if (atomic_depth_ == 0 && ghost_depth_ == 0) {
    announced_step next;
    next.type = step_type::try_acquire;
    next.mode = mode;
    next.subclass = static_cast<std::uint8_t>(subclass);
    next.address = lock;
    next.pc = pc;
    step(next);
  }
  const bool taken = is_free(lock, mode);
  if (taken) {
    take(lock, subclass, mode, false);
  } else {
    add_item({arena_word(lock), access_mode::read});
  }
  mix_local(taken ? 1 : 0);
  if (recording()) recorder_.last()->step.after = taken ? "1" : "0";
  in_code_ = was_in_code;
  return taken;
}

std::uint32_t execution::lock_mark(const checker_lock* lock) { return arena_word(lock) + 1; }

/// Whose pointer it is must be a lock of the arena, initialised.
void execution::require_lock(const checker_lock* lock, const char* does) {
  require_memory(lock, sizeof *lock, does);
  const bool was_in_code = in_code_;
  in_code_ = false;
  const bool known =
      lock->instance == lock_mark(lock) && lock->lock_class < registered_locks().classes().size();
  in_code_ = was_in_code;
  if (known) return;
  violate("crash", fmt::format("{} {} {}, where no lock was initialised", thread_name(), does,
                               static_cast<const void*>(lock)));
}

void execution::require_subclass(unsigned subclass) {
  if (subclass < lock_order_log::subclasses) return;
  violate("checker-misuse",
          fmt::format("lock subclass {}: there are {}", subclass, lock_order_log::subclasses));
}

void execution::take(checker_lock* lock, unsigned subclass, checker_lock_mode mode, bool blocking) {
  auto& me = state(current_);
  if (me.held_count == max_held_locks) {
    violate("too-many-locks", fmt::format("more than {} locks held", max_held_locks));
  }
  const auto word = arena_word(lock);
  coverage_.took(word, lock->lock_class, mode, blocking, current_, state(current_).held_set);
  // A reader that takes the lock once more changes nothing about who else can take it, like one
  // that releases it: the acquire to reverse with stays the first.
  const auto role = blocking     ? access_role::acquire
                    : held(lock) ? access_role::release
                                 : access_role::plain;
  add_item({word, mode == checker_lock_read ? access_mode::shared : access_mode::write, role});
  note_write(word, true);
  if (mode == checker_lock_read) {
    lock->state += one_reader;
  } else {
    // Nothing in memory tells interchangeable threads apart.
    lock->state = static_cast<std::uint64_t>(leader_[static_cast<std::size_t>(current_)]) + 1;
  }
  if (weak_) weak_->acquire(lock, mode == checker_lock_write);
  auto& entry = me.held[static_cast<std::size_t>(me.held_count++)];
  entry.lock = lock;
  entry.mode = mode;
  entry.subclass = static_cast<std::uint8_t>(subclass);
  entry.step = recorder_.enabled() ? static_cast<int>(recorder_.size()) - 1 : -1;
  const auto hidden = static_cast<std::size_t>(me.hidden_calls);
  entry.stack.assign({me.calls.data() + hidden, static_cast<std::size_t>(me.call_depth) - hidden},
                     me.next.pc);
  me.held_hash += held_key(entry);
  (mode == checker_lock_read ? me.held_set.shared : me.held_set.exclusive) |= lock_bit(lock);
}

std::uint64_t execution::lock_bit(const checker_lock* lock) {
  if (!bit_locks_order_ && registered_locks().class_of(lock).kind == checker_lock_bit) return 0;
  return lock_numbers_->bit(arena_word(lock));
}

void execution::release(checker_lock* lock, checker_lock_mode mode, std::uintptr_t pc) {
  if (at_end_) return;
  require_lock(lock, "releases");
  const bool was_in_code = in_code_;
  in_code_ = false;
  settle();
  // A bit lock may be released by another thread than the one that took it (end of I/O): who holds
  // it is known when the step runs. Of other locks it is known before.
  const bool bit_lock = registered_locks().class_of(lock).kind == checker_lock_bit;
  if (!bit_lock) check_owner(current_, lock, mode);
  if (atomic_depth_ == 0 && ghost_depth_ == 0) {
    announced_step next;
    next.type = step_type::release;
    next.mode = mode;
    next.address = lock;
    next.pc = pc;
    step(next);
  }
  const auto word = arena_word(lock);
  add_item({word, mode == checker_lock_read ? access_mode::shared : access_mode::write,
            access_role::release});
  const int owner = bit_lock ? holder_of(lock) : current_;
  if (bit_lock) check_owner(owner, lock, mode);
  // Once somebody else than the holder may release a bit lock, holding one orders nothing by
  // itself.
  if (owner != current_) released_for_others_ = true;
  auto& holder = state(owner);
  if (can_go_back_ && owner != current_) keep_state(owner);
  for (int i = holder.held_count - 1; i >= 0; --i) {
    auto* const entry = &holder.held[static_cast<std::size_t>(i)];
    if (entry->lock != lock) continue;
    holder.held_hash -= held_key(*entry);
    for (int k = i; k + 1 < holder.held_count; ++k) {
      holder.held[static_cast<std::size_t>(k)] = holder.held[static_cast<std::size_t>(k) + 1];
    }
    --holder.held_count;
    break;
  }
  (mode == checker_lock_read ? holder.held_set.shared : holder.held_set.exclusive) &=
      ~lock_bit(lock);
  if (weak_) weak_->release(lock, mode == checker_lock_write);
  note_write(word, true);
  lock->state = mode == checker_lock_read ? lock->state - one_reader : 0;
  settle();
  run_hook([&] { subject_.on_lock_released(lock); });
  in_code_ = was_in_code;
}

/// `owner` (-1: nobody) must hold the lock in this mode.
void execution::check_owner(int owner, const checker_lock* lock, checker_lock_mode mode) {
  if (owner >= 0) {
    const auto& holder = state(owner);
    for (int i = 0; i < holder.held_count; ++i) {
      const auto& entry = holder.held[static_cast<std::size_t>(i)];
      if (entry.lock == lock && entry.mode == mode) return;
    }
  }
  const bool other_mode = owner >= 0 && held(lock);
  violate("wrong-owner", fmt::format("{} releases {}, which it does not hold{}",
                                     specs_[static_cast<std::size_t>(current_)].name,
                                     registered_locks().name_of(lock),
                                     !other_mode                 ? ""
                                     : mode == checker_lock_read ? " for reading"
                                                                 : " for writing"));
}

/// The thread that holds the lock for writing; -1: nobody.
int execution::holder_of(const checker_lock* lock) const {
  if (writer_of(lock) == 0) return -1;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& thread = state(i);
    for (int k = 0; k < thread.held_count; ++k) {
      const auto& entry = thread.held[static_cast<std::size_t>(k)];
      if (entry.lock == lock && entry.mode == checker_lock_write) return i;
    }
  }
  return -1;
}

bool execution::held(const checker_lock* lock) const {
  if (current_ < 0) return false;
  const auto& me = state(current_);
  for (int i = 0; i < me.held_count; ++i) {
    if (me.held[static_cast<std::size_t>(i)].lock == lock) return true;
  }
  return false;
}

bool execution::held_for_writing(const checker_lock* lock) const {
  if (current_ < 0) return false;
  const auto& me = state(current_);
  for (int i = 0; i < me.held_count; ++i) {
    const auto& entry = me.held[static_cast<std::size_t>(i)];
    if (entry.lock == lock && entry.mode == checker_lock_write) return true;
  }
  return false;
}

void execution::spin_until(const std::uint64_t* word, std::uint64_t mask, std::uint64_t value,
                           const char* what, std::uintptr_t pc) {
  if (at_end_) return;
  in_code_ = false;
  settle();
  if (atomic_depth_ != 0 || ghost_depth_ != 0) {
    violate("checker-misuse", std::string("a wait inside an atomic block or a hook: ") + what);
  }
  announced_step next;
  next.type = step_type::wait;
  next.address = const_cast<std::uint64_t*>(word);
  next.mask = mask;
  next.value = value;
  next.label = what;
  next.pc = pc;
  step(next);
  add_item({arena_word(word), access_mode::read, access_role::wait});
  if (weak_ && mask != 0) {
    const auto first = __builtin_ctzll(mask) / 8, last = 7 - __builtin_clzll(mask) / 8;
    weak_->waited(reinterpret_cast<const char*>(word) + first,
                  static_cast<std::size_t>(last - first + 1));
  }
  mix_local(*word & mask);
  in_code_ = true;
}

void execution::lock_initialised(checker_lock* lock) {
  if (at_end_) return;
  ghost_begin();
  touch(lock, sizeof *lock, false, true);
  if (weak_) weak_->forget(lock, sizeof *lock);
}

void execution::lock_initialisation_done() { ghost_end(); }

void execution::might_sleep(const char* what, std::uintptr_t pc) {
  if (current_ < 0 || at_end_) return;
  const bool was_in_code = in_code_;
  in_code_ = false;
  const auto& me = state(current_);
  for (int i = 0; i < me.held_count; ++i) {
    const auto* const lock = me.held[static_cast<std::size_t>(i)].lock;
    if (!registered_locks().class_of(lock).spins()) continue;
    if (recording()) record_sleep(what, pc);
    violate("sleep-in-atomic",
            fmt::format("sleeping function called from invalid context: {} while {} is held", what,
                        registered_locks().name_of(lock)));
  }
  if (me.no_sleep_depth != 0) {
    if (recording()) record_sleep(what, pc);
    violate("sleep-in-atomic",
            fmt::format("sleeping function called from invalid context: {} inside of {}", what,
                        me.no_sleep_name));
  }
  in_code_ = was_in_code;
}

// A state differs from one outside of the section like one with a lock held.
void execution::no_sleep_begin(const char* what) {
  if (current_ < 0 || at_end_) return;
  auto& me = state(current_);
  if (me.no_sleep_depth++ == 0) me.no_sleep_name = what;
  me.held_hash += no_sleep_key;
}

void execution::no_sleep_end(const char* what) {
  if (current_ < 0 || at_end_) return;
  auto& me = state(current_);
  if (me.no_sleep_depth == 0) {
    violate("wrong-owner",
            fmt::format("{} ends {}, which it is not inside of", thread_name(), what));
  }
  --me.no_sleep_depth;
  me.held_hash -= no_sleep_key;
}

void execution::check_acquire(const checker_lock* lock, unsigned subclass) {
  const auto& me = state(current_);
  const auto& wanted = registered_locks().class_of(lock);
  for (int i = 0; i < me.held_count; ++i) {
    const auto& entry = me.held[static_cast<std::size_t>(i)];
    const auto& owned = registered_locks().class_of(entry.lock);
    if (entry.lock == lock) {
      violate_at_acquire("recursion", fmt::format("{} takes {}, which it already holds",
                                                  specs_[static_cast<std::size_t>(current_)].name,
                                                  registered_locks().name_of(lock)));
    }
    if (&owned == &wanted && entry.subclass == subclass) {
      violate_at_acquire(
          "recursion",
          fmt::format("possible recursive locking: {} takes {} while it holds {}, both {}{}; "
                      "may be due to missing lock nesting notation",
                      specs_[static_cast<std::size_t>(current_)].name,
                      registered_locks().name_of(lock), registered_locks().name_of(entry.lock),
                      wanted.name, subclass == 0 ? "" : fmt::format("/{}", subclass)));
    }
  }
  if (!wanted.spins()) might_sleep(wanted.name.c_str(), me.next.pc);
}

/// The acquire that the thread stands before breaks a rule: shows it as the last step.
void execution::violate_at_acquire(std::string kind, std::string message) {
  if (recording()) record_pending(current_);
  violate(std::move(kind), std::move(message));
}

void execution::note_order(const checker_lock* lock, unsigned subclass) {
  const auto& me = state(current_);
  const auto to = lock_order_log::node(lock->lock_class, subclass);
  for (int i = 0; i < me.held_count; ++i) {
    const auto& entry = me.held[static_cast<std::size_t>(i)];
    const auto from = lock_order_log::node(entry.lock->lock_class, entry.subclass);
    if (!order_.knows(from, to)) add_order_edge(entry, lock, subclass);
  }
}

void execution::add_order_edge(const held_entry& from, const checker_lock* lock,
                               unsigned subclass) {
  raw_lock_edge edge;
  edge.from = registered_locks().name_of(from.lock);
  edge.from_class = registered_locks().class_of(from.lock).name;
  edge.from_subclass = from.subclass;
  edge.to = registered_locks().name_of(lock);
  edge.to_class = registered_locks().class_of(lock).name;
  edge.to_subclass = static_cast<int>(subclass);
  edge.thread = current_;
  edge.from_stack = from.stack.to_raw();
  edge.stack = stack_of(current_, state(current_).next.pc);
  const auto known_before = order_.edges().size();
  const auto text = fmt::format(
      "{} takes {} while it holds {}; elsewhere they are taken in the "
      "other order",
      specs_[static_cast<std::size_t>(current_)].name, edge.to, edge.from);
  const bool closes = order_.add(lock_order_log::node(from.lock->lock_class, from.subclass),
                                 lock_order_log::node(lock->lock_class, subclass), std::move(edge));
  if (!closes || inversion_) return;
  inversion_ = {decisions(), known_before};
  if (stop_at_inversion_) violate_at_acquire("lock-order", text);
}

bool execution::learn_order(const raw_lock_edge& edge) {
  auto& registry = lock_registry::instance();
  const auto node_of = [&](const std::string& name, int subclass) {
    for (std::uint32_t i = 0; i < registry.classes().size(); ++i) {
      if (registry.classes()[i].name == name) {
        return lock_order_log::node(i, static_cast<unsigned>(subclass));
      }
    }
    // A class that this program does not have (yet): its kind does not matter here.
    return lock_order_log::node(registry.intern_class(name, checker_lock_spin),
                                static_cast<unsigned>(subclass));
  };
  return order_.add(node_of(edge.from_class, edge.from_subclass),
                    node_of(edge.to_class, edge.to_subclass), edge);
}

void execution::restart_order(std::span<const trace::lock_edge> edges) {
  order_ = {};
  inversion_.reset();
  stop_at_inversion_ = true;
  for (const auto& edge : edges) {
    raw_lock_edge raw;
    raw.from = edge.from;
    raw.from_class = edge.from_class;
    raw.from_subclass = edge.from_subclass;
    raw.to = edge.to;
    raw.to_class = edge.to_class;
    raw.to_subclass = edge.to_subclass;
    raw.thread = edge.thread;
    learn_order(raw);
  }
}

void execution::check_nothing_held(const char* when) {
  const auto& me = state(current_);
  if (me.no_sleep_depth != 0) {
    violate("lock-held-at-exit", fmt::format("{} is still inside of {} after {}", thread_name(),
                                             me.no_sleep_name, when));
  }
  if (me.held_count == 0) return;
  const auto& entry = me.held[static_cast<std::size_t>(me.held_count - 1)];
  violate("lock-held-at-exit",
          fmt::format("{} still holds {} after {}", specs_[static_cast<std::size_t>(current_)].name,
                      registered_locks().name_of(entry.lock), when));
}

}  // namespace checker
