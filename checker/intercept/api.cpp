// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/api.h"

#include <cstdarg>
#include <cstdio>
#include <stdexcept>
#include <string>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/stack_paint.hpp"

namespace {

using checker::execution;

std::string formatted(const char* format, va_list arguments) {
  char buffer[512];
  std::vsnprintf(buffer, sizeof buffer, format, arguments);
  return buffer;
}

constexpr const char* sequence_count = "uses a sequence count at";

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

}  // namespace

#define CHECKER_CALLER address_of(__builtin_return_address(0))

extern "C" {

void checker_lock_init(checker_lock* lock, checker_lock_kind kind, const char* class_name,
                       const char* instance_name) {
  if (execution::running != nullptr) {
    execution::running->require_memory(lock, sizeof *lock, "initialises a lock at");
  } else if (!checker::in_arena(lock)) {
    throw std::logic_error(std::string("a lock outside of the arena: ") + instance_name);
  }
  auto& registry = checker::lock_registry::instance();
  registry.name_instance(lock, instance_name);
  const auto lock_class = registry.intern_class(class_name, kind);
  if (execution::running != nullptr) execution::running->lock_initialised(lock);
  lock->state = 0;
  lock->lock_class = lock_class;
  lock->instance = execution::lock_mark(lock);
  if (execution::running != nullptr) execution::running->lock_initialisation_done();
}

void checker_lock_acquire(checker_lock* lock, unsigned subclass, checker_lock_mode mode) {
  if (execution::running != nullptr) {
    execution::running->look_for_loop();
    execution::running->acquire(lock, subclass, mode, CHECKER_CALLER);
  }
  checker::stack_paint::renew();
}

int checker_lock_try(checker_lock* lock, unsigned subclass, checker_lock_mode mode) {
  if (execution::running == nullptr) return 1;
  execution::running->look_for_loop();
  return execution::running->try_acquire(lock, subclass, mode, CHECKER_CALLER) ? 1 : 0;
}

void checker_lock_release(checker_lock* lock, checker_lock_mode mode) {
  if (execution::running != nullptr) execution::running->release(lock, mode, CHECKER_CALLER);
  checker::stack_paint::renew();
}

int checker_lock_held(const checker_lock* lock) {
  return execution::running != nullptr && execution::running->held(lock);
}

int checker_lock_held_for_writing(const checker_lock* lock) {
  return execution::running != nullptr && execution::running->held_for_writing(lock);
}

int checker_lock_is_locked(checker_lock* lock) {
  if (execution::running != nullptr) {
    execution::running->look_for_loop();
    execution::running->require_lock(lock, "looks at");
    execution::running->access(&lock->state, sizeof lock->state, true, false, true, CHECKER_CALLER);
  }
  return lock->state != 0;
}

void checker_seqcount_write_begin(unsigned* sequence) {
  if (execution::running == nullptr) return;
  execution::running->require_memory(sequence, sizeof *sequence, sequence_count);
  execution::running->access(sequence, sizeof *sequence, true, true, true, CHECKER_CALLER);
  if ((*sequence & 1) != 0) {
    execution::running->violate("seqcount", "two writers inside one sequence count");
  }
  ++*sequence;
  execution::running->fence(checker::relacy::memory_order::release, CHECKER_CALLER);
}

void checker_seqcount_write_end(unsigned* sequence) {
  if (execution::running == nullptr) return;
  execution::running->require_memory(sequence, sizeof *sequence, sequence_count);
  execution::running->fence(checker::relacy::memory_order::release, CHECKER_CALLER);
  execution::running->access(sequence, sizeof *sequence, true, true, true, CHECKER_CALLER);
  if ((*sequence & 1) == 0) {
    execution::running->violate("seqcount", "a sequence count ended that was not begun");
  }
  ++*sequence;
}

unsigned checker_seqcount_read_begin(const unsigned* sequence) {
  if (execution::running == nullptr) return *sequence;
  execution::running->require_memory(sequence, sizeof *sequence, sequence_count);
  // A reader waits for an even count. The count may stand in either half of its word.
  const auto shift = (address_of(sequence) & 4) * 8;
  const auto* const word = reinterpret_cast<const std::uint64_t*>(address_of(sequence) & ~7UL);
  execution::running->spin_until(word, std::uint64_t{1} << shift, 0, "an even sequence count",
                                 CHECKER_CALLER);
  execution::running->observed(*sequence);
  return *sequence;
}

int checker_seqcount_read_retry(const unsigned* sequence, unsigned start) {
  if (execution::running != nullptr) {
    execution::running->look_for_loop();
    execution::running->require_memory(sequence, sizeof *sequence, sequence_count);
    execution::running->fence(checker::relacy::memory_order::acquire, CHECKER_CALLER);
    execution::running->access(const_cast<unsigned*>(sequence), sizeof *sequence, true, false, true,
                               CHECKER_CALLER);
  }
  return *sequence != start;
}

void checker_wait_until(const uint64_t* word, uint64_t mask, uint64_t value, const char* what) {
  if (execution::running == nullptr) return;
  execution::running->require_memory(word, sizeof *word, "waits for a word at");
  execution::running->might_sleep(what, CHECKER_CALLER);
  execution::running->spin_until(word, mask, value, what, CHECKER_CALLER);
}

void checker_add(void* counter, size_t size, uint64_t amount) {
  if (execution::running != nullptr) {
    execution::running->look_for_loop();
    execution::running->announce_add(counter, size, CHECKER_CALLER);
  }
  if (size == sizeof(std::uint32_t)) {
    *static_cast<std::uint32_t*>(counter) += static_cast<std::uint32_t>(amount);
  } else {
    *static_cast<std::uint64_t*>(counter) += amount;
  }
}

void checker_depends(const void* object) {
  if (execution::running != nullptr) execution::running->depends(object);
}

unsigned checker_choose(unsigned alternatives, const char* label) {
  if (execution::running == nullptr) return 0;
  return execution::running->choose(alternatives, label, CHECKER_CALLER);
}

void checker_atomic_begin(const char* label) {
  if (execution::running != nullptr) execution::running->atomic_begin(label, CHECKER_CALLER);
}

void checker_atomic_end() {
  if (execution::running != nullptr) execution::running->atomic_end();
}

void checker_ghost_begin() {
  if (execution::running != nullptr) execution::running->ghost_begin();
}

void checker_ghost_end() {
  if (execution::running != nullptr) execution::running->ghost_end();
}

void checker_violation(const char* kind, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  auto message = formatted(format, arguments);
  va_end(arguments);
  if (execution::running == nullptr) {
    // A scenario whose initial world is already wrong: setup() is at fault, not the kernel.
    throw std::logic_error(std::string(kind) + " outside an execution: " + message);
  }
  execution::running->violate(kind, std::move(message));
}

int checker_recording() { return execution::running != nullptr && execution::running->recording(); }

void checker_note(const char* format, ...) {
  if (execution::running == nullptr || !execution::running->recording()) return;
  va_list arguments;
  va_start(arguments, format);
  execution::running->note(formatted(format, arguments));
  va_end(arguments);
}

void checker_hide_callers() {
  if (execution::running != nullptr) execution::running->hide_callers();
}

void checker_might_sleep(const char* what) {
  if (execution::running != nullptr) execution::running->might_sleep(what, CHECKER_CALLER);
}

void checker_no_sleep_begin(const char* what) {
  if (execution::running != nullptr) execution::running->no_sleep_begin(what);
}

void checker_no_sleep_end(const char* what) {
  if (execution::running != nullptr) execution::running->no_sleep_end(what);
}

void checker_forget_locals(uint64_t position) {
  if (execution::running != nullptr) execution::running->forget_locals(position + 1);
}

int checker_thread() { return execution::running == nullptr ? -1 : execution::running->thread(); }

}  // extern "C"
