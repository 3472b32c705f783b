// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include "tests/engine/generated/program.hpp"

namespace checker::generated {
namespace {

std::string word_text(const instruction& code) {
  constexpr const char* parts[] = {"", ".low", ".high"};
  return fmt::format("w{}{}", code.word, parts[code.part]);
}

std::string operand_text(const instruction& code) {
  if (code.from < 0) return fmt::format("{}", code.value);
  return fmt::format("(r{} + {}) & 3", code.from, code.value);
}

std::string lock_text(const instruction& code) {
  return fmt::format("{}{}{}", static_cast<char>('A' + code.word),
                     code.mode == checker_lock_read ? ", read" : "",
                     code.subclass == 0 ? "" : fmt::format(", subclass {}", code.subclass));
}

std::string text_of(const instruction& code) {
  const char* const mark = code.marked ? "marked " : "";
  switch (code.code) {
    case opcode::load:
      return fmt::format("{}r{} = {}", mark, code.reg, word_text(code));
    case opcode::store:
      return fmt::format("{}{} = {}", mark, word_text(code), operand_text(code));
    case opcode::add:
      return fmt::format("r{} = fetch_add({}, {})", code.reg, word_text(code), operand_text(code));
    case opcode::count:
      return fmt::format("{} += {}", word_text(code), operand_text(code));
    case opcode::exchange:
      return fmt::format("r{} = exchange({}, {})", code.reg, word_text(code), operand_text(code));
    case opcode::compare_exchange:
      return fmt::format("r{} = compare_exchange({}, {} -> {})", code.reg, word_text(code),
                         code.other, operand_text(code));
    case opcode::copy:
      return fmt::format("copy w{}, w{} from w{}, w{}", code.word, code.word + 1, code.other,
                         code.other + 1);
    case opcode::assign:
      return fmt::format("assign w{} = w{}", code.word, code.other);
    case opcode::acquire:
      return fmt::format("lock({})", lock_text(code));
    case opcode::try_acquire:
      return fmt::format("r{} = trylock({})", code.reg, lock_text(code));
    case opcode::release:
      return fmt::format("unlock({})", lock_text(code));
    case opcode::is_locked:
      return fmt::format("r{} = is_locked({})", code.reg, lock_text(code));
    case opcode::release_if_locked:
      return fmt::format("unlock_if_locked({})", lock_text(code));
    case opcode::choose:
      return fmt::format("r{} = choose({})", code.reg, code.value);
    case opcode::wait:
      return fmt::format("wait until (w{} & {}) == {}", code.word, code.other, code.value);
    case opcode::atomic_begin:
      return "atomic {";
    case opcode::atomic_end:
      return "}";
    case opcode::ghost_add:
      return fmt::format("ghost w{} += {}", code.word, code.value);
    case opcode::skip_if_equal:
      return fmt::format("if r{} == {} skip {}", code.reg, code.value, code.skip);
    case opcode::skip_if_differs:
      return fmt::format("if r{} != {} skip {}", code.reg, code.value, code.skip);
    case opcode::forget:
      return "forget registers";
    case opcode::write_begin:
      return fmt::format("write_seqcount_begin(w{})", code.word);
    case opcode::write_end:
      return fmt::format("write_seqcount_end(w{})", code.word);
    case opcode::read_begin:
      return fmt::format("r{} = read_seqcount_begin(w{})", code.reg, code.word);
    case opcode::read_retry:
      return fmt::format("r{} = read_seqcount_retry(w{}, r{})", code.reg, code.word, code.reg);
  }
  return "?";
}

const char* kind_text(checker_lock_kind kind) {
  switch (kind) {
    case checker_lock_spin:
      return "spinlock";
    case checker_lock_rwsem:
      return "rwsem";
    case checker_lock_mutex:
      return "mutex";
    case checker_lock_bit:
      return "bit lock";
  }
  return "?";
}

const char* trigger_text(trigger when) {
  switch (when) {
    case trigger::store:
      return "a store to a watched word";
    case trigger::release:
      return "a release";
    case trigger::operation_end:
      return "an operation's end";
  }
  return "?";
}

}  // namespace

std::string listing(const program_spec& program) {
  std::string text;
  for (int i = 0; i < program.words; ++i) {
    text +=
        fmt::format("w{} = {}{}\n", i, program.initial[i], program.watched[i] ? ", watched" : "");
  }
  for (std::size_t i = 0; i < program.locks.size(); ++i) {
    text += fmt::format("{}: {}, class {}\n", static_cast<char>('A' + i),
                        kind_text(program.locks[i].kind),
                        static_cast<char>('a' + program.locks[i].lock_class));
  }
  for (std::size_t i = 0; i < program.hooks.size(); ++i) {
    const auto& hook = program.hooks[i];
    text += fmt::format("after {}: if w{} == {} and w{} == {}, flag {}{}\n",
                        trigger_text(hook.when), hook.a, hook.a_value, hook.b, hook.b_value, i,
                        hook.in_arena ? " (in the arena)" : "");
  }
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    text += fmt::format("thread {}\n", t);
    for (std::size_t i = 0; i < program.threads[t].size(); ++i) {
      if (program.threads[t].size() > 1) text += fmt::format(" operation {}\n", i);
      const auto& code = program.threads[t][i];
      for (std::size_t pc = 0; pc < code.size(); ++pc) {
        const bool access = code[pc].code <= opcode::assign;
        text += fmt::format("  {:2}  {}{}\n", pc, text_of(code[pc]),
                            access ? fmt::format("  @{}", code[pc].place) : "");
      }
    }
  }
  return text;
}

}  // namespace checker::generated
