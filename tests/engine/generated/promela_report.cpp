// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include <cstdint>
#include <sstream>
#include <stdexcept>

#include "tests/engine/generated/promela.hpp"
#include "tests/engine/generated/promela_names.hpp"

namespace checker::generated {
namespace promela {

std::vector<std::string> state_variables() {
  std::vector<std::string> names = {"program", "turn", "flags"};
  for (int i = 0; i < max_words; ++i) names.push_back(fmt::format("w{}", i));
  for (int lock = 0; lock < max_locks; ++lock) {
    names.push_back(fmt::format("k{}", lock));
    for (int thread = 0; thread < max_threads; ++thread) {
      names.push_back(fmt::format("q{}_{}", lock, thread));
    }
  }
  for (int thread = 0; thread < max_threads; ++thread) {
    names.push_back(fmt::format("pc{}", thread));
    for (int i = 0; i < registers; ++i) names.push_back(fmt::format("r{}_{}", thread, i));
  }
  return names;
}

}  // namespace promela

namespace {

/// One printed state.
class state_reader {
 public:
  explicit state_reader(std::istream& line) : line_(line) {
    program = number();
    turn = number();
    flags = number();
    for (auto& word : words) word = wide(number());
    for (auto& lock : locks) {
      lock.writer = number();
      for (auto& count : lock.readers) count = number();
    }
    for (auto& thread : threads) {
      thread.place = number();
      for (auto& reg : thread.regs) reg = wide(number());
    }
  }

  struct lock_state {
    std::size_t writer = 0, readers[max_threads] = {};

    std::uint64_t value() const {
      std::uint64_t sum = 0;
      for (const auto count : readers) sum += count;
      return writer | sum << 32;
    }
    std::uint64_t holders() const {
      std::uint64_t set = writer == 0 ? 0 : std::uint64_t{1} << (writer - 1);
      for (int i = 0; i < max_threads; ++i) {
        if (readers[i] != 0) set |= std::uint64_t{1} << i;
      }
      return set;
    }
  };
  struct thread_state {
    std::size_t place = 0;
    std::uint64_t regs[registers] = {};
  };

  std::size_t program = 0, turn = 0, flags = 0;
  std::uint64_t words[max_words] = {};
  lock_state locks[max_locks];
  thread_state threads[max_threads];

 private:
  std::size_t number() {
    std::size_t value = 0;
    if (!(line_ >> value)) throw std::runtime_error("the verifier printed half a state");
    return value;
  }
  /// A number of the model as the 64-bit word it stands for.
  static std::uint64_t wide(std::size_t value) {
    const auto low = value & ((std::size_t{1} << promela::half_bits) - 1);
    return low | static_cast<std::uint64_t>(value >> promela::half_bits) << 32;
  }

  std::istream& line_;
};

/// Appends who stands where, as observations::deadlocks has it. False if everybody has finished.
bool append_waits(const program_spec& program, const state_reader& state,
                  std::vector<std::uint64_t>& memory) {
  bool any = false;
  for (std::size_t i = 0; i < program.threads.size(); ++i) {
    const auto& thread = state.threads[i];
    if (thread.place == promela::finished) continue;
    any = true;
    const auto where = promela::place_numbers(program.threads[i]).at(thread.place);
    if (!where || where->pc >= program.threads[i][where->operation].size()) {
      throw std::runtime_error("a thread is left where nothing can block it");
    }
    const auto& code = program.threads[i][where->operation][where->pc];
    const bool lock = code.code == opcode::acquire;
    memory.insert(memory.end(), {i, where->operation, where->pc});
    memory.insert(memory.end(), std::begin(thread.regs), std::end(thread.regs));
    memory.push_back(lock ? code.word + 1U : 0);
    memory.push_back(lock ? state.locks[code.word].holders() : 0);
  }
  return any;
}

void note_state(std::span<const program_spec> programs, const state_reader& state,
                std::vector<observations>& seen) {
  const auto& program = programs[state.program];
  auto& found = seen[state.program];
  if (state.turn != 0) {
    const auto rule = state.turn - promela::violated;
    if (state.turn < promela::violated || rule >= std::size(promela::broken_rule_names)) {
      throw std::runtime_error(fmt::format("the model stands still with turn {}", state.turn));
    }
    found.violations.insert(promela::broken_rule_names[rule]);
    return;
  }
  std::vector<std::uint64_t> memory(state.words, state.words + program.words);
  memory.push_back(state.flags);
  for (std::size_t i = 0; i < program.locks.size(); ++i) memory.push_back(state.locks[i].value());
  auto waiting = memory;
  if (append_waits(program, state, waiting)) {
    found.deadlocks.insert(std::move(waiting));
  } else {
    found.finals.insert(std::move(memory));
  }
}

}  // namespace

std::vector<observations> read_verifier(std::span<const program_spec> programs,
                                        std::string_view output) {
  std::vector<observations> seen(programs.size());
  std::istringstream lines{std::string(output)};
  for (std::string text; std::getline(lines, text);) {
    std::istringstream line(text);
    std::string word;
    line >> word;
    if (word == "state") {
      note_state(programs, state_reader(line), seen);
    } else if (word == "outside") {
      std::size_t program = 0, flag = 0;
      line >> program >> flag;
      seen.at(program).flags |= flag;
    }
  }
  return seen;
}

}  // namespace checker::generated
