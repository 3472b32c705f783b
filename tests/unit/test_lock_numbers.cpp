// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "checker/intercept/lock_numbers.hpp"

namespace checker {
namespace {

TEST(lock_numbers, are_given_on_first_use) {
  lock_numbers numbers(100);
  EXPECT_EQ(numbers.bit(7), 1U);
  EXPECT_EQ(numbers.bit(0), 2U);
  EXPECT_EQ(numbers.bit(7), 1U);
  EXPECT_EQ(numbers.words(), (std::vector<std::uint32_t>{7, 0}));
}

// Of a number that was lost, others must not take the place: locksets in a checkpoint are bits.
TEST(lock_numbers, are_the_same_after_a_checkpoint_with_some_of_them_lost) {
  const std::vector<std::uint32_t> saved{5, lock_numbers::nobody, lock_numbers::nobody, 0};
  lock_numbers numbers(100);
  numbers.restore(saved);
  EXPECT_EQ(numbers.words(), saved);
  EXPECT_EQ(numbers.bit(5), 1U);
  EXPECT_EQ(numbers.bit(0), 8U);
  EXPECT_EQ(numbers.bit(9), 16U);
}

TEST(lock_numbers, are_64) {
  lock_numbers numbers(100);
  for (std::uint32_t word = 0; word < 64; ++word) {
    EXPECT_EQ(numbers.bit(word), std::uint64_t{1} << word);
  }
  EXPECT_EQ(numbers.bit(64), 0U);
  lock_numbers restored(100);
  restored.restore(numbers.words());
  EXPECT_EQ(restored.bit(63), std::uint64_t{1} << 63);
  EXPECT_EQ(restored.bit(64), 0U);
}

}  // namespace
}  // namespace checker
