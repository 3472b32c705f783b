// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "checker/lockgraph/graph.hpp"
#include "checker/lockgraph/lockgraph.hpp"
#include "samples.hpp"

namespace checker::lockgraph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

/// "parent/1: fork waits child ptlock[0]" for each arc that fits.
template <typename Condition>
std::vector<std::string> arcs(const graph& drawn, Condition condition) {
  constexpr const char* words[] = {"order", "waits", "held_by", "holds", "accesses", "lacks"};
  std::vector<std::string> found;
  for (std::size_t from = 0; from < boost::num_vertices(drawn); ++from) {
    const auto [first, last] = boost::out_edges(from, drawn);
    for (auto place = first; place != last; ++place) {
      const arc& value = drawn[*place];
      if (condition(value)) {
        found.push_back(drawn[from].name + " " + words[static_cast<int>(value.kind)] + " " +
                        drawn[boost::target(*place, drawn)].name);
      }
    }
  }
  return found;
}

const auto in_cycle = [](const arc& value) { return value.in_cycle; };

TEST(lockgraph, finds_the_cycle_of_a_deadlock) {
  const graph drawn = build(samples::deadlock());
  EXPECT_THAT(arcs(drawn, in_cycle),
              UnorderedElementsAre("parent/1: fork waits child ptlock[0]",
                                   "child ptlock[0] held_by parent/2: mremap",
                                   "parent/2: mremap waits parent ptlock[0]",
                                   "parent ptlock[0] held_by parent/1: fork"));
}

TEST(lockgraph, draws_no_cycle_where_a_thread_just_waits) {
  trace::document document = samples::deadlock();
  document.result.waits.pop_back();
  EXPECT_THAT(arcs(build(document), in_cycle), ElementsAre());
}

TEST(lockgraph, takes_the_shorter_of_two_cycles) {
  // fork waits for both mremap, which waits for it, and a third thread, which waits for mremap.
  trace::document document = samples::deadlock();
  document.threads.push_back({"third", {"f()"}});
  document.result.waits[0].holders = {2, 1};
  document.result.waits.push_back({2, "other", "other", {1}, {}});
  trace::held_lock other;
  other.name = "other";
  other.thread = 1;
  document.result.held.push_back(other);
  trace::held_lock shared = document.result.held.back();
  shared.name = "child ptlock[0]";
  shared.thread = 2;
  document.result.held.push_back(shared);
  EXPECT_EQ(arcs(build(document), in_cycle).size(), 4U);
}

TEST(lockgraph, finds_the_cycle_of_an_inversion) {
  EXPECT_THAT(arcs(build(samples::inversion()), in_cycle),
              UnorderedElementsAre("si->lock[0] order cluster lock[0]",
                                   "cluster lock[0] order mmlist_lock[0]",
                                   "mmlist_lock[0] order si->lock[0]"));
}

TEST(lockgraph, closes_an_inversion_over_several_instances) {
  trace::document document = samples::inversion();
  document.result.cycle[1].from = "cluster lock[7]";  // seen in another execution
  EXPECT_EQ(arcs(build(document), in_cycle).size(), 3U);
}

TEST(lockgraph, shows_the_lock_that_was_missing) {
  const graph drawn = build(samples::data_race());
  const auto of = [&](arc::type kind) {
    return arcs(drawn, [kind](const arc& value) { return value.kind == kind; });
  };
  EXPECT_THAT(of(arc::type::lacks), ElementsAre("parent/2: read lacks parent ptlock[0]"));
  EXPECT_THAT(of(arc::type::accesses),
              UnorderedElementsAre("parent/1: fork accesses parent pte[0]",
                                   "parent/2: read accesses parent pte[0]"));
  EXPECT_THAT(of(arc::type::holds), UnorderedElementsAre("parent/1: fork holds child ptlock[0]",
                                                         "parent/1: fork holds parent ptlock[0]",
                                                         "parent/2: read holds parent mmap_sem"));
  EXPECT_THAT(arcs(drawn, in_cycle), ElementsAre());
}

TEST(lockgraph, shows_the_lock_that_one_access_lacked) {
  // A store without the page-table lock, which nobody ever took.
  trace::document document = samples::rss();
  document.result.covering_lock = "other ptlock[0]";
  document.result.covering_lock_class = "ptlock";
  document.result.covering_lock_kind = "spinlock";
  const graph drawn = build(document);
  EXPECT_THAT(arcs(drawn, [](const arc& value) { return value.kind == arc::type::lacks; }),
              ElementsAre("parent/1: fork lacks other ptlock[0]"));
  const std::string dot = to_dot(document);
  EXPECT_THAT(dot,
              HasSubstr("<B>other ptlock[0]</B><BR/><FONT POINT-SIZE=\"11\">ptlock, spinlock"));
  EXPECT_THAT(dot, HasSubstr("lock that should have been held"));
  EXPECT_THAT(text(document), HasSubstr("parent/1: fork should hold other ptlock[0]"));
}

TEST(lockgraph, says_where_no_lock_is_common_to_both_accesses) {
  EXPECT_THAT(to_dot(samples::use_after_free()), HasSubstr(no_shared_lock));
  EXPECT_THAT(text(samples::use_after_free()), HasSubstr(no_shared_lock));
  trace::document document = samples::use_after_free();
  for (const int index : document.result.conflicting_steps) {
    trace::held_lock common;
    common.name = "common";
    document.steps[static_cast<std::size_t>(index)].held.push_back(common);
  }
  EXPECT_THAT(to_dot(document), Not(HasSubstr(no_shared_lock)));
  EXPECT_THAT(to_dot(samples::rss()), Not(HasSubstr(no_shared_lock)));
  EXPECT_THAT(to_dot(samples::deadlock()), Not(HasSubstr(no_shared_lock)));
}

TEST(lockgraph, marks_both_locks_of_a_recursion) {
  EXPECT_THAT(arcs(build(samples::recursion()), [](const arc& value) { return value.culprit; }),
              UnorderedElementsAre("parent/1: fork accesses parent ptlock[0]",
                                   "parent/1: fork holds child ptlock[0]"));
}

TEST(lockgraph, tells_it_in_words) {
  samples::expect_golden("lockgraph-deadlock.txt", text(samples::deadlock()));
  samples::expect_golden("lockgraph-inversion.txt", text(samples::inversion()));
  samples::expect_golden("lockgraph-data-race.txt", text(samples::data_race()));
  samples::expect_golden("lockgraph-recursion.txt", text(samples::recursion()));
  samples::expect_golden("lockgraph-use-after-free.txt", text(samples::use_after_free()));
  for (const auto& make : {samples::deadlock, samples::use_after_free, samples::rss})
    EXPECT_LE(samples::widest(text(make())), 76);
}

TEST(lockgraph, writes_dot) {
  samples::expect_golden("lockgraph-deadlock.dot", to_dot(samples::deadlock()));
  samples::expect_golden("lockgraph-data-race.dot", to_dot(samples::data_race()));
}

std::string all_text(const pugi::xml_node& node) {
  std::string words;
  for (const pugi::xml_node child : node.children()) words += all_text(child);
  return std::string(node.name()) == "text" ? words + node.child_value() + "\n" : words;
}

TEST(lockgraph, is_drawn_by_graphviz) {
  for (const auto& make :
       {samples::rss, samples::deadlock, samples::data_race, samples::use_after_free,
        samples::recursion, samples::inversion, samples::livelock}) {
    pugi::xml_document drawing;
    const std::string picture = svg(make());
    ASSERT_TRUE(drawing.load_string(picture.c_str()));
    const graph drawn = build(make());
    const std::string words = all_text(drawing);
    for (std::size_t i = 0; i < boost::num_vertices(drawn); ++i)
      EXPECT_THAT(words, HasSubstr(drawn[i].name + "\n"));
  }
}

TEST(lockgraph, draws_any_text) {
  trace::document document = samples::data_race();
  const std::string nasty = "<b>\"&\\n\\\" ]> -- \xff\x01 ;}";
  document.scenario = document.result.message = document.result.kind = nasty;
  document.result.covering_lock = nasty;
  for (trace::thread& thread : document.threads) thread.name += nasty;
  for (trace::step& step : document.steps) {
    step.object = step.before = step.after = nasty;
    for (trace::frame& frame : step.stack) frame.function = frame.file = nasty;
  }
  pugi::xml_document drawing;
  EXPECT_TRUE(drawing.load_string(svg(document).c_str()));
  EXPECT_TRUE(drawing.load_string(svg(trace::document()).c_str()));
}

/// Runs `body` with a PATH that has only a program `dot` with that text, or none.
std::string said_with(const std::string& script) {
  std::string folder = testing::TempDir() + "/path_XXXXXX";
  EXPECT_NE(::mkdtemp(folder.data()), nullptr);
  if (!script.empty()) {
    std::ofstream(folder + "/dot") << "#!/bin/sh\n" << script << "\n";
    ::chmod((folder + "/dot").c_str(), 0700);
  }
  const std::string before = std::getenv("PATH");
  ::setenv("PATH", folder.c_str(), 1);
  std::string said;
  try {
    svg(samples::deadlock());
  } catch (const render_error& error) {
    said = error.what();
  }
  ::setenv("PATH", before.c_str(), 1);
  std::filesystem::remove_all(folder);
  return said;
}

TEST(lockgraph, says_why_it_cannot_be_drawn) {
  EXPECT_EQ(said_with(""), "cannot draw the graph: Graphviz' program dot was not found");
  EXPECT_EQ(said_with("echo 'Error: syntax' >&2; echo more >&2; exit 1"),
            "cannot draw the graph: dot failed with exit status 1: Error: syntax");
  EXPECT_EQ(said_with("kill -9 $$"), "cannot draw the graph: dot was killed by SIGKILL (Killed)");
  EXPECT_EQ(said_with("exit 3"), "cannot draw the graph: dot failed with exit status 3");
}

}  // namespace
}  // namespace checker::lockgraph
