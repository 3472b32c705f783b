// SPDX-License-Identifier: GPL-2.0-only
// A scenario as users write their own.
#pragma once

#include <string>

namespace end_to_end {

/// Text of a C++ file with one: two writers in a child beside one in its parent. `further` goes
/// into the scenario.
inline std::string three_writers(const std::string& name, const std::string& further = "") {
  return R"(#include "scenarios/world_program.hpp"

namespace {

scenarios::plan three_writers(const checker::parameter_values& set) {
  auto plan = scenarios::plan_from(set);
  add_thread(plan, "parent", 0, {scenarios::write(0, 110)});
  add_thread(plan, "child/0", 1, {scenarios::write(0, 210)});
  add_thread(plan, "child/1", 1, {scenarios::write(0, 220)});
  plan.populate = [] {
    model::setup_page(0, scenarios::initial_value(0));
    model::setup_fork(0, 1);
  };
  return plan;
}

const checker::registry::registration mine{[] {
  checker::scenario value;
  value.name = ")" +
         name + R"(";
  value.summary = "two writers in the child, one in the parent";
  value.parameters = scenarios::common_parameters(1);
  )" + further +
         R"(
  scenarios::register_scenario(value, three_writers);
}};

}  // namespace
)";
}

}  // namespace end_to_end
