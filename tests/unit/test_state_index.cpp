// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "checker/explore/state_index.hpp"
#include "checker/intercept/hash.hpp"

namespace checker::explore {
namespace {

constexpr std::size_t first_slots = 4096, most_slots = 4 * first_slots;

state_key key_of(std::uint32_t number) { return word_hash(0, number); }

/// The state of this number alone.
auto is(std::uint32_t number) {
  return [number](std::uint32_t found) { return found == number; };
}

void add(state_index& index, std::uint32_t number) {
  if (index.wants_to_grow(number - 1)) {
    EXPECT_TRUE(index.grow());
  }
  const auto added = index.find_or_add(key_of(number), is(number), [=] { return number; });
  ASSERT_EQ(added.number, number);
  ASSERT_TRUE(added.fresh);
}

void expect_all(const state_index& index, std::uint32_t last) {
  for (std::uint32_t number = 1; number <= last; ++number) {
    ASSERT_EQ(index.find(key_of(number), is(number)), number);
  }
  EXPECT_EQ(index.find(key_of(last + 1), is(last + 1)), state_index::none);
  std::vector<bool> met(last + 1);
  index.for_each([&](std::uint32_t number) {
    EXPECT_FALSE(met[number]);
    met[number] = true;
  });
  for (std::uint32_t number = 1; number <= last; ++number) EXPECT_TRUE(met[number]);
}

TEST(state_index, finds_what_was_added_however_it_grows) {
  constexpr std::uint32_t last = most_slots * 3 / 4;
  state_index index(most_slots + 1);
  EXPECT_EQ(index.bytes(), first_slots * 8);
  for (std::uint32_t number = 1; number <= last; ++number) add(index, number);
  EXPECT_EQ(index.bytes(), most_slots * 8);
  EXPECT_FALSE(index.wants_to_grow(last));
  EXPECT_FALSE(index.grow());
  expect_all(index, last);
}

// Keys whose places are the last ones: those for which there is none left stand at the beginning.
TEST(state_index, grows_with_entries_that_went_round) {
  state_index index(2 * first_slots);
  constexpr std::uint32_t count = 100;
  const state_key last_place{0, 0xffffffff};
  for (std::uint32_t number = 1; number <= count; ++number) {
    index.find_or_add(last_place, is(number), [=] { return number; });
  }
  EXPECT_TRUE(index.grow());
  for (std::uint32_t number = 1; number <= count; ++number) {
    EXPECT_EQ(index.find(last_place, is(number)), number);
  }
}

TEST(state_index, adds_no_state_twice) {
  state_index index(first_slots);
  const auto never = [] {
    ADD_FAILURE() << "it is there";
    return std::uint32_t{9};
  };
  add(index, 7);
  const auto met = index.find_or_add(key_of(7), is(7), never);
  EXPECT_EQ(met.number, 7U);
  EXPECT_FALSE(met.fresh);
}

// Another process adds the same state while this one makes it.
TEST(state_index, takes_the_one_that_was_first) {
  state_index index(first_slots);
  const auto met = index.find_or_add(key_of(1), is(1), [&] {
    add(index, 1);
    return std::uint32_t{2};
  });
  EXPECT_EQ(met.number, 1U);
  EXPECT_FALSE(met.fresh);
}

TEST(state_index, makes_room_for_what_is_added_next) {
  constexpr std::uint32_t last = 2 * first_slots * 3 / 4;
  state_index index(2 * first_slots);
  EXPECT_FALSE(index.make_room(last + 1));
  EXPECT_EQ(index.bytes(), first_slots * 8);
  EXPECT_TRUE(index.make_room(last));
  EXPECT_FALSE(index.wants_to_grow(last));
  for (std::uint32_t number = 1; number <= last; ++number) index.add(key_of(number), number);
  expect_all(index, last);
  EXPECT_FALSE(index.nearly_full(last));
  EXPECT_TRUE(index.nearly_full(2 * first_slots * 7 / 8 + 1));
}

}  // namespace
}  // namespace checker::explore
