// SPDX-License-Identifier: GPL-2.0-only
// No access to the arena goes unseen: the same code, as C and as C++, at -O0, -O1 and -O2, against
// what the processor really did.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "checker/detect/trap.hpp"
#include "checker/explore/brute_force.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/run/scenario.hpp"
#include "checker/trace/symbolize.hpp"
#include "tests/engine/instrumentation/accesses.h"

namespace checker::instrumentation {
namespace {

class one_call final : public program {
 public:
  one_call(void (*run)(side*, side*), trap& watching) : run_(run), watching_(watching) {}

  void setup() override {
    from_ = static_cast<side*>(arena_allocate((sizeof(side) + 4095) / 4096 * 4096, 4096));
    to_ = static_cast<side*>(arena_allocate((sizeof(side) + 4095) / 4096 * 4096, 4096));
    auto* const bytes = reinterpret_cast<unsigned char*>(from_);
    for (std::size_t i = 0; i < sizeof(side); ++i) bytes[i] = static_cast<unsigned char>(i * 7 + 1);
    from_->flag = true;
    from_->ld = 1.5L;
    to_->ld = 0;
    from_->f = 1;
    from_->d = 2;
  }
  std::vector<thread_spec> threads() override {
    return {{"thread", {{"call", [this] {
                           watching_.arm();
                           run_(from_, to_);
                           watching_.disarm();
                         }}}}};
  }

 private:
  void (*run_)(side*, side*);
  trap& watching_;
  side* from_ = nullptr;
  side* to_ = nullptr;
};

struct seen_by_trap {
  std::uint64_t accesses = 0, steps = 0;
  std::vector<unseen_access> unseen;
};

seen_by_trap watch_call(void (*run)(side*, side*)) {
  arena_reset();
  trap watching;
  one_call subject(run, watching);
  subject.setup();
  execution engine(subject, data_race_policy::off, 100'000);
  explore::brute_force search;
  engine.explore(search, [](outcome) { return true; });
  return {watching.accesses(), engine.counters().steps, watching.unseen()};
}

std::string describe(const unseen_access& access) {
  std::string text = fmt::format("{} of arena+{:#x} at", access.writes ? "write" : "read",
                                 access.address - arena_base);
  for (const auto& frame : symbolize({access.pc + 1})) {
    text += fmt::format(" {} {}:{}", frame.function, frame.file, frame.line);
  }
  return text;
}

struct compilation {
  const char* name;
  const access_case* cases;
};

void PrintTo(const compilation& value, std::ostream* out) { *out << value.name; }

class instrumentation : public testing::TestWithParam<compilation> {};

TEST_P(instrumentation, announces_every_access) {
  for (const auto* each = GetParam().cases; each->name != nullptr; ++each) {
    const auto seen = watch_call(each->run);
    EXPECT_GT(seen.accesses, 0U) << each->name;
    EXPECT_GT(seen.steps, 1U) << each->name;
    std::map<std::uintptr_t, unseen_access> places;
    for (const auto& access : seen.unseen) places.emplace(access.pc, access);
    for (const auto& [pc, access] : places) {
      ADD_FAILURE() << GetParam().name << ", " << each->name << ": unseen " << describe(access);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(compilers, instrumentation,
                         testing::Values(compilation{"C -O0", accesses_c_o0},
                                         compilation{"C -O1", accesses_c_o1},
                                         compilation{"C -O2", accesses_c_o2},
                                         compilation{"C++ -O0", accesses_cpp_o0},
                                         compilation{"C++ -O1", accesses_cpp_o1},
                                         compilation{"C++ -O2", accesses_cpp_o2}));

// This file is not instrumented: the trap must say so, or it would prove nothing.
__attribute__((noinline)) void uninstrumented_write(side* /*from*/, side* to) {
  *const_cast<volatile std::uint64_t*>(&to->u64[3]) = 7;
}
__attribute__((noinline)) void uninstrumented_read(side* from, side* /*to*/) {
  (void)*const_cast<volatile std::uint8_t*>(&from->u8[3]);
}
// The second word of a wide access.
__attribute__((noinline)) void half_announced(side* /*from*/, side* to) {
  execution::running->access(&to->v, 8, false, true, false, 0);
  to->v = vector{1, 2, 3, 4};
}
// Announced as a read only.
__attribute__((noinline)) void write_announced_as_read(side* /*from*/, side* to) {
  execution::running->access(&to->u64[3], 8, true, false, false, 0);
  *const_cast<volatile std::uint64_t*>(&to->u64[3]) = 0;
}

TEST(instrumentation_trap, sees_what_was_not_announced) {
  for (auto* const run :
       {uninstrumented_write, uninstrumented_read, half_announced, write_announced_as_read}) {
    EXPECT_FALSE(watch_call(run).unseen.empty());
  }
  EXPECT_TRUE(watch_call(uninstrumented_write).unseen[0].writes);
}

}  // namespace
}  // namespace checker::instrumentation
