// SPDX-License-Identifier: GPL-2.0-only
// Litmus tests: small programs that tell memory models apart. And programs of the same kind, to be
// generated. Code under test.
#pragma once

#include <cstdint>

#include "checker/intercept/api.h"

namespace checker::engine_tests {

inline constexpr int litmus_threads = 4;
inline constexpr int litmus_registers = 4;

/// In the arena, all zero at first but for the locks and `pointer`, which points to `z`.
struct litmus_world {
  std::uint64_t x, y, z;
  std::uint64_t* pointer;
  checker_lock a, b;
};

/// What the loads of the last execution returned; outside of the arena, so that keeping it is no
/// step.
extern std::uint64_t seen[litmus_registers];

void init_litmus(litmus_world* world);

struct litmus_program {
  const char* name;
  void (*threads[litmus_threads])(litmus_world*);  ///< as many as there are
};

extern const litmus_program litmus_programs[];
extern const int litmus_program_count;

struct litmus_operation {
  enum class type : std::uint8_t {
    load,      ///< into register `value`
    store,     ///< of `value`
    add,       ///< `value`, to what is there
    exchange,  ///< compare-exchange of `value` - 1 by `value`
    fence,
    lock,
    unlock,
    half_store,  ///< of `value`, to 4 of the 8 bytes
    wait,        ///< until it is `value`
    inspect,     ///< a load; if it finds something, ghost code that no other place may be `value`
  };
  litmus_operation::type what;
  int order;  ///< __ATOMIC_*
  int place;  ///< 0, 1, 2: x, y, z; of a lock 0, 1: a, b
  std::uint64_t value;
};

/// Runs one thread of a generated program.
void run_litmus_code(litmus_world* world, const litmus_operation* code, int length);

}  // namespace checker::engine_tests
