// SPDX-License-Identifier: GPL-2.0-only
// Results as `run` has them: one of each verdict, expected and not.
#pragma once

#include <utility>
#include <vector>

#include "checker/run/result.hpp"
#include "samples.hpp"

namespace samples {

inline checker::result verified() {
  checker::result value;
  value.scenario = "fork-vs-write-fault";
  value.kernel = "v4.14";
  value.parameters = {{"pages", 2}};
  value.outcome = checker::verdict::verified;
  value.executions = 10'992;
  value.steps = 441'230;
  value.states = 7'000;
  value.depth = 64;
  value.seconds = 0.0123;
  value.lock_classes = {"mmap_sem", "ptlock"};
  return value;
}

inline checker::result violated(checker::trace::document document) {
  checker::result value = verified();
  value.outcome = checker::verdict::violation;
  value.scenario = document.scenario;
  value.patch = document.patch;
  std::string file = document.scenario + ".trace.json";
  value.violations.push_back(
      {document.result.kind, 12, std::move(document), true, "", std::move(file)});
  return value;
}

/// Has something of everything, and parts that were not reached.
inline checker::coverage reached() {
  checker::coverage value;
  value.measured = true;
  value.marks = {1, 0, 1};
  value.choices = {{"need_resched", {"copy_pte_range", "model/v4_14/memory_copy.cpp", 128}, 2, 1}};
  value.choices_meant = {"need_resched"};
  value.locks = {{"ptlock", 3, 2, true}, {"mmap_sem", 1, 0, false}};
  value.lock_pairs = {{"ptlock", "ptlock/1"}};
  value.operations = {{"parent/0", "fork(parent -> child)", true, true},
                      {"parent/1", "write(page 0, 110)", true, false}};
  return value;
}

/// As expected but for the last five: unexpected violation, unexpected proof, one that does not
/// repeat, bounded, error.
inline std::vector<checker::result> results() {
  using checker::expectation;
  std::vector<checker::result> all = {verified()};
  all.push_back(violated(rss()));
  all.back().expected = {expectation::verdict_type::violation, "isolation|rss"};
  all.push_back(verified());
  all.back().scenario = "toy/fork_faults";
  all.back().kernel = "";
  all.back().executions = 2'141'301;
  all.back().states = 0;
  all.back().seconds = 10.52;
  all.back().reports = {"BUG: KCSAN: data-race in a / b\n"};
  all.push_back(violated(use_after_free()));
  all.push_back(verified());
  all.back().patch = "fork-without-src-ptl";
  all.back().expected = {expectation::verdict_type::violation, ""};
  all.push_back(violated(deadlock()));
  all.back().violations[0].repeats = false;
  all.back().violations[0].divergence = "step 7: thread 1 was not enabled";
  all.back().expected = {expectation::verdict_type::violation, "deadlock"};
  all.push_back(verified());
  all.back().scenario = "fork-vs-write-fault-vs-swapoff-and-reclaim";
  all.back().outcome = checker::verdict::bounded;
  all.back().bound = "--max-executions 1000";
  all.push_back(verified());
  all.back().outcome = checker::verdict::error;
  all.back().error = "the worker was killed by signal 9";
  return all;
}

}  // namespace samples
