// SPDX-License-Identifier: GPL-2.0-only
#include <nlohmann/json.hpp>

#include "checker/validate/report.hpp"

namespace checker::validate {
namespace {

using nlohmann::ordered_json;

const char* to_string(touched_function::kind what) {
  using kind = touched_function::kind;
  switch (what) {
    case kind::reached:
      return "executed";
    case kind::not_reached:
      return "not-executed";
    case kind::not_imported:
      return "not-imported";
    case kind::not_modelled:
      return "not-modelled";
    case kind::no_code:
      return "no-code";
    case kind::layout:
      return "layout";
    case kind::no_function:
      return "no-function";
    case kind::not_c:
      break;
  }
  return "not-c";
}

const char* to_string(change what) {
  switch (what) {
    case change::none:
      return "same";
    case change::new_violation:
      return "new";
    case change::changed:
      return "changed";
    case change::gone:
      return "gone";
    case change::still:
      return "still";
    case change::open:
      break;
  }
  return "open";
}

const char* to_string(conclusion what) {
  switch (what) {
    case conclusion::no_new_violation:
      return "no-new-violation";
    case conclusion::new_violation:
      return "new-violation";
    case conclusion::partly_exercised:
      return "partly-exercised";
    case conclusion::not_exercised:
      return "not-exercised";
    case conclusion::open:
      break;
  }
  return "open";
}

ordered_json json_of(const std::vector<changed_line>& lines) {
  auto all = ordered_json::array();
  for (const auto& each : lines) all.push_back({{"line", each.line}, {"removed", each.removed}});
  return all;
}

ordered_json json_of(const touched_function& each) {
  return {{"function", each.name},
          {"file", each.file},
          {"line", each.line},
          {"what", to_string(each.what)},
          {"changed_lines", each.changed},
          {"executed_lines", each.reached},
          {"not_executed", json_of(each.missed)},
          {"nothing_to_the_model", json_of(each.not_modelled)},
          {"no_code", json_of(each.without_code)}};
}

ordered_json json_of(const case_outcome& each) {
  return {{"verdict", each.verdict},
          {"kinds", each.kinds},
          {"message", each.message},
          {"why", each.why},
          {"trace", each.trace}};
}

}  // namespace

std::string to_json(const validation& value) {
  auto patches = ordered_json::array();
  for (const auto& each : value.made.patches) {
    patches.push_back({{"file", each.file}, {"subject", each.subject}});
  }
  auto functions = ordered_json::array();
  for (const auto& each : value.touched) functions.push_back(json_of(each));
  auto scenarios = ordered_json::array();
  for (const auto& each : value.rows) {
    scenarios.push_back({{"scenario", each.after.scenario},
                         {"change", to_string(each.what)},
                         {"before", json_of(each.before)},
                         {"after", json_of(each.after)}});
  }
  const ordered_json document = {{"tool", value.tool},
                                 {"compiler", value.compiler},
                                 {"command", value.command},
                                 {"subject", value.subject},
                                 {"patches", std::move(patches)},
                                 {"tree", value.kernel.tree},
                                 {"tree_version", value.kernel.version},
                                 {"options", value.kernel.options},
                                 {"stubs", value.kernel.stubs},
                                 {"not_modelled", value.not_modelled},
                                 {"moved", value.made.moved},
                                 {"functions", std::move(functions)},
                                 {"scenarios", std::move(scenarios)},
                                 {"result", to_string(value.result)}};
  // A patch may hold bytes that are no UTF-8.
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace checker::validate
