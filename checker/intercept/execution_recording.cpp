// SPDX-License-Identifier: GPL-2.0-only
// What an execution writes down while it is recorded.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "checker/detect/crash.hpp"
#include "checker/intercept/execution.hpp"

namespace checker {
namespace {

trace::lock_mode to_trace(checker_lock_mode mode) {
  return mode == checker_lock_read ? trace::lock_mode::read : trace::lock_mode::write;
}

trace::step_kind kind_of(const announced_step& next) {
  switch (next.type) {
    case step_type::acquire:
      return trace::step_kind::lock;
    case step_type::try_acquire:
      return trace::step_kind::trylock;
    case step_type::release:
      return trace::step_kind::unlock;
    case step_type::wait:
      return trace::step_kind::wait;
    case step_type::atomic_block:
      return trace::step_kind::atomic;
    default:
      break;
  }
  if (next.reads && next.writes) return trace::step_kind::rmw;
  return next.writes ? trace::step_kind::store : trace::step_kind::load;
}

}  // namespace

raw_stack execution::stack_of(int thread, std::uintptr_t pc) const {
  const auto& me = state(thread);
  const auto depth = static_cast<std::size_t>(me.call_depth);
  raw_stack stack;
  // The first call comes from the scenario, which nobody needs to see.
  const auto first = static_cast<std::size_t>(std::max(1, me.hidden_calls + 1));
  for (std::size_t i = first; i < depth; ++i) stack.push_back(me.calls[i]);
  if (pc != 0 && me.call_depth > me.hidden_calls) stack.push_back(pc);
  return stack;
}

std::string execution::value_text(const void* address, int size) {
  std::uint64_t value = 0;
  if (size <= 0 || size > 8) return {};
  std::memcpy(&value, address, static_cast<std::size_t>(size));
  std::string text;
  ++muted_;
  (void)survives([&] { text = subject_.describe_value(address, value); });
  --muted_;
  if (!text.empty()) return text;
  return value < 10 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

std::string execution::place_text(const void* address) {
  place known;
  ++muted_;
  (void)survives([&] { known = subject_.describe(address); });
  --muted_;
  return known.name.empty()
             ? fmt::format("arena+{:#x}", reinterpret_cast<std::uintptr_t>(address) - arena_base)
             : std::move(known.name);
}

const checker_lock* execution::rule_lock(std::uint32_t word) const {
  const auto* const address = reinterpret_cast<const void*>(arena_base + std::uintptr_t{word} * 8);
  const checker_lock* lock = nullptr;
  (void)survives([&] { lock = subject_.rule_lock(address); });
  return lock;
}

std::vector<raw_held_lock> execution::record_held(int thread) {
  std::vector<raw_held_lock> result;
  const auto& owner = state(thread);
  for (int i = 0; i < owner.held_count; ++i) {
    const auto& entry = owner.held[static_cast<std::size_t>(i)];
    raw_held_lock held;
    held.lock.name = registered_locks().name_of(entry.lock);
    held.lock.lock_class = registered_locks().class_of(entry.lock).name;
    held.lock.kind = to_string(registered_locks().class_of(entry.lock).kind);
    held.lock.subclass = entry.subclass;
    held.lock.mode = to_trace(entry.mode);
    held.lock.thread = thread;
    held.lock.acquired_step = entry.step;
    held.stack = entry.stack.to_raw();
    result.push_back(std::move(held));
  }
  return result;
}

raw_step execution::new_record(int thread, trace::step_kind kind, std::uintptr_t pc) {
  raw_step record;
  record.step.thread = thread;
  record.step.operation = state(thread).operation;
  record.step.kind = kind;
  record.stack = stack_of(thread, pc);
  record.held = record_held(thread);
  return record;
}

void execution::record_step(const announced_step& next) {
  auto record = new_record(current_, kind_of(next), next.pc);
  record.step.marked = next.marked;
  switch (next.type) {
    case step_type::atomic_block:
      record.step.object = next.label;
      break;
    case step_type::acquire:
    case step_type::try_acquire:
    case step_type::release: {
      const auto* const lock = static_cast<const checker_lock*>(next.address);
      record.step.object = registered_locks().name_of(lock);
      record.step.lock_class = registered_locks().class_of(lock).name;
      record.step.subclass = next.subclass;
      record.step.mode = to_trace(next.mode);
      record.step.address = reinterpret_cast<std::uintptr_t>(lock);
      break;
    }
    case step_type::wait:
      record.step.notes.emplace_back(fmt::format("waits: {}", next.label));
      [[fallthrough]];
    default: {
      record.step.object = place_text(next.address);
      record.step.address = reinterpret_cast<std::uintptr_t>(next.address);
      record.step.size = static_cast<int>(next.size);
      const int size = next.type == step_type::wait ? 8 : record.step.size;
      auto before = value_text(next.address, size);
      if (next.writes) {
        record.step.before = std::move(before);
        record.value_address = next.address;
        record.value_size = size;
      } else {
        record.step.after = std::move(before);
      }
    }
  }
  recorder_.add(std::move(record));
}

/// The load under way sees an older store than the newest, and its value stands in memory now.
void execution::record_older(const void* address, std::size_t size) {
  auto& step = recorder_.last()->step;
  step.notes.push_back(fmt::format("an older store is seen; the newest left {}", step.after));
  step.after = value_text(address, static_cast<int>(size));
}

/// A store inside an atomic block, or that of a structure copy: a line of its own under the step.
void execution::record_inner_write(void* address, std::size_t size) {
  auto* const block = recorder_.last();
  if (block == nullptr || size > 8) return;
  block->step.notes.push_back(
      fmt::format("{}: {}", place_text(address), value_text(address, static_cast<int>(size))));
  block->value_address = address;
  block->value_size = static_cast<int>(size);
  block->value_in_note = true;
}

/// The store announced last has happened.
void execution::record_value_after() {
  auto* const last = recorder_.last();
  if (last == nullptr || last->value_address == nullptr) return;
  auto after = value_text(last->value_address, last->value_size);
  last->value_address = nullptr;
  if (last->value_in_note) {
    last->value_in_note = false;
    auto& line = last->step.notes.back();
    if (line.ends_with(": " + after)) {
      last->step.notes.pop_back();  // stored what was there before
    } else {
      line += " -> " + after;
    }
  } else {
    last->step.after = std::move(after);
  }
}

void execution::record_choice(const char* label, unsigned value) {
  auto record = new_record(current_, trace::step_kind::choice, 0);
  record.step.object = label;
  record.step.after = fmt::format("{}", value);
  recorder_.add(std::move(record));
}

void execution::record_marker(trace::step_kind kind) {
  const auto& spec = specs_[static_cast<std::size_t>(current_)];
  auto record = new_record(current_, kind, 0);
  record.stack.clear();
  record.step.object = spec.operations[static_cast<std::size_t>(state(current_).operation)].name;
  recorder_.add(std::move(record));
}

/// Writes down the step a thread stands before, though it has not run. Returns its index.
int execution::record_pending(int thread) {
  const int before = current_;
  current_ = thread;
  record_step(state(thread).next);
  recorder_.last()->value_address = nullptr;
  current_ = before;
  return static_cast<int>(recorder_.size()) - 1;
}

/// The thread would sleep here: no step, but where the violation stands.
void execution::record_sleep(const char* what, std::uintptr_t pc) {
  auto record = new_record(current_, trace::step_kind::wait, pc);
  record.step.object = what;
  recorder_.add(std::move(record));
}

raw_wait execution::describe_wait(int thread) {
  const auto& next = state(thread).next;
  raw_wait result;
  result.wait.thread = thread;
  result.stack = stack_of(thread, next.pc);
  if (next.type == step_type::wait) {
    result.wait.lock = place_text(next.address);
    return result;
  }
  const auto* const lock = static_cast<const checker_lock*>(next.address);
  result.wait.lock = registered_locks().name_of(lock);
  result.wait.lock_class = registered_locks().class_of(lock).name;
  for (int i = 0; i < thread_count_; ++i) {
    const auto& owner = state(i);
    for (int k = 0; k < owner.held_count; ++k) {
      if (owner.held[static_cast<std::size_t>(k)].lock == lock) {
        result.wait.holders.push_back(i);
        break;
      }
    }
  }
  return result;
}

void execution::note(std::string text) {
  auto* const last = recorder_.last();
  if (last != nullptr) last->step.notes.push_back(std::move(text));
}

std::vector<trace::decision> execution::decisions() const {
  std::vector<trace::decision> result;
  std::size_t label = 0;
  for (const auto raw : decisions_raw_) {
    trace::decision decision;
    decision.is_choice = (raw & choice_bit) != 0;
    decision.value = raw & ~choice_bit;
    if (decision.is_choice) decision.label = choice_labels_[label++].second;
    result.push_back(std::move(decision));
  }
  return result;
}

std::vector<std::vector<unsigned>> execution::choices() const {
  std::vector<std::vector<unsigned>> result(static_cast<std::size_t>(thread_count_));
  std::size_t index = 0;
  for (const auto raw : decisions_raw_) {
    if ((raw & choice_bit) == 0) continue;
    result[static_cast<std::size_t>(choice_labels_[index++].first)].push_back(
        static_cast<unsigned>(raw & ~choice_bit));
  }
  return result;
}

}  // namespace checker
