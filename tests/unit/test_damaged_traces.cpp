// SPDX-License-Identifier: GPL-2.0-only
// A trace that was tampered with, but that the reader accepts, must not break any report.
#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <random>

#include "checker/lockgraph/lockgraph.hpp"
#include "checker/report/cpu.hpp"
#include "checker/report/lockdep.hpp"
#include "checker/report/table.hpp"
#include "checker/trace/json.hpp"
#include "samples.hpp"

namespace checker {
namespace {

using nlohmann::json;

/// All places below `value` that hold no further ones.
void collect(json& value, std::vector<json*>& leaves) {
  if (!value.is_structured()) {
    leaves.push_back(&value);
    return;
  }
  for (json& member : value) collect(member, leaves);
}

void damage(json& root, std::mt19937& random) {
  std::vector<json*> leaves;
  collect(root, leaves);
  json& victim = *leaves[random() % leaves.size()];
  const std::vector<json> numbers = {-1, 0, 1, 2, 3, 7, 1000};
  const std::vector<json> words = {
      "",       "lock", "unlock",           "load",   "store", "choice", "begin", "end",
      "atomic", "wait", "parent ptlock[0]", "\x1b[2J"};
  victim = victim.is_number() ? numbers[random() % numbers.size()] : words[random() % words.size()];
}

TEST(damaged_traces, break_no_report) {
  std::mt19937 random(11);
  int accepted = 0;
  for (const auto& make :
       {samples::rss, samples::deadlock, samples::data_race, samples::use_after_free,
        samples::recursion, samples::inversion, samples::livelock}) {
    const json good = json::parse(to_json(make()));
    for (int round = 0; round < 200; ++round) {
      json root = good;
      for (int change = 0; change < 4; ++change) damage(root, random);
      trace::document document;
      try {
        document = trace::from_json(root.dump());
      } catch (const trace::format_error&) {
        continue;
      }
      ++accepted;
      const std::string all = report::table(document, {.all = true}) + report::table(document) +
                              report::cpu(document) + report::lockdep(document) +
                              lockgraph::text(document);
      ASSERT_EQ(all.find('\x1b'), std::string::npos);
      ASSERT_NE(lockgraph::to_dot(document), "");
    }
  }
  EXPECT_GT(accepted, 200);
}

TEST(damaged_traces, may_lack_parts) {
  for (const auto& make :
       {samples::rss, samples::deadlock, samples::data_race, samples::use_after_free,
        samples::recursion, samples::inversion, samples::livelock}) {
    const std::vector<std::function<void(trace::document&)>> cuts = {
        [](trace::document& document) { document.lock_edges.clear(); },
        [](trace::document& document) { document.result.held.clear(); },
        [](trace::document& document) { document.result.waits.clear(); },
        [](trace::document& document) { document.result.cycle.clear(); },
        [](trace::document& document) { document.result.conflicting_steps.clear(); },
        [](trace::document& document) { document.result.step = document.result.thread = -1; },
        [](trace::document& document) {
          for (trace::step& step : document.steps) step.stack.clear();
        },
        [](trace::document& document) {
          for (trace::thread& thread : document.threads) thread.operations.clear();
        },
    };
    trace::document document = make();
    for (const auto& cut : cuts) {
      cut(document);
      EXPECT_NE(report::table(document), "");
      EXPECT_NE(report::cpu(document), "");
      EXPECT_NE(report::lockdep(document), "");
      EXPECT_NE(lockgraph::text(document), "");
      EXPECT_NE(lockgraph::svg(document), "");
    }
  }
}

}  // namespace
}  // namespace checker
