// SPDX-License-Identifier: GPL-2.0-only
// Accesses that a search relied on. What becomes of whole searches: test_graph_exploration.cpp.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstring>

#include "checker/explore/access_sets.hpp"

namespace checker::explore {
namespace {

constexpr std::size_t bytes = 1 << 16;
constexpr footprint_item load_of_0{0, access_mode::read}, store_to_0{0, access_mode::write};

/// As from a checkpoint.
access_sets copy_of(const access_sets& from) {
  access_sets copy(bytes, true);
  EXPECT_TRUE(copy.resize(from.size()));
  const auto sources = from.sections();
  const auto targets = copy.sections();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::memcpy(targets[i].data(), sources[i].data(), sources[i].size());
  }
  copy.loaded();
  return copy;
}

bool relies_on(access_sets& sets, int thread, footprint_item item) {
  return sets.rely_on(thread, {&item, 1}, {});
}

TEST(access_sets, that_were_relied_on_wrongly_are_so_after_a_checkpoint) {
  access_sets sets(bytes, true);
  ASSERT_TRUE(relies_on(sets, 0, load_of_0));
  EXPECT_FALSE(sets.broken());
  EXPECT_FALSE(copy_of(sets).broken());
  const footprint_item item = store_to_0;
  sets.of_step(1, {&item, 1}, {});
  EXPECT_TRUE(sets.broken());
  EXPECT_TRUE(copy_of(sets).broken());
}

TEST(access_sets, that_were_relied_on_before_a_checkpoint_count_after_it) {
  access_sets sets(bytes, true);
  ASSERT_TRUE(relies_on(sets, 0, load_of_0));
  auto copy = copy_of(sets);
  const footprint_item item = store_to_0;
  copy.of_step(1, {&item, 1}, {});
  EXPECT_TRUE(copy.broken());
  EXPECT_FALSE(sets.broken());
}

TEST(access_sets, that_are_not_quiet_are_not_relied_on_after_a_checkpoint) {
  access_sets sets(bytes, true);
  for (int thread = 0; thread < 2; ++thread) {
    const footprint_item item = store_to_0;
    sets.of_step(thread, {&item, 1}, {});
  }
  auto copy = copy_of(sets);
  EXPECT_FALSE(relies_on(copy, 0, store_to_0));
  EXPECT_FALSE(relies_on(copy, 0, load_of_0));
  EXPECT_FALSE(copy.broken());
}

// One access of a step that is not quiet spoils the others of it, also those of a step that was
// made before the checkpoint.
TEST(access_sets, spread_over_steps_made_before_a_checkpoint) {
  access_sets sets(bytes, true);
  const std::array step{load_of_0, footprint_item{1, access_mode::write}};
  sets.of_step(0, step, {});
  ASSERT_TRUE(relies_on(sets, 0, step[1]));
  auto copy = copy_of(sets);
  const footprint_item item = store_to_0;
  copy.of_step(1, {&item, 1}, {});
  copy.settle_reliance();
  EXPECT_TRUE(copy.broken());
}

}  // namespace
}  // namespace checker::explore
