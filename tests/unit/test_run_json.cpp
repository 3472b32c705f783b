// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "checker/report/run_json.hpp"
#include "sample_results.hpp"

namespace checker::report {
namespace {

using nlohmann::json;

TEST(run_json, holds_what_programs_need) {
  const json root = json::parse(run_json(samples::results()));
  EXPECT_EQ(root["version"], 1);
  EXPECT_THAT(root["tool"].get<std::string>(), testing::StartsWith("ptlcheck "));
  ASSERT_EQ(root["results"].size(), 8U);

  const json& good = root["results"][0];
  EXPECT_EQ(good["verdict"], "verified");
  EXPECT_EQ(good["expected"], "verified");
  EXPECT_EQ(good["as_expected"], true);
  EXPECT_EQ(good["executions"], 10'992);
  EXPECT_EQ(good["parameters"], json({{"pages", 2}}));
  EXPECT_FALSE(good.contains("kind"));
  EXPECT_FALSE(good.contains("trace"));

  const json& caught = root["results"][1];
  EXPECT_EQ(caught["verdict"], "violation");
  EXPECT_EQ(caught["kind"], "rss");
  EXPECT_EQ(caught["expected"], "violation");
  EXPECT_EQ(caught["expected_kinds"], json({"isolation", "rss"}));
  EXPECT_EQ(caught["as_expected"], true);
  EXPECT_EQ(caught["trace"], "fork-vs-write-fault.trace.json");
  EXPECT_EQ(caught["violations"][0]["trace"], "fork-vs-write-fault.trace.json");

  EXPECT_EQ(root["results"][5]["violations"][0]["repeats"], false);
  EXPECT_EQ(root["results"][5]["as_expected"], false);
  EXPECT_EQ(root["results"][6]["bound"], "--max-executions 1000");
  EXPECT_EQ(root["results"][7]["error"], "the worker was killed by signal 9");
}

TEST(run_json, says_of_estimates_what_is_known) {
  result value = samples::verified();
  EXPECT_FALSE(
      json::parse(run_json({value}))["results"][0]["statistics"].contains("last_estimate"));
  value.workers = 2;
  value.first_estimate = {1.5, 1000, 0, 4000, 0};
  value.last_estimate = {9, 60'000, 100'000, 80'000, 140'000};
  const json written = json::parse(run_json({value}))["results"][0]["statistics"];
  EXPECT_EQ(written["workers"], 2);
  EXPECT_EQ(written["first_estimate"],
            json({{"seconds", 1.5}, {"states_by_then", 1000}, {"low", 4000}}));
  EXPECT_EQ(written["last_estimate"], json({{"seconds", 9.0},
                                            {"states_by_then", 60'000},
                                            {"states", 100'000},
                                            {"low", 80'000},
                                            {"high", 140'000}}));
}

TEST(run_json, kind_and_trace_are_of_the_same_violation) {
  result value = samples::violated(samples::rss());
  value.violations.front().trace_file = "first-found.trace.json";
  value.violations.push_back({"isolation", 1, samples::deadlock(), true, "", "leading.trace.json"});
  value.expected = {expectation::verdict_type::violation, "isolation"};
  const json written = json::parse(run_json({value}))["results"][0];
  EXPECT_EQ(written["kind"], "isolation");
  EXPECT_EQ(written["trace"], "leading.trace.json");
  EXPECT_EQ(written["violations"][0]["kind"], "rss");
  EXPECT_EQ(written["violations"][0]["trace"], "first-found.trace.json");
}

TEST(run_json, is_json_whatever_the_values) {
  result value = samples::verified();
  value.seconds = std::nan("");
  value.error = "\xff";
  value.executions = UINT64_MAX;
  const json root = json::parse(run_json({value}));
  EXPECT_EQ(root["results"][0]["executions"], UINT64_MAX);
  EXPECT_EQ(json::parse(run_json({}))["results"], json::array());
}

}  // namespace
}  // namespace checker::report
