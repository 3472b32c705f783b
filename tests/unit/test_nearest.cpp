// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include "checker/run/nearest.hpp"

namespace checker {
namespace {

const std::vector<std::string> known{"fork-vs-swapoff", "fork-vs-reclaim", "exit", "run"};

TEST(nearest, finds_typing_errors) {
  EXPECT_EQ(nearest_name("fork-vs-swapof", known), "fork-vs-swapoff");    // one left out
  EXPECT_EQ(nearest_name("fork-vs-swappoff", known), "fork-vs-swapoff");  // one too many
  EXPECT_EQ(nearest_name("fork-vs-swepoff", known), "fork-vs-swapoff");   // another one
  EXPECT_EQ(nearest_name("rnu", known), "run");                           // two swapped
  EXPECT_EQ(nearest_name("fork-vs-r", known), "fork-vs-reclaim");         // the end left out
}

TEST(nearest, leaves_other_words_alone) {
  EXPECT_EQ(nearest_name("munmap-vs-fault-around", known), "");
  EXPECT_EQ(nearest_name("x", known), "");
  EXPECT_EQ(nearest_name("foo", {"dot"}), "");
  EXPECT_EQ(nearest_name("", known), "");
  EXPECT_EQ(nearest_name("fork", {}), "");
  EXPECT_EQ(nearest_name(std::string(1'000'000, 'r'), known), "");
}

TEST(nearest, escaped_is_one_line_of_limited_length) {
  EXPECT_EQ(escaped("a\nb\x7f"), "a\\x0ab\\x7f");
  EXPECT_EQ(escaped("ünï"), "ünï");
  EXPECT_EQ(escaped("abcdef", 3), "abc…");
}

}  // namespace
}  // namespace checker
