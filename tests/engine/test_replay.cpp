// SPDX-License-Identifier: GPL-2.0-only
// A trace replays exactly, or the replay says where it no longer fits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using rules_program = simple_program<rules>;

rules_program deadlocking() {
  rules_program subject(init);
  subject.thread({store_y, lock_a_then_b}).thread({lock_b_then_a});
  return subject;
}

trace::document counterexample_of(rules_program subject) {
  auto found = explore::run(subject, {});
  return found.violations.at(0).counterexample;
}

TEST(replay, repeats_exactly) {
  const auto original = counterexample_of(deadlocking());
  EXPECT_EQ(original.result.kind, "deadlock");
  auto subject = deadlocking();
  const auto replayed = explore::replay(subject, original, {});
  EXPECT_TRUE(replayed.fits) << replayed.divergence;
  EXPECT_TRUE(replayed.recorded.result == original.result);
  EXPECT_TRUE(replayed.recorded.steps == original.steps);
  EXPECT_TRUE(replayed.recorded.schedule == original.schedule);
}

TEST(replay, repeats_choices) {
  rules_program subject(init);
  subject.thread({choose_then_fail});
  const auto original = counterexample_of(std::move(subject));
  rules_program again(init);
  again.thread({choose_then_fail});
  const auto replayed = explore::replay(again, original, {});
  EXPECT_TRUE(replayed.fits) << replayed.divergence;
  EXPECT_EQ(replayed.recorded.result.kind, "chosen");
}

TEST(replay, of_another_program_says_where_it_stops_fitting) {
  auto original = counterexample_of(deadlocking());
  rules_program other(init);
  other.thread({store_y, take_a}).thread({take_a});
  const auto replayed = explore::replay(other, original, {});
  EXPECT_FALSE(replayed.fits);
  EXPECT_THAT(replayed.divergence, HasSubstr("decision "));
  EXPECT_THAT(replayed.recorded.result.kind, "");
}

TEST(replay, of_a_schedule_cut_short) {
  auto original = counterexample_of(deadlocking());
  ASSERT_GT(original.schedule.size(), 1U);
  original.schedule.pop_back();
  auto subject = deadlocking();
  const auto replayed = explore::replay(subject, original, {});
  EXPECT_FALSE(replayed.fits);
  EXPECT_THAT(replayed.divergence, HasSubstr("the recorded execution ends here"));
}

TEST(replay, of_a_schedule_with_more_than_there_is) {
  auto original = counterexample_of(deadlocking());
  original.schedule.push_back(original.schedule.back());
  auto subject = deadlocking();
  const auto replayed = explore::replay(subject, original, {});
  EXPECT_FALSE(replayed.fits);
  EXPECT_THAT(replayed.divergence, HasSubstr("ended before"));
}

TEST(replay, of_a_thread_that_is_not_there) {
  for (const int wrong : {7, -1, 1'000'000}) {
    auto original = counterexample_of(deadlocking());
    original.schedule.front().value = wrong;
    auto subject = deadlocking();
    const auto replayed = explore::replay(subject, original, {});
    EXPECT_FALSE(replayed.fits);
    EXPECT_THAT(replayed.divergence, HasSubstr("decision 1 "));
  }
}

TEST(replay, of_a_choice_where_there_is_none) {
  auto original = counterexample_of(deadlocking());
  original.schedule.front() = {true, 0, "one"};
  auto subject = deadlocking();
  EXPECT_FALSE(explore::replay(subject, original, {}).fits);

  rules_program chooser(init);
  chooser.thread({choose_then_fail});
  auto chosen = counterexample_of(std::move(chooser));
  for (auto& decision : chosen.schedule) {
    if (decision.is_choice) decision.value = 99;
  }
  rules_program again(init);
  again.thread({choose_then_fail});
  const auto replayed = explore::replay(again, chosen, {});
  EXPECT_FALSE(replayed.fits);
  EXPECT_THAT(replayed.divergence, HasSubstr("only 3 values"));
}

TEST(replay, of_a_fixed_program_shows_no_violation) {
  rules_program broken(init);
  broken.thread({four_stores}).thread({fail_if_x_and_y});
  const auto original = counterexample_of(std::move(broken));
  ASSERT_EQ(original.result.kind, "between");
  rules_program fixed(init);
  fixed.thread({four_stores}).thread({increment_count});
  const auto replayed = explore::replay(fixed, original, {});
  EXPECT_EQ(replayed.recorded.result.kind, "");
}

}  // namespace
}  // namespace checker::engine_tests
