// SPDX-License-Identifier: GPL-2.0-only
#include <dlfcn.h>
#include <gmock/gmock.h>

#include <cstdlib>

#include "checker/trace/symbolize.hpp"

namespace model::v4_14 {
namespace {

[[gnu::noinline]] std::uintptr_t calls_inlined();

}  // namespace

struct world {
  [[gnu::noinline]] static std::uintptr_t method();
};

}  // namespace model::v4_14

// Out of line, so that it returns into its caller.
[[gnu::noinline]] std::uintptr_t caller_address() {
  return reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
}

namespace model::v4_14 {

constexpr int method_line = __LINE__ + 3;

std::uintptr_t world::method() {
  const std::uintptr_t address = caller_address();
  return address + static_cast<std::uintptr_t>(std::getenv("no such variable") != nullptr);
}

namespace {

// Keeps the optimizer from turning the calls below into jumps.
volatile int unknown = 1;

[[gnu::always_inline]] inline std::uintptr_t inlined_part() {
  const std::uintptr_t address = caller_address();
  return address + static_cast<std::uintptr_t>(unknown == 12345 ? 1 : 0);
}

std::uintptr_t calls_inlined() {
  const std::uintptr_t address = inlined_part();
  return address + static_cast<std::uintptr_t>(unknown == 54321 ? 1 : 0);
}

}  // namespace
}  // namespace model::v4_14

namespace checker::trace {
namespace {

TEST(short_name, keeps_the_last_identifier) {
  EXPECT_EQ(short_name("copy_pte_range"), "copy_pte_range");
  EXPECT_EQ(short_name("model::v4_14::copy_pte_range(mm_struct*, int)"), "copy_pte_range");
  EXPECT_EQ(short_name("model::(anonymous namespace)::f(std::vector<int>)"), "f");
  EXPECT_EQ(short_name("(anonymous namespace)::g()"), "g");
  EXPECT_EQ(short_name("void model::load<int, a::b<c>>(int)"), "load");
  EXPECT_EQ(short_name("a::b<(c)3>::method(d::e<f>) const"), "method");
  EXPECT_EQ(short_name("unsigned long read_once<unsigned long>(unsigned long const&)"),
            "read_once");
  EXPECT_EQ(short_name("x::operator<<(int)"), "operator<<");
  EXPECT_EQ(short_name("x::operator()(int) const"), "operator()");
  EXPECT_EQ(short_name("dup_mmap(mm*)::{lambda(int)#1}::operator()(int) const"), "dup_mmap lambda");
  EXPECT_EQ(short_name("zap_pte_range(int) [clone .isra.0]"), "zap_pte_range");
  EXPECT_EQ(short_name("zap_pte_range.part.0"), "zap_pte_range");
  EXPECT_EQ(short_name(""), "");
}

TEST(symbolizer, finds_function_file_and_line) {
  symbolizer names;
  const std::vector<frame>& frames = names.frames_at(model::v4_14::world::method());
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].function, "method");
  EXPECT_EQ(frames[0].file, "tests/unit/test_symbolize.cpp");
  EXPECT_EQ(frames[0].line, model::v4_14::method_line);
}

TEST(symbolizer, expands_inlined_calls_outermost_first) {
  symbolizer names;
  const std::vector<frame>& frames = names.frames_at(model::v4_14::calls_inlined());
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].function, "calls_inlined");
  EXPECT_EQ(frames[1].function, "inlined_part");
}

TEST(symbolizer, knows_shared_objects) {
  symbolizer names;
  void* const address = ::dlsym(RTLD_DEFAULT, "qsort");
  ASSERT_NE(address, nullptr);
  const std::vector<frame>& frames = names.frames_at(reinterpret_cast<std::uintptr_t>(address) + 1);
  ASSERT_FALSE(frames.empty());
  EXPECT_THAT(frames.back().function, testing::HasSubstr("qsort"));
}

TEST(symbolizer, admits_what_it_does_not_know) {
  symbolizer names;
  const frame unknown{"0x1234", "", 0};
  EXPECT_THAT(names.frames_at(0x1234), testing::ElementsAre(unknown));
  EXPECT_EQ(names.frames_at(0).size(), 1U);
}

TEST(symbolizer, answers_alike_from_its_cache) {
  symbolizer names;
  const std::uintptr_t address = model::v4_14::world::method();
  const std::vector<frame> first = names.frames_at(address);
  EXPECT_EQ(names.frames_at(address), first);
}

}  // namespace
}  // namespace checker::trace
