// SPDX-License-Identifier: GPL-2.0-only
// Data races in the kernel's sense: conflicting accesses at the same time, one of them plain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using rules_program = simple_program<rules>;

result explore(void (*one)(rules*), void (*other)(rules*), data_race_policy policy,
               bool cache = true) {
  rules_program subject(init);
  subject.thread({one}).thread({other});
  explore::options how;
  how.data_races = policy;
  how.state_cache = cache;
  return explore::run(subject, how);
}

TEST(data_race, report_goes_on) {
  const auto found = explore(plain_store, plain_load, data_race_policy::report);
  EXPECT_EQ(found.outcome, verdict::verified);
  ASSERT_THAT(found.reports, SizeIs(1));
  EXPECT_THAT(found.reports[0], HasSubstr("BUG: KCSAN: data-race in plain_load / plain_store"));
  EXPECT_THAT(found.reports[0], HasSubstr("write to 0x0000200000000"));
  EXPECT_THAT(found.reports[0], HasSubstr("read to 0x0000200000000"));
  EXPECT_THAT(found.reports[0], HasSubstr("of 8 bytes by task thread 0"));
  EXPECT_THAT(found.reports[0], HasSubstr("on cpu 1"));
  EXPECT_THAT(found.reports[0], HasSubstr("rules_code.cpp:"));
  EXPECT_THAT(found.reports[0], Not(HasSubstr("marked")));
}

TEST(data_race, fail_is_a_violation) {
  const auto found = explore(plain_store, plain_load, data_race_policy::fail);
  ASSERT_THAT(kinds_of(found), ElementsAre("data-race"));
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  const auto& trace = found.violations[0].counterexample;
  ASSERT_THAT(trace.result.conflicting_steps, SizeIs(2));
  for (const int index : trace.result.conflicting_steps) {
    ASSERT_GE(index, 0);
    ASSERT_LT(static_cast<std::size_t>(index), trace.steps.size());
  }
  const auto& one = trace.steps[static_cast<std::size_t>(trace.result.conflicting_steps[0])];
  const auto& other = trace.steps[static_cast<std::size_t>(trace.result.conflicting_steps[1])];
  EXPECT_EQ(one.address, other.address);
  EXPECT_NE(one.thread, other.thread);
}

TEST(data_race, off_says_nothing) {
  const auto found = explore(plain_store, plain_load, data_race_policy::off);
  EXPECT_EQ(found.outcome, verdict::verified);
  EXPECT_THAT(found.reports, IsEmpty());
}

TEST(data_race, one_marked_side_is_told) {
  const auto found = explore(plain_store, marked_load, data_race_policy::report);
  ASSERT_THAT(found.reports, SizeIs(1));
  EXPECT_THAT(found.reports[0], HasSubstr("read (marked) to"));
  EXPECT_THAT(explore(marked_store, plain_load, data_race_policy::report).reports, SizeIs(1));
}

TEST(data_race, an_atomic_update_is_a_marked_read_write) {
  const auto found = explore(plain_load, atomic_add, data_race_policy::report);
  ASSERT_THAT(found.reports, SizeIs(1));
  EXPECT_THAT(found.reports[0], HasSubstr("read-write (marked) to"));
}

TEST(data_race, none_where_both_are_marked_or_both_read) {
  EXPECT_THAT(explore(marked_store, marked_load, data_race_policy::report).reports, IsEmpty());
  EXPECT_THAT(explore(atomic_add, atomic_add, data_race_policy::report).reports, IsEmpty());
  EXPECT_THAT(explore(plain_load, plain_load, data_race_policy::report).reports, IsEmpty());
}

TEST(data_race, none_under_a_lock) {
  EXPECT_THAT(explore(locked_store, locked_store, data_race_policy::report).reports, IsEmpty());
  EXPECT_THAT(explore(locked_store, plain_load, data_race_policy::report).reports, SizeIs(1));
}

TEST(data_race, is_about_bytes) {
  EXPECT_THAT(explore(plain_half_store, plain_other_half_load, data_race_policy::report).reports,
              IsEmpty());
  EXPECT_THAT(explore(plain_half_store, plain_load, data_race_policy::report).reports, SizeIs(1));
}

TEST(data_race, is_found_without_the_cache_too) {
  EXPECT_THAT(explore(plain_store, plain_load, data_race_policy::report, false).reports, SizeIs(1));
}

TEST(data_race, replays) {
  const auto found = explore(plain_store, plain_load, data_race_policy::fail);
  ASSERT_THAT(kinds_of(found), ElementsAre("data-race"));
  rules_program subject(init);
  subject.thread({plain_store}).thread({plain_load});
  const auto replayed = explore::replay(subject, found.violations[0].counterexample, {});
  EXPECT_TRUE(replayed.fits) << replayed.divergence;
  EXPECT_EQ(replayed.recorded.result.kind, "data-race");
  EXPECT_TRUE(replayed.recorded.steps == found.violations[0].counterexample.steps);
}

}  // namespace
}  // namespace checker::engine_tests
