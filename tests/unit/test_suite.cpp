// SPDX-License-Identifier: GPL-2.0-only
// Selection of cases, and worker processes that do all a worker can do wrong.
#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <stdexcept>

#include "checker/intercept/api.h"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/shared_array.hpp"
#include "checker/run/interrupt.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"
#include "checker/run/suite.hpp"
#include "checker/run/worker.hpp"

namespace checker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using maker = std::unique_ptr<program> (*)();

scenario made_by(const std::string& name, maker make) {
  scenario made;
  made.name = "suite-test/" + name;
  made.summary = "for the tests of the suite";
  made.parameters = {{"pages", "pages", 2, 1, 4}};
  made.kernels = {"k1", "k2"};
  made.in_default_suite = false;
  made.make = [make](const parameter_values&, const std::string&, const std::string&) {
    return make();
  };
  return made;
}

class harmless : public program {
 public:
  void setup() override { arena_reset(); }
  std::vector<thread_spec> threads() override {
    return {{"only", {{"nothing", [] {}}}}};
  }
};

// Its model is too small for what it does.
class too_small : public harmless {
 public:
  void at_end() override { checker_violation(model_limit_kind, "no room for %d more", 3); }
};

const shared_array<std::atomic<int>> times_made(1);  // workers share it

/// Is killed the first time.
std::unique_ptr<program> killed_once() {
  if (times_made[0]++ == 0) raise(SIGKILL);
  return std::make_unique<harmless>();
}

std::unique_ptr<program> throws() { throw std::runtime_error("no such world"); }

registry::registration registered{[] {
  scenario known = made_by("known", throws);
  known.expected_violations = {{"p1", {"rss", "isolation"}}, {"p2", {"deadlock"}}};
  registry::add(known);
  registry::add(made_by("killed", [] {
    raise(SIGKILL);
    return std::unique_ptr<program>();
  }));
  registry::add(made_by("killed_once", killed_once));
  registry::add(made_by("exits", []() -> std::unique_ptr<program> { _exit(7); }));
  registry::add(made_by("waits", []() -> std::unique_ptr<program> {
    while (!interrupt::requested()) usleep(1000);
    throw std::runtime_error("was told to stop");
  }));
  registry::add(made_by(
      "too_small", []() -> std::unique_ptr<program> { return std::make_unique<too_small>(); }));
  scenario failing = made_by("failing", throws);
  failing.fails_on = {"k2"};
  registry::add(failing);
  scenario finding = made_by("finding", throws);
  finding.finds = {{"k1", {"rss", "crash"}}};
  finding.mended_by = {"fix"};
  registry::add(finding);
  scenario mistaken = made_by("mistaken", throws);
  mistaken.expected_violations = {{"p1", {"rss"}}, {"p3", {"rss"}}};
  registry::add(mistaken);
  registry::add(patch{"p1", "k1", "breaks k1"});
  registry::add(patch{"p2", "k2", "breaks k2"});
  registry::add(patch{"fix", "k1", "mends k1"});
}};

std::vector<std::string> names(const selection& asked) {
  std::vector<std::string> all;
  for (const auto& each : select_cases(asked)) all.push_back(case_name(each));
  return all;
}

TEST(selection, a_named_scenario_is_run_unpatched_on_every_kernel) {
  EXPECT_THAT(names({{"suite-test/known"}, "", "", {}}),
              ElementsAre("suite-test/known k1", "suite-test/known k2"));
  EXPECT_THAT(names({{"suite-test/known"}, "k2", "", {}}), ElementsAre("suite-test/known k2"));
}

TEST(selection, a_scenario_that_a_kernel_fails_runs_on_it_when_named) {
  EXPECT_THAT(names({{"suite-test/failing"}, "", "", {}}),
              ElementsAre("suite-test/failing k1", "suite-test/failing k2"));
}

TEST(selection, all_adds_each_patch_on_the_kernel_it_belongs_to) {
  EXPECT_THAT(names({{"suite-test/known"}, "", "all", {}}),
              ElementsAre("suite-test/known k1", "suite-test/known k1 +p1", "suite-test/known k2",
                          "suite-test/known k2 +p2"));
}

TEST(selection, expectations_come_with_the_patch) {
  const auto broken = select_cases({{"suite-test/known"}, "", "p1", {}});
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_TRUE(broken[0].expected.verdict == expectation::verdict_type::violation);
  EXPECT_EQ(broken[0].expected.kind, "rss|isolation");
  const auto mended = select_cases({{"suite-test/known"}, "", "fix", {}});
  ASSERT_EQ(mended.size(), 1U);
  EXPECT_TRUE(mended[0].expected.verdict == expectation::verdict_type::verified);
}

TEST(selection, a_kernel_that_has_a_bug_must_show_it_until_it_is_mended) {
  const auto cases = select_cases({{"suite-test/finding"}, "", "all", {}});
  ASSERT_EQ(cases.size(), 3U);
  EXPECT_EQ(case_name(cases[0]), "suite-test/finding k1");
  EXPECT_TRUE(cases[0].expected.verdict == expectation::verdict_type::violation);
  EXPECT_EQ(cases[0].expected.kind, "rss|crash");
  EXPECT_EQ(case_name(cases[1]), "suite-test/finding k1 +fix");
  EXPECT_TRUE(cases[1].expected.verdict == expectation::verdict_type::verified);
  EXPECT_EQ(case_name(cases[2]), "suite-test/finding k2");
  EXPECT_TRUE(cases[2].expected.verdict == expectation::verdict_type::verified);
  const auto unrelated = select_cases({{"suite-test/finding"}, "", "p1", {}});
  ASSERT_EQ(unrelated.size(), 1U);
  EXPECT_EQ(unrelated[0].expected.kind, "rss|crash");
}

TEST(selection, parameters_start_from_their_defaults) {
  EXPECT_EQ(select_cases({{"suite-test/known"}, "", "", {}})[0].parameters.at("pages"), 2);
  EXPECT_EQ(select_cases({{"suite-test/known"}, "", "", {{"pages", 4}}})[0].parameters.at("pages"),
            4);
  EXPECT_THROW(select_cases({{"suite-test/known"}, "", "", {{"pages", 5}}}), bad_request);
  EXPECT_THROW(select_cases({{"suite-test/known"}, "", "", {{"page", 3}}}), bad_request);
}

TEST(selection, a_patch_of_another_kernel_is_refused) {
  EXPECT_THROW(select_cases({{"suite-test/known"}, "k1", "p2", {}}), bad_request);
}

TEST(selection, an_expectation_of_a_patch_that_does_not_exist_is_refused) {
  for (const char* patch : {"", "none", "all", "p1"}) {
    try {
      select_cases({{"suite-test/mistaken"}, "", patch, {}});
      ADD_FAILURE() << "accepted with --patch '" << patch << "'";
    } catch (const std::logic_error& error) {
      EXPECT_THAT(error.what(), HasSubstr("'suite-test/mistaken'"));
      EXPECT_THAT(error.what(), HasSubstr("'p3'"));
    }
  }
}

TEST(selection, without_a_default_suite_a_scenario_must_be_named) {
  // The unit tests have none.
  EXPECT_FALSE(registry::has_default_suite());
  EXPECT_THROW(select_cases({}), bad_request);
}

TEST(registry, lists_the_default_suite_first_and_sorted) {
  const auto& all = registry::scenarios();
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(all[i - 1].in_default_suite, all[i].in_default_suite);
    if (all[i - 1].in_default_suite == all[i].in_default_suite) {
      EXPECT_LT(all[i - 1].name, all[i].name);
    }
  }
}

class suites : public testing::Test {
 protected:
  std::vector<result> run(const std::vector<std::string>& scenarios) {
    std::vector<std::string> full;
    for (const auto& each : scenarios) full.push_back("suite-test/" + each);
    cases_ = select_cases({full, "k1", "", {}});
    options_.on_result = [&](result& each) { order_.push_back(each.scenario); };
    return run_suite(cases_, options_);
  }

  std::vector<suite_case> cases_;
  suite_options options_;
  std::vector<std::string> order_;
};

TEST_F(suites, say_what_became_of_each_worker) {
  options_.jobs = 3;
  const auto results = run({"known", "killed", "exits"});
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].error, "no such world");
  EXPECT_EQ(results[1].error, "the worker process was killed by SIGKILL (Killed)");
  EXPECT_EQ(results[2].error, "the worker process ended with exit status 7 and no result");
  for (const auto& each : results) {
    EXPECT_EQ(to_string(each.outcome), "error");
    EXPECT_EQ(each.kernel, "k1");
    EXPECT_EQ(each.parameters.at("pages"), 2);
  }
}

TEST_F(suites, begin_a_case_anew_whose_worker_was_killed) {
  const auto results = run({"killed_once"});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(to_string(results[0].outcome), "verified") << results[0].error;
  EXPECT_EQ(results[0].workers_lost, 1U);
}

TEST_F(suites, count_a_limit_of_the_model_as_an_error) {
  const auto results = run({"too_small"});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(to_string(results[0].outcome), "error");
  EXPECT_EQ(results[0].error, "the model is too small for this: no room for 3 more");
}

TEST_F(suites, report_in_suite_order) {
  options_.jobs = 4;
  run({"exits", "known", "killed"});
  EXPECT_THAT(order_, ElementsAre("suite-test/exits", "suite-test/known", "suite-test/killed"));
}

TEST_F(suites, tell_workers_to_stop_and_count_the_rest_as_interrupted) {
  interrupt::install();  // workers inherit it
  std::atomic<bool> stop{false};
  options_.stop = &stop;
  int looks = 0;
  options_.on_status = [&](const suite_status& status) {
    EXPECT_EQ(status.running.size(), 1U);
    if (++looks == 2) stop = true;
  };
  const auto results = run({"waits", "known"});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0].error, "was told to stop");
  EXPECT_TRUE(results[1].outcome == verdict::bounded);
  EXPECT_EQ(results[1].bound, "interrupted");
}

TEST_F(suites, stop_at_the_first_unexpected_verdict_if_asked_to) {
  options_.stop_at_first_unexpected = true;
  const auto results = run({"known", "exits"});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_TRUE(results[0].outcome == verdict::error);
  EXPECT_THAT(results[1].bound, HasSubstr("not run"));
}

}  // namespace
}  // namespace checker
