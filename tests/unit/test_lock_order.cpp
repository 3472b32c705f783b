// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include "checker/lockgraph/lock_order.hpp"

namespace checker::lockgraph {
namespace {

using trace::lock_edge;

lock_edge edge(const std::string& from, const std::string& to, int from_subclass = 0,
               int to_subclass = 0) {
  lock_edge value;
  value.from = from + "[0]";
  value.from_class = from;
  value.from_subclass = from_subclass;
  value.to = to + "[0]";
  value.to_class = to;
  value.to_subclass = to_subclass;
  return value;
}

TEST(lock_order, a_hierarchy_has_no_cycle) {
  const std::vector<lock_edge> edges = {edge("mmap_sem", "ptlock"), edge("ptlock", "si"),
                                        edge("mmap_sem", "si"), edge("si", "cluster")};
  EXPECT_EQ(shortest_cycle(edges), std::nullopt);
  EXPECT_EQ(shortest_cycle({}), std::nullopt);
}

TEST(lock_order, finds_an_inversion) {
  const std::vector<lock_edge> edges = {edge("a", "b"), edge("b", "c"), edge("c", "a")};
  EXPECT_EQ(shortest_cycle(edges), edges);
}

TEST(lock_order, finds_the_shortest) {
  const std::vector<lock_edge> edges = {edge("a", "b"), edge("b", "c"), edge("c", "a"),
                                        edge("x", "c"), edge("c", "x")};
  const std::vector<lock_edge> expected = {edges[4], edges[3]};
  EXPECT_EQ(shortest_cycle(edges), expected);
}

TEST(lock_order, nesting_within_a_class_is_no_cycle) {
  const std::vector<lock_edge> nested = {edge("ptlock", "ptlock", 0, 1)};
  EXPECT_EQ(shortest_cycle(nested), std::nullopt);
  const std::vector<lock_edge> same = {edge("ptlock", "ptlock", 0, 0)};
  EXPECT_EQ(shortest_cycle(same), std::nullopt);
}

TEST(lock_order, tells_subclasses_apart) {
  const std::vector<lock_edge> fine = {edge("ptlock", "si", 1, 0), edge("si", "ptlock", 0, 0)};
  EXPECT_EQ(shortest_cycle(fine), std::nullopt);
  const std::vector<lock_edge> inverted = {edge("ptlock", "ptlock", 0, 1),
                                           edge("ptlock", "ptlock", 1, 0)};
  EXPECT_EQ(shortest_cycle(inverted), inverted);
}

}  // namespace
}  // namespace checker::lockgraph
