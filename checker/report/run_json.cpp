// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/run_json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "checker/coverage/source.hpp"
#include "checker/report/outcome.hpp"
#include "checker/run/registry.hpp"

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

/// What is not known is not there.
json write(const size_estimate& made) {
  json object;
  object["seconds"] = made.seconds;
  object["states_by_then"] = made.known;
  if (made.states != 0) object["states"] = made.states;
  object["low"] = made.low;
  if (made.states != 0) object["high"] = made.high;
  return object;
}

json statistics(const result& value) {
  json object;
  const double seconds = std::isfinite(value.seconds) ? value.seconds : 0.0;
  object["seconds"] = seconds;
  object["executions"] = value.executions;
  object["steps"] = value.steps;
  object["steps_per_second"] =
      seconds > 0 ? std::round(static_cast<double>(value.steps) / seconds) : 0.0;
  object["states"] = value.states;
  object["states_met_again"] = value.cached;
  object["depth"] = value.depth;
  object["state_bytes"] = value.state_bytes;
  object["memory_full"] = value.memory_full;
  object["workers"] = value.workers;
  object["workers_lost"] = value.workers_lost;
  if (value.first_estimate.made()) object["first_estimate"] = write(value.first_estimate);
  if (value.last_estimate.made()) object["last_estimate"] = write(value.last_estimate);
  return object;
}

std::vector<unsigned> as_list(coverage_bits bits) {
  std::vector<unsigned> numbers;
  for (unsigned i = 0; i < 32; ++i) {
    if ((bits >> i & 1) != 0) numbers.push_back(i);
  }
  return numbers;
}

void write_source(json& object, const source_coverage& source, bool lines) {
  std::size_t count = 0, branches = 0;
  unsigned reached = 0, ways = 0;
  for (const auto& file : source.files) {
    count += file.lines.size();
    reached += file.lines_reached();
    branches += file.branches.size();
    ways += file.ways_reached();
  }
  object["functions"] = source.functions;
  object["functions_entered"] = source.functions_entered;
  object["lines"] = count;
  object["lines_reached"] = reached;
  object["ways"] = 2 * branches;
  object["ways_reached"] = ways;
  if (!lines) return;
  object["lines_not_reached"] = json::object();
  for (const auto& file : source.files) {
    json missed = json::array();
    for (const auto& [line, code] : file.lines) {
      if (code.reached == 0) missed.push_back(line);
    }
    if (!missed.empty()) object["lines_not_reached"][file.file] = std::move(missed);
  }
}

json write(const coverage& value, bool lines) {
  json object;
  object["not_reached"] = unreached_parts(value);
  if (!value.marks.empty()) write_source(object, by_source(value.marks), lines);
  object["choices"] = json::array();
  for (const auto& each : value.choices) {
    object["choices"].push_back({{"label", each.label},
                                 {"function", each.place.function},
                                 {"file", each.place.file},
                                 {"line", each.place.line},
                                 {"alternatives", each.alternatives},
                                 {"taken", as_list(each.taken)}});
  }
  object["locks"] = json::array();
  for (const auto& each : value.locks) {
    object["locks"].push_back({{"class", each.lock_class},
                               {"shared", each.shared},
                               {"taken_by", as_list(each.taken_by)},
                               {"waited_by", as_list(each.waited_by)}});
  }
  object["lock_pairs"] = json::array();
  for (const auto& each : value.lock_pairs) {
    object["lock_pairs"].push_back({{"held", each.held}, {"taken", each.taken}});
  }
  object["operations"] = json::array();
  for (const auto& each : value.operations) {
    object["operations"].push_back({{"thread", each.thread},
                                    {"name", each.name},
                                    {"began", each.began},
                                    {"returned", each.returned}});
  }
  return object;
}

json write(const result& value, bool lines) {
  json object;
  object["scenario"] = value.scenario;
  object["kernel"] = value.kernel;
  if (const auto* imported = registry::find_imported_kernel(value.kernel)) {
    object["imported_from"] = imported->source;
    object["stubs"] = imported->stubs;
  }
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
  object["state_bytes"] = value.state_bytes;
  object["memory_full"] = value.memory_full;
  object["workers_lost"] = value.workers_lost;
  object["seconds"] = std::isfinite(value.seconds) ? value.seconds : 0.0;
  object["statistics"] = statistics(value);
  if (!value.bound.empty()) object["bound"] = value.bound;
  if (!value.error.empty()) object["error"] = value.error;
  if (const std::string trace = leading_trace_file(value); !trace.empty()) object["trace"] = trace;
  object["violations"] = json::array();
  for (const violation_group& group : value.violations)
    object["violations"].push_back(write(group));
  object["lock_classes"] = value.lock_classes;
  object["reports"] = value.reports;
  if (value.reached.measured) object["coverage"] = write(value.reached, lines);
  return object;
}

}  // namespace

std::string run_json(const std::vector<result>& results, bool lines) {
  json root;
  root["version"] = run_json_version;
  root["tool"] = "ptlcheck " PTLCHECK_VERSION;
  root["results"] = json::array();
  for (const result& value : results) root["results"].push_back(write(value, lines));
  return root.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace checker::report
