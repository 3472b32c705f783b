// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/reference_state.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace checker::generated {

const instruction* instruction_at(const program_spec& program, const model_thread& thread) {
  const auto& operations = program.threads[thread.index];
  const auto& code = operations[static_cast<std::size_t>(thread.operation)];
  const auto pc = static_cast<std::size_t>(thread.pc);
  return pc < code.size() ? &code[pc] : nullptr;
}

std::uint64_t load_part(const model_state& state, int word, int part) {
  const auto value = state.words[word];
  if (part == 0) return value;
  return part == 1 ? value & 0xffffffff : value >> 32;
}

namespace {

/// The access that a thread stands before, for data races.
struct pending {
  std::size_t begin, end;  ///< bytes
  bool writes, marked;
  int place;
};

std::optional<pending> pending_of(const program_spec& program, const model_state& state,
                                  const model_thread& thread) {
  const auto* const code = thread.finished ? nullptr : instruction_at(program, thread);
  if (code == nullptr) return std::nullopt;
  const std::size_t base = code->word * 8U + (code->part == 2 ? 4U : 0U);
  const std::size_t end = base + (code->part == 0 ? 8U : 4U);
  switch (code->code) {
    case opcode::load:
      return pending{base, end, false, code->marked, code->place};
    case opcode::store:
      return pending{base, end, true, code->marked, code->place};
    case opcode::add:
    case opcode::count:
    case opcode::exchange:
      return pending{base, end, true, true, code->place};
    case opcode::compare_exchange:
      return pending{base, end, load_part(state, code->word, code->part) == code->other, true,
                     code->place};
    case opcode::copy:
      if (thread.phase == 0) {
        return pending{code->other * 8U, code->other * 8U + 16U, false, false, code->place};
      }
      return pending{code->word * 8U, code->word * 8U + 16U, true, false, code->place};
    case opcode::assign:
      if ((thread.phase == 0) == store_announced_first) {
        return pending{base, end, true, false, code->place};
      }
      return pending{code->other * 8U, code->other * 8U + 8U, false, false, code->place};
    default:
      return std::nullopt;
  }
}

}  // namespace

void note_races(const program_spec& program, const model_state& state,
                std::set<std::pair<int, int>>& races) {
  for (std::size_t i = 0; i < state.threads.size(); ++i) {
    const auto one = pending_of(program, state, state.threads[i]);
    if (!one) continue;
    for (std::size_t k = 0; k < i; ++k) {
      const auto other = pending_of(program, state, state.threads[k]);
      if (!other || (one->marked && other->marked) || !(one->writes || other->writes)) continue;
      if (one->begin >= other->end || other->begin >= one->end) continue;
      races.insert(std::minmax(one->place, other->place));
    }
  }
}

std::vector<std::uint64_t> memory_of(const program_spec& program, const model_state& state) {
  std::vector<std::uint64_t> memory(state.words, state.words + program.words);
  memory.push_back(state.flags);
  for (std::size_t i = 0; i < program.locks.size(); ++i) {
    const auto& lock = state.locks[i];
    memory.push_back(static_cast<std::uint64_t>(lock.writer) |
                     static_cast<std::uint64_t>(lock.readers) << 32);
  }
  return memory;
}

std::vector<std::uint64_t> deadlock_of(const program_spec& program, const model_state& state) {
  auto memory = memory_of(program, state);
  for (std::size_t i = 0; i < state.threads.size(); ++i) {
    const auto& thread = state.threads[i];
    if (thread.finished) continue;
    const auto& code = *instruction_at(program, thread);
    memory.push_back(i);
    memory.push_back(static_cast<std::uint64_t>(thread.operation));
    memory.push_back(static_cast<std::uint64_t>(thread.pc));
    memory.insert(memory.end(), thread.regs, thread.regs + registers);
    const bool lock = code.code == opcode::acquire;
    memory.push_back(lock ? code.word + 1U : 0);
    std::uint64_t holders = 0;
    for (std::size_t k = 0; lock && k < state.threads.size(); ++k) {
      for (const auto& held : state.threads[k].held) {
        if (held.lock == code.word) holders |= std::uint64_t{1} << k;
      }
    }
    memory.push_back(holders);
  }
  return memory;
}

std::string key_of(const program_spec& program, const model_state& state) {
  std::string key;
  const auto add = [&key](std::uint64_t value) {
    key.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const auto value : memory_of(program, state)) add(value);
  for (const auto& thread : state.threads) {
    key += static_cast<char>(thread.operation);
    key += static_cast<char>(thread.pc);
    key += static_cast<char>(thread.phase << 2 | (thread.finished ? 2 : 0) | (thread.open ? 1 : 0));
    for (const auto reg : thread.regs) add(reg);
    for (const auto copied : thread.copied) add(thread.phase == 0 ? 0 : copied);
    for (const auto& held : thread.held) {
      key += static_cast<char>(held.lock + 1);
      key += static_cast<char>(held.subclass << 1 | held.mode);
    }
    key += '\0';
  }
  return key;
}

}  // namespace checker::generated
