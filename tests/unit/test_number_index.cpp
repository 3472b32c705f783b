// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "checker/explore/number_index.hpp"

namespace checker::explore {
namespace {

TEST(number_index, finds_what_was_added_however_it_grows) {
  constexpr std::uint32_t count = 10'000;
  const auto hash_of = [](std::uint32_t number) {
    return (number + 1) * std::uint64_t{0x9e3779b97f4a7c15};
  };
  number_index index;
  EXPECT_EQ(index.find(hash_of(0), [](std::uint32_t) { return true; }), number_index::none);
  for (std::uint32_t number = 0; number < count; ++number) {
    index.add(hash_of(number), number, hash_of);
  }
  for (std::uint32_t number = 0; number < count; ++number) {
    const auto is_it = [&](std::uint32_t found) { return found == number; };
    ASSERT_EQ(index.find(hash_of(number), is_it), number);
  }
  EXPECT_EQ(index.find(hash_of(count), [](std::uint32_t) { return true; }), number_index::none);
  index.clear();
  EXPECT_EQ(index.find(hash_of(1), [](std::uint32_t) { return true; }), number_index::none);
}

TEST(number_index, asks_which_of_those_with_one_hash) {
  number_index index;
  const auto same = [](std::uint32_t) { return std::uint64_t{42} << 32; };
  for (std::uint32_t number = 0; number < 5; ++number) index.add(same(number), number, same);
  std::vector<std::uint32_t> asked;
  const auto found = index.find(same(0), [&](std::uint32_t number) {
    asked.push_back(number);
    return number == 3;
  });
  EXPECT_EQ(found, 3U);
  EXPECT_EQ(asked, (std::vector<std::uint32_t>{0, 1, 2, 3}));
}

}  // namespace
}  // namespace checker::explore
