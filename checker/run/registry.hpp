// SPDX-License-Identifier: GPL-2.0-only
// The scenarios and patches this binary knows. Filled by static registration, read-only afterwards.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "checker/run/scenario.hpp"

namespace checker::registry {

/// Aborts if there is one of that name (for a patch: on that kernel).
void add(scenario value);
void add(patch value);
void add(imported_kernel value);
/// `find` is called by discover(): it adds what is not known before the program starts.
void add(void (*find)());
/// The scenarios that `load` adds, which are not added: their names may be taken.
std::vector<scenario> scenarios_added_by(const std::function<void()>& load);
/// Once, ahead of whatever asks for kernels.
void discover();

/// Those of the default suite first, each part sorted by name: the same order in every build.
const std::vector<scenario>& scenarios();
/// Sorted by kernel, then name.
const std::vector<patch>& patches();
/// False if nothing runs unless it is named.
bool has_default_suite();
/// nullptr if there is none of that name.
const scenario* find_scenario(std::string_view name);
const patch* find_patch(std::string_view kernel, std::string_view name);
/// Sorted by name.
const std::vector<imported_kernel>& imported_kernels();
const imported_kernel* find_imported_kernel(std::string_view name);
/// Those that some scenario names and those imported, sorted.
std::vector<std::string> kernels();

/// `static registration r{[] { registry::add(scenario{...}); }};` in a scenario file.
struct registration {
  explicit registration(void (*fill)()) { fill(); }
};

}  // namespace checker::registry
