// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/promela.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tests/engine/generated/promela_names.hpp"

namespace checker::generated {
namespace {

/// Every variable, in the order in which they are printed. All programs of a model share them.
std::string declarations() {
  std::string text;
  for (const auto& name : promela::state_variables()) {
    text += fmt::format("{} {}; ", name[0] == 'w' || name[0] == 'r' ? "int" : "byte", name);
  }
  text += "\nbyte resume; int old;\n";
  for (int thread = 0; thread < max_threads; ++thread) {
    text += fmt::format("int c{0}_0, c{0}_1;\n", thread);
  }
  return text;
}

std::string print_state() {
  std::string format, values;
  for (const auto& name : promela::state_variables()) {
    format += " %d";
    values += ", now." + name;
  }
  return fmt::format("c_code {{ printf(\"state{}\\n\"{}); }}", format, values);
}

}  // namespace

std::string not_expressible(const program_spec& program) {
  std::size_t instructions = 0;
  for (const auto& thread : program.threads) {
    std::size_t numbers = 2;
    for (const auto& operation : thread) {
      numbers += 2 * (operation.size() + 1);
      instructions += operation.size();
      int depth = 0;
      for (const auto& code : operation) {
        depth += code.code == opcode::atomic_begin ? 1 : code.code == opcode::atomic_end ? -1 : 0;
        const bool blocks = code.code == opcode::acquire || code.code == opcode::wait ||
                            code.code == opcode::read_begin || code.code == opcode::choose ||
                            code.code == opcode::forget;
        if (depth > 0 && blocks) return "something in an atomic block that can't be there";
      }
    }
    if (numbers > promela::halted) return "a thread with too many positions";
    for (unsigned i = 0; i < program.locks.size(); ++i) {
      const bool shared = std::ranges::any_of(program.locks, [&](const lock_spec& other) {
        return &other != &program.locks[i] && other.lock_class == program.locks[i].lock_class;
      });
      if (shared && promela::subclasses_of(thread, i).size() > 1)
        return "a lock that is taken with several subclasses";
    }
  }
  // Each instruction adds at most 3 to the largest value.
  if (3 * (instructions + 1) >= 1U << promela::half_bits) return "values that may grow too large";
  return "";
}

std::string promela_model(std::span<const program_spec> programs) {
  std::string text =
      "c_decl { void raise_outside(int program, int flag); }\n"
      "c_code {\n"
      "  static int outside[256];\n"
      "  void raise_outside(int program, int flag) {\n"
      "    if ((outside[program] & flag) == 0) printf(\"outside %d %d\\n\", program, flag);\n"
      "    outside[program] |= flag;\n"
      "  }\n"
      "}\n" +
      declarations();
  std::string start;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const auto& program = programs[i];
    start += fmt::format("    :: program = {}; turn = {};", i, promela::starting);
    for (int word = 0; word < program.words; ++word) {
      start += fmt::format(" w{} = {};", word, program.initial[word]);
    }
    for (std::size_t thread = 0; thread < program.threads.size(); ++thread) {
      text += promela::thread_process(program, i, thread);
      start += fmt::format(" run p{}t{}();", i, thread);
    }
    start += "\n";
  }
  // `timeout` holds where nothing else can go on: at the end, in a deadlock, after a violation.
  return text + "init {\n  atomic {\n    if\n" + start + "    fi\n  };\n  timeout -> " +
         print_state() + "\n}\n";
}

}  // namespace checker::generated
