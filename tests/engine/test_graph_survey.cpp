// SPDX-License-Identifier: GPL-2.0-only
// Estimates of a graph's size are of the graph that the search explores, with whatever reductions.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "checker/detect/crash.hpp"
#include "checker/explore/graph_exploration.hpp"
#include "checker/explore/graph_survey.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/run/registry.hpp"

namespace checker {
namespace {

using explore::graph_exploration;

std::unique_ptr<program> toy(const std::string& name, const parameter_values& set) {
  return registry::find_scenario(name)->make(set, "", "");
}

void prepare(execution& engine, explore::reductions reduce) {
  if (reduce.threads) engine.merge_threads();
  engine.let_adds_commute(reduce.counters);
}

/// A walk along a graph that is all there comes to no state that is not in it.
void expect_known(program& subject, explore::reductions reduce) {
  arena_reset();
  subject.setup();
  const crash_guard guard;
  const auto numbers = std::make_shared<lock_numbers>(arena_words);
  execution engine(subject, data_race_policy::off, 10'000, true, numbers);
  prepare(engine, reduce);
  graph_exploration::asked how{};
  how.max_bytes = 1 << 26;
  how.bit_locks_order = true;
  how.blocks = reduce.blocks;
  how.after_each = [](outcome) { return false; };
  graph_exploration search(subject, engine, numbers, how);
  ASSERT_EQ(search.run(), graph_exploration::ending::complete);
  ASSERT_FALSE(search.graph().sets().broken());

  execution surveyed(subject, data_race_policy::off, 10'000, true, numbers);
  prepare(surveyed, reduce);
  explore::survey_walk walk(search.graph(), search.graph().guide(), reduce.blocks);
  int executions = 0;
  surveyed.explore(walk, [&](outcome) { return ++executions == 300; });
  std::uint64_t passed = 0, unknown = 0;
  for (const auto& states : walk.walks()) {
    for (const auto& key : states) {
      ++passed;
      if (search.graph().find(key) == explore::state_graph::nowhere) ++unknown;
    }
  }
  EXPECT_GT(passed, 1'000U);
  EXPECT_EQ(unknown, 0U) << "of " << passed;
}

TEST(graph_survey, keeps_to_the_graph_whatever_is_reduced) {
  for (const bool blocks : {false, true}) {
    for (const bool threads : {false, true}) {
      for (const bool counters : {false, true}) {
        const explore::reductions reduce{blocks, threads, counters};
        SCOPED_TRACE(testing::Message() << blocks << threads << counters);
        expect_known(*toy("toy/fork_faults", {{"pages", 2}, {"faulters", 3}}), reduce);
        expect_known(*toy("toy/mutex", {{"threads", 3}, {"rounds", 2}, {"locked", 1}}), reduce);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

explore::options options(explore::reductions reduce) {
  explore::options how;
  how.search = explore::search::graph;
  how.reduce = reduce;
  how.data_races = data_race_policy::off;
  how.check_announcements = how.check_determinism = false;
  return how;
}

TEST(graph_survey, changes_nothing_of_the_graph) {
  for (const explore::reductions reduce :
       {explore::reductions{false, false, false}, {true, true, true}}) {
    auto how = options(reduce);
    const auto without =
        explore::run(*toy("toy/fork_faults", {{"pages", 4}, {"faulters", 2}}), how);
    how.estimate = true;
    const auto with = explore::run(*toy("toy/fork_faults", {{"pages", 4}, {"faulters", 2}}), how);
    EXPECT_EQ(with.outcome, verdict::verified);
    EXPECT_EQ(with.states, without.states);
    EXPECT_EQ(with.cached, without.cached);
    EXPECT_EQ(with.executions, without.executions);
  }
}

// One of other states than those stored would know none of them, and make no estimate.
TEST(graph_survey, estimates_the_reduced_graph) {
  auto how = options({true, true, true});
  how.estimate = true;
  how.max_seconds = 60;
  explore::progress last;
  std::atomic<bool> enough = false;
  how.stop = &enough;
  how.on_progress = [&](const explore::progress& now) {
    last = now;
    enough = now.estimate.made();
  };
  explore::run(*toy("toy/fork_faults", {{"pages", 6}, {"faulters", 5}}), how);
  EXPECT_TRUE(last.estimate.made());
  EXPECT_LE(last.estimate.known, last.states);
}

}  // namespace
}  // namespace checker
