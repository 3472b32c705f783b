// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include "checker/report/lockdep.hpp"
#include "samples.hpp"

namespace checker::report {
namespace {

using testing::HasSubstr;

TEST(lockdep, reports_a_deadlock) {
  samples::expect_golden("lockdep-deadlock.txt", lockdep(samples::deadlock()));
}

TEST(lockdep, says_what_is_held_in_a_livelock) {
  samples::expect_golden("lockdep-livelock.txt", lockdep(samples::livelock()));
}

TEST(lockdep, reports_an_inversion) {
  samples::expect_golden("lockdep-inversion.txt", lockdep(samples::inversion()));
}

TEST(lockdep, reports_a_recursion) {
  samples::expect_golden("lockdep-recursion.txt", lockdep(samples::recursion()));
}

TEST(lockdep, reports_a_thread_that_waits_for_itself) {
  trace::document document = samples::recursion();
  const trace::held_lock& held = document.result.held.back();
  document.result.waits = {{0, held.name, held.lock_class, {0}, held.acquired_stack}};
  EXPECT_THAT(lockdep(document), HasSubstr("possible recursive locking detected"));
  EXPECT_THAT(lockdep(document), testing::Not(HasSubstr("missing lock nesting notation")));
}

TEST(lockdep, finds_the_cycle_behind_a_queue) {
  // Thread 2 waits for a thread of the cycle but is none of it.
  trace::document document = samples::deadlock();
  document.threads.push_back({"bystander", {"f()"}});
  const std::string without = lockdep(document);
  document.result.waits.insert(document.result.waits.begin(),
                               {2, "parent ptlock[0]", "ptlock", {0}, {}});
  EXPECT_EQ(lockdep(document), without);
}

TEST(lockdep, lists_held_locks_where_no_lock_is_to_blame) {
  const std::string text = lockdep(samples::use_after_free());
  samples::expect_golden("lockdep-use-after-free.txt", text);
  EXPECT_THAT(text, HasSubstr("no locks held by parent/1: fork (thread 0)."));
}

TEST(lockdep, fits_80_columns) {
  for (const auto& make : {samples::rss, samples::deadlock, samples::use_after_free,
                           samples::recursion, samples::inversion, samples::livelock}) {
    trace::document document = make();
    document.patch = "a-patch-with-a-name-that-is-much-longer-than-anybody-would-like-to-read-it";
    for (trace::thread& thread : document.threads) thread.name += std::string(60, 'n');
    for (trace::step& step : document.steps)
      for (trace::frame& frame : step.stack) frame.function += std::string(60, 'f');
    EXPECT_LE(samples::widest(lockdep(document)), 80) << document.scenario;
  }
}

TEST(lockdep, survives_odd_documents) {
  EXPECT_NE(lockdep(trace::document()), "");
  trace::document document = samples::inversion();
  document.result.cycle.resize(1);
  EXPECT_THAT(lockdep(document), HasSubstr("recursive"));
  document = samples::deadlock();
  document.result.waits.pop_back();  // nobody waits back: no cycle
  EXPECT_THAT(lockdep(document), HasSubstr("Showing all locks held"));
  document.result.held.clear();
  document.result.waits = samples::deadlock().result.waits;
  EXPECT_THAT(lockdep(document), HasSubstr("circular"));
}

}  // namespace
}  // namespace checker::report
