// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/result_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "checker/coverage/coverage_json.hpp"
#include "checker/trace/json.hpp"

namespace checker {
namespace {

using nlohmann::json;

json group_to_json(const violation_group& group) {
  return {{"kind", group.kind},
          {"executions", group.executions},
          {"counterexample", trace::to_json(group.counterexample)},
          {"repeats", group.repeats},
          {"divergence", group.divergence},
          {"trace_file", group.trace_file}};
}

violation_group group_from_json(const json& value) {
  violation_group group;
  value.at("kind").get_to(group.kind);
  value.at("executions").get_to(group.executions);
  group.counterexample = trace::from_json(value.at("counterexample").get_ref<const std::string&>());
  value.at("repeats").get_to(group.repeats);
  value.at("divergence").get_to(group.divergence);
  value.at("trace_file").get_to(group.trace_file);
  return group;
}

json estimate_to_json(const size_estimate& made) {
  return {made.seconds, made.known, made.states, made.low, made.high};
}

size_estimate estimate_from_json(const json& value) {
  return {value.at(0), value.at(1), value.at(2), value.at(3), value.at(4)};
}

}  // namespace

std::string result_to_line(const result& value) {
  json groups = json::array();
  for (const auto& group : value.violations) groups.push_back(group_to_json(group));
  const json line = {
      {"scenario", value.scenario},
      {"kernel", value.kernel},
      {"patch", value.patch},
      {"parameters", value.parameters},
      {"memory_model", static_cast<int>(value.memory_model)},
      {"state_cache", value.state_cache},
      {"outcome", static_cast<int>(value.outcome)},
      {"bound", value.bound},
      {"error", value.error},
      {"violations", std::move(groups)},
      {"reports", value.reports},
      {"lock_classes", value.lock_classes},
      {"executions", value.executions},
      {"blocked", value.blocked},
      {"cached", value.cached},
      {"steps", value.steps},
      {"states", value.states},
      {"state_bytes", value.state_bytes},
      {"depth", value.depth},
      {"seconds", value.seconds},
      {"memory_full", value.memory_full},
      {"workers_lost", value.workers_lost},
      {"workers", value.workers},
      {"first_estimate", estimate_to_json(value.first_estimate)},
      {"last_estimate", estimate_to_json(value.last_estimate)},
      {"coverage", coverage_to_json(value.reached)},
      {"expected_verdict", static_cast<int>(value.expected.verdict)},
      {"expected_kind", value.expected.kind},
  };
  // Names and messages come from code under test: whatever bytes they hold must get through.
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

result result_from_line(std::string_view line) try {
  const json value = json::parse(line);
  result out;
  value.at("scenario").get_to(out.scenario);
  value.at("kernel").get_to(out.kernel);
  value.at("patch").get_to(out.patch);
  value.at("parameters").get_to(out.parameters);
  out.memory_model = static_cast<memory_model>(value.at("memory_model").get<int>());
  value.at("state_cache").get_to(out.state_cache);
  out.outcome = static_cast<verdict>(value.at("outcome").get<int>());
  value.at("bound").get_to(out.bound);
  value.at("error").get_to(out.error);
  for (const auto& group : value.at("violations")) out.violations.push_back(group_from_json(group));
  value.at("reports").get_to(out.reports);
  value.at("lock_classes").get_to(out.lock_classes);
  value.at("executions").get_to(out.executions);
  value.at("blocked").get_to(out.blocked);
  value.at("cached").get_to(out.cached);
  value.at("steps").get_to(out.steps);
  value.at("states").get_to(out.states);
  value.at("state_bytes").get_to(out.state_bytes);
  value.at("depth").get_to(out.depth);
  value.at("seconds").get_to(out.seconds);
  value.at("memory_full").get_to(out.memory_full);
  value.at("workers_lost").get_to(out.workers_lost);
  value.at("workers").get_to(out.workers);
  out.first_estimate = estimate_from_json(value.at("first_estimate"));
  out.last_estimate = estimate_from_json(value.at("last_estimate"));
  out.reached = coverage_from_json(value.at("coverage"));
  out.expected.verdict =
      static_cast<expectation::verdict_type>(value.at("expected_verdict").get<int>());
  value.at("expected_kind").get_to(out.expected.kind);
  return out;
} catch (const json::exception& error) {
  throw std::runtime_error(fmt::format("not a result: {}", error.what()));
}

}  // namespace checker
