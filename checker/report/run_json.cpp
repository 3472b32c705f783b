// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/run_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "checker/report/outcome.hpp"

namespace checker::report {
namespace {

using json = nlohmann::ordered_json;

json write(const violation_group& group) {
  json object;
  object["kind"] = group.kind;
  object["message"] = group.counterexample.result.message;
  object["executions"] = group.executions;
  object["repeats"] = group.repeats;
  if (!group.divergence.empty()) object["divergence"] = group.divergence;
  if (!group.trace_file.empty()) object["trace"] = group.trace_file;
  return object;
}

json write(const result& value) {
  json object;
  object["scenario"] = value.scenario;
  object["kernel"] = value.kernel;
  object["patch"] = value.patch;
  object["parameters"] = value.parameters;
  object["memory_model"] = to_string(value.memory_model);
  object["state_cache"] = value.state_cache;
  object["verdict"] = to_string(value.outcome);
  const bool proof = value.expected.verdict == expectation::verdict_type::verified;
  object["expected"] = proof ? "verified" : "violation";
  object["expected_kinds"] = expected_kinds(value.expected);
  object["as_expected"] = value.as_expected();
  if (value.outcome == verdict::violation) {
    const violation_group* const group = leading_violation(value);
    if (group != nullptr) object["kind"] = group->kind;
  }
  object["executions"] = value.executions;
  object["blocked"] = value.blocked;
  object["cached"] = value.cached;
  object["steps"] = value.steps;
  object["states"] = value.states;
  object["depth"] = value.depth;
  object["seconds"] = std::isfinite(value.seconds) ? value.seconds : 0.0;
  if (!value.bound.empty()) object["bound"] = value.bound;
  if (!value.error.empty()) object["error"] = value.error;
  if (const std::string trace = leading_trace_file(value); !trace.empty()) object["trace"] = trace;
  object["violations"] = json::array();
  for (const violation_group& group : value.violations)
    object["violations"].push_back(write(group));
  object["lock_classes"] = value.lock_classes;
  object["reports"] = value.reports;
  return object;
}

}  // namespace

std::string run_json(const std::vector<result>& results) {
  json root;
  root["version"] = run_json_version;
  root["tool"] = "ptlcheck " PTLCHECK_VERSION;
  root["results"] = json::array();
  for (const result& value : results) root["results"].push_back(write(value));
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace checker::report
