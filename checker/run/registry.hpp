// SPDX-License-Identifier: GPL-2.0-only
// The scenarios and patches this binary knows. Filled by static registration, read-only afterwards.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "checker/run/scenario.hpp"

namespace checker::registry {

void add(scenario value);
void add(patch value);

/// Scenarios in registration order of their files, sorted by name within the default suite first.
const std::vector<scenario>& scenarios();
const std::vector<patch>& patches();
/// nullptr if there is none of that name.
const scenario* find_scenario(std::string_view name);
const patch* find_patch(std::string_view kernel, std::string_view name);
/// All kernels that some scenario names, sorted.
std::vector<std::string> kernels();

/// `static registration r{[] { registry::add(scenario{...}); }};` in a scenario file.
struct registration {
  explicit registration(void (*fill)()) { fill(); }
};

}  // namespace checker::registry
