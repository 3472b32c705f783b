// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "checker/report/relevance.hpp"
#include "checker/report/timeline.hpp"
#include "samples.hpp"

namespace checker::report {
namespace {

using testing::ElementsAre;

class timeline : public testing::Test {
 protected:
  timeline() { document_.threads = {{"a", {"f()", "g()"}}, {"b", {"h()"}}}; }

  void add(int thread, int operation, std::vector<trace::frame> stack, bool shown,
           trace::step_kind kind = trace::step_kind::load) {
    trace::step& step = document_.steps.emplace_back();
    step.index = static_cast<int>(document_.steps.size()) - 1;
    step.thread = thread;
    step.operation = operation;
    step.kind = kind;
    step.stack = std::move(stack);
    shown_.push_back(shown);
  }

  std::vector<std::string> rows(bool helpers = false) const {
    std::vector<std::string> words;
    for (const timeline_row& row : timeline_of(document_, shown_, helpers)) {
      std::string word = std::string(static_cast<std::size_t>(row.depth), ' ');
      if (row.kind == timeline_row::type::folded)
        word += fmt::format("{} folded", row.count);
      else if (row.kind == timeline_row::type::step)
        word += fmt::format("#{}", row.step);
      else
        word += row.name;
      words.push_back((row.switched ? fmt::format("[{}]", row.thread) : "") + word);
    }
    return words;
  }

  trace::document document_;
  std::vector<bool> shown_;
};

TEST_F(timeline, prints_a_call_when_it_is_entered) {
  add(0, 0, {{"outer", "m.c", 1}, {"inner", "m.c", 5}}, true);
  add(0, 0, {{"outer", "m.c", 1}, {"inner", "m.c", 6}}, true);
  add(0, 0, {{"outer", "m.c", 2}}, true);
  add(0, 0, {{"outer", "m.c", 3}, {"inner", "m.c", 5}}, true);
  EXPECT_THAT(rows(), ElementsAre("[0]f()", " outer", "  inner", "   #0", "   #1", "  #2",
                                  "  inner", "   #3"));
}

TEST_F(timeline, tells_two_calls_from_two_lines_apart) {
  add(0, 0, {{"outer", "m.c", 1}, {"inner", "m.c", 5}}, true);
  add(0, 0, {{"outer", "m.c", 2}, {"inner", "m.c", 5}}, true);
  EXPECT_THAT(rows(), ElementsAre("[0]f()", " outer", "  inner", "   #0", "  inner", "   #1"));
}

TEST_F(timeline, folds_runs_and_prints_no_call_without_a_step) {
  add(0, 0, {{"outer", "m.c", 1}}, true);
  add(0, 0, {{"outer", "m.c", 2}, {"quiet", "m.c", 5}}, false);
  add(0, 0, {{"outer", "m.c", 2}, {"quiet", "m.c", 6}}, false);
  add(0, 0, {{"outer", "m.c", 3}}, true);
  EXPECT_THAT(rows(), ElementsAre("[0]f()", " outer", "  #0", "  2 folded", "  #3"));
}

TEST_F(timeline, keeps_folded_runs_in_the_order_they_began) {
  add(1, 0, {{"x", "m.c", 1}}, false);
  add(0, 0, {{"y", "m.c", 1}}, false);
  add(1, 0, {{"x", "m.c", 2}}, false);
  add(0, 0, {{"y", "m.c", 2}}, true);
  EXPECT_THAT(rows(), ElementsAre("[1]h()", " 2 folded", "[0]f()", " 1 folded", " y", "  #3"));
}

TEST_F(timeline, prints_an_operation_only_if_something_of_it_is_shown) {
  add(0, 0, {{"x", "m.c", 1}}, false);
  add(0, 1, {{"y", "m.c", 1}}, true);
  EXPECT_THAT(rows(), ElementsAre("[0]1 folded", "g()", " y", "  #1"));
}

TEST_F(timeline, leaves_out_helpers_unless_asked) {
  const std::vector<trace::frame> stack = {{"start", "world/a.c", 1},
                                           {"fork", "mm/b.c", 2},
                                           {"copy", "mm/b.c", 3},
                                           {"set", "kapi/c.c", 4}};
  add(0, 0, stack, true);
  EXPECT_THAT(rows(), ElementsAre("[0]f()", " fork", "  copy", "   #0"));
  EXPECT_THAT(rows(true),
              ElementsAre("[0]f()", " start", "  fork", "   copy", "    set", "     #0"));
}

TEST_F(timeline, ends_with_who_waits) {
  add(0, 0, {{"x", "m.c", 1}}, true);
  document_.result.waits = {{1, "lock", "", {0}, {{"y", "m.c", 1}}}};
  EXPECT_THAT(rows(), ElementsAre("[0]f()", " x", "  #0", "[1]h()", " y", "  lock"));
}

TEST(relevance_of, tells_shared_from_private) {
  const trace::document document = samples::use_after_free();
  const std::vector<relevance> values = relevance_of(document);
  ASSERT_EQ(values.size(), document.steps.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const trace::step& step = document.steps[i];
    const auto expect = [&](const char* object, trace::step_kind kind, relevance wanted) {
      if (step.object == object && step.kind == kind) {
        EXPECT_EQ(values[i], wanted) << i;
      }
    };
    expect("parent vma[0].start", trace::step_kind::load, relevance::none);
    expect("swap_map[0]", trace::step_kind::load, relevance::none);
    expect("pfn 3 mapcount", trace::step_kind::load, relevance::essential);
    expect("pfn 3 mapcount", trace::step_kind::rmw, relevance::essential);
    expect("parent pte[0]", trace::step_kind::load, relevance::shared);
    expect("parent pte[0]", trace::step_kind::store, relevance::change);
  }
}

TEST(choose_steps, keeps_within_its_bounds) {
  const trace::document document = samples::use_after_free();
  for (const std::size_t most : {1U, 5U, 20U, 100U}) {
    const std::vector<bool> chosen = choose_steps(document, 0, most);
    const auto count = std::count(chosen.begin(), chosen.end(), true);
    EXPECT_LE(count, std::max<long>(static_cast<long>(most), 2)) << most;
    for (const int index : document.result.conflicting_steps)
      EXPECT_TRUE(chosen[static_cast<std::size_t>(index)]);
  }
  const std::vector<bool> chosen = choose_steps(samples::rss(), 10, 40);
  EXPECT_GE(std::count(chosen.begin(), chosen.end(), true), 10);
}

}  // namespace
}  // namespace checker::report
