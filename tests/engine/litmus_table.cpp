// SPDX-License-Identifier: GPL-2.0-only
// What each litmus test shows, and what the models allow.
#include "tests/engine/litmus_table.hpp"

#include <vector>

namespace checker::engine_tests {
namespace {

using outcome = litmus_outcome;

bool late_data(const outcome& o) { return o.seen[0] == 1 && o.seen[1] == 0; }
bool both_zero(const outcome& o) { return o.seen[0] == 0 && o.seen[1] == 0; }
bool both_one(const outcome& o) { return o.seen[0] == 1 && o.seen[1] == 1; }
bool r(const outcome& o) { return o.y == 2 && o.seen[0] == 0; }
bool s(const outcome& o) { return o.seen[0] == 1 && o.x == 2; }
bool two_plus_two(const outcome& o) { return o.x == 1 && o.y == 1; }
bool iriw(const outcome& o) {
  return o.seen[0] == 1 && o.seen[1] == 0 && o.seen[2] == 1 && o.seen[3] == 0;
}
bool coww(const outcome& o) { return o.x == 1; }
bool corw(const outcome& o) { return o.seen[0] == 2 && o.x == 2; }
bool cowr(const outcome& o) { return o.seen[0] == 2 && o.x == 1; }
bool chain(const outcome& o) { return o.seen[0] == 1 && o.seen[1] == 1 && o.seen[2] == 0; }
bool two_back(const outcome& o) { return o.seen[0] == 1 && o.seen[1] == 2; }

constexpr auto yes = allowed::yes;
constexpr auto no = allowed::no;
constexpr auto none = allowed::not_applicable;

constexpr const char* program_order =
    "Threads execute in program order, so a store never comes before an earlier load";
constexpr const char* execution_order =
    "Modification order is execution order, and threads execute in program order";

}  // namespace

std::span<const litmus> litmus_table() {
  static const std::vector<litmus> all = {
      // name, outcome, is, sc, c11, C++11, LKMM, why
      {"MP", "1:r0=1 1:r1=0", late_data, false, true, yes, yes, ""},
      {"MP+wmb+po", "1:r0=1 1:r1=0", late_data, false, true, yes, yes, ""},
      {"MP+po+rmb", "1:r0=1 1:r1=0", late_data, false, true, yes, yes, ""},
      {"MP+wmb+rmb", "1:r0=1 1:r1=0", late_data, false, false, no, no, ""},
      {"MP+mbs", "1:r0=1 1:r1=0", late_data, false, false, no, no, ""},
      {"MP+rel+acq", "1:r0=1 1:r1=0", late_data, false, false, no, no, ""},
      {"MP+plain+rel+acq", "1:r0=1 1:r1=0", late_data, false, false, no, no, ""},
      {"MP+rel+po", "1:r0=1 1:r1=0", late_data, false, true, yes, yes, ""},
      {"MP+wmb+ctrl", "1:r0=1 1:r1=0", late_data, false, true, yes, yes, ""},
      {"MP+wmb+addr", "1:r0=&x 1:r1=0", late_data, false, false, yes, no,
       "C++11 orders an address dependency with memory_order_consume only; the kernel relies on "
       "it, "
       "so it is followed here"},
      {"MP+wmb+addr by index", "1:r0=1 1:r1=0", late_data, false, false, yes, no,
       "As the one before, with the address computed and checker_depends() called"},
      {"MP+locks", "1:r0=1 1:r1=0", late_data, false, false, no, no, ""},
      {"MP+unlock-lock+rmb", "1:r0=1 1:r1=0", late_data, false, false, yes, no,
       "C++11 orders the two sections for those who take the locks; the kernel for all, and so "
       "does "
       "this checker"},
      {"MP+wmb+unlock-lock", "1:r0=1 1:r1=0", late_data, false, false, yes, no,
       "As the one before, on the reader's side"},
      {"SB", "0:r0=0 1:r1=0", both_zero, false, true, yes, yes, ""},
      {"SB+mb+po", "0:r0=0 1:r1=0", both_zero, false, true, yes, yes, ""},
      {"SB+mbs", "0:r0=0 1:r1=0", both_zero, false, false, no, no, ""},
      {"SB+rel-acq", "0:r0=0 1:r1=0", both_zero, false, true, yes, yes, ""},
      {"SB+sc", "0:r0=0 1:r1=0", both_zero, false, false, no, none,
       "The kernel has no seq_cst loads and stores"},
      {"SB+xchgs", "0:r0=0 1:r1=0", both_zero, false, false, yes, no,
       "A value-returning atomic of the kernel is a full barrier; in C++11 a relaxed load may "
       "still "
       "come before it. A seq_cst read-modify-write is taken for the kernel's"},
      {"SB+xchg+mb", "0:r0=0 1:r1=0", both_zero, false, false, yes, no, "As the one before"},
      {"SB+sc+mb", "0:r0=0 1:r1=0", both_zero, false, false, no, none,
       "The kernel has no seq_cst loads and stores"},
      {"SB+locks", "0:r0=0 1:r1=0", both_zero, false, false, no, no, ""},
      {"SB+unlock-lock+mb", "0:r0=0 1:r1=0", both_zero, false, true, yes, yes, ""},
      {"LB", "0:r0=1 1:r1=1", both_one, false, false, yes, yes, program_order},
      {"LB+acq+rel", "0:r0=1 1:r1=1", both_one, false, false, no, no, ""},
      {"LB+datas", "0:r0=1 1:r1=1", both_one, false, false, yes, no,
       "A value out of thin air: C++11 says only that it should not be; the kernel relies on the "
       "data dependency"},
      {"LB+ctrls", "0:r0=1 1:r1=1", both_one, false, false, yes, no,
       "As the one before, by a control dependency"},
      {"R", "y=2 1:r0=0", r, false, true, yes, yes, ""},
      {"R+wmb+mb", "y=2 1:r0=0", r, false, true, yes, yes, ""},
      {"R+mbs", "y=2 1:r0=0", r, false, false, no, no, ""},
      {"S", "1:r0=1 x=2", s, false, false, yes, yes, execution_order},
      {"S+rel+acq", "1:r0=1 x=2", s, false, false, no, no, ""},
      {"2+2W", "x=1 y=1", two_plus_two, false, false, yes, yes, execution_order},
      {"2+2W+wmbs", "x=1 y=1", two_plus_two, false, false, yes, yes, execution_order},
      {"2+2W+mbs", "x=1 y=1", two_plus_two, false, false, no, no, ""},
      {"IRIW", "2:r0=1 2:r1=0 3:r2=1 3:r3=0", iriw, false, true, yes, yes, ""},
      {"IRIW+acqs", "2:r0=1 2:r1=0 3:r2=1 3:r3=0", iriw, false, true, yes, yes, ""},
      {"IRIW+mbs", "2:r0=1 2:r1=0 3:r2=1 3:r3=0", iriw, false, false, yes, no,
       "seq_cst fences forbid it from C++20 on; Relacy orders them so already"},
      {"IRIW+sc", "2:r0=1 2:r1=0 3:r2=1 3:r3=0", iriw, false, false, no, none,
       "The kernel has no seq_cst loads and stores"},
      {"CoRR", "1:r0=1 1:r1=0", late_data, false, false, no, no, ""},
      {"CoWW", "x=1", coww, false, false, no, no, ""},
      {"CoRW", "0:r0=2 x=2", corw, false, false, no, no, ""},
      {"CoWR", "0:r0=2 x=1", cowr, false, false, no, no, ""},
      {"WRC", "1:r0=1 2:r1=1 2:r2=0", chain, false, true, yes, yes, ""},
      {"WRC+data+rmb", "1:r0=1 2:r1=1 2:r2=0", chain, false, true, yes, yes, ""},
      {"WRC+wmb+rmb", "1:r0=1 2:r1=1 2:r2=0", chain, false, false, no, yes,
       "smp_wmb() orders stores only; it is a release fence here, which orders loads before it "
       "too"},
      {"WRC+rel+rmb", "1:r0=1 2:r1=1 2:r2=0", chain, false, false, no, no, ""},
      {"ISA2", "1:r0=1 2:r1=1 2:r2=0", chain, false, true, yes, yes, ""},
      {"ISA2+rel+acq-rel+acq", "1:r0=1 2:r1=1 2:r2=0", chain, false, false, no, no, ""},
      {"ISA2+locks+mb", "1:r0=1 2:r1=1 2:r2=0", chain, false, false, yes, no,
       "C++11 orders the two sections for those who take the lock; the kernel for all, and so does "
       "this checker"},
      {"look-back", "1:r0=1 1:r1=2", two_back, false, true, yes, yes, ""},
      {"look-back+1", "1:r0=1 1:r1=1",
       [](const outcome& o) { return o.seen[0] == 1 && o.seen[1] == 1; }, false, false, yes, yes,
       "Relacy keeps the last three stores to a place; the verdict says `bounded` then"},
  };
  return all;
}

}  // namespace checker::engine_tests
