// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/registry.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <tuple>
#include <utility>

namespace checker::registry {
namespace {

// Filled while other files' statics are built, so they must come to life on first use.
std::vector<scenario>& all_scenarios() {
  static std::vector<scenario> values;
  return values;
}

std::vector<patch>& all_patches() {
  static std::vector<patch> values;
  return values;
}

std::vector<imported_kernel>& all_imported_kernels() {
  static std::vector<imported_kernel> values;
  return values;
}

/// Where scenarios go meanwhile; null: to all others.
std::vector<scenario>* set_aside = nullptr;

std::vector<void (*)()>& all_finders() {
  static std::vector<void (*)()> values;
  return values;
}

// Before main() there is nobody to throw to.
[[noreturn]] void refuse_twin(const char* what, const std::string& name) {
  std::fprintf(stderr, "two registrations of the %s %s\n", what, name.c_str());
  std::abort();
}

bool listed_before(const scenario& left, const scenario& right) {
  return std::make_tuple(!left.in_default_suite, std::cref(left.name)) <
         std::make_tuple(!right.in_default_suite, std::cref(right.name));
}

}  // namespace

void add(scenario value) {
  if (set_aside != nullptr) {
    set_aside->push_back(std::move(value));
    return;
  }
  if (find_scenario(value.name) != nullptr) refuse_twin("scenario", value.name);
  auto& values = all_scenarios();
  auto place = std::upper_bound(values.begin(), values.end(), value, listed_before);
  values.insert(place, std::move(value));
}

void add(patch value) {
  if (find_patch(value.kernel, value.name) != nullptr) refuse_twin("patch", value.name);
  auto& values = all_patches();
  auto place =
      std::upper_bound(values.begin(), values.end(), value, [](const patch& a, const patch& b) {
        return std::tie(a.kernel, a.name) < std::tie(b.kernel, b.name);
      });
  values.insert(place, std::move(value));
}

void add(imported_kernel value) {
  if (find_imported_kernel(value.name) != nullptr) refuse_twin("kernel", value.name);
  auto& values = all_imported_kernels();
  auto place = std::upper_bound(
      values.begin(), values.end(), value,
      [](const imported_kernel& a, const imported_kernel& b) { return a.name < b.name; });
  values.insert(place, std::move(value));
}

void add(void (*find)()) { all_finders().push_back(find); }

std::vector<scenario> scenarios_added_by(const std::function<void()>& load) {
  std::vector<scenario> added;
  set_aside = &added;
  load();
  set_aside = nullptr;
  return added;
}

void discover() {
  for (auto* const find : all_finders()) find();
  all_finders().clear();
}

const std::vector<imported_kernel>& imported_kernels() { return all_imported_kernels(); }

const imported_kernel* find_imported_kernel(std::string_view name) {
  const auto& values = imported_kernels();
  auto found = std::find_if(values.begin(), values.end(),
                            [&](const imported_kernel& each) { return each.name == name; });
  return found == values.end() ? nullptr : &*found;
}

const std::vector<scenario>& scenarios() { return all_scenarios(); }

const std::vector<patch>& patches() { return all_patches(); }

bool has_default_suite() {
  const auto& values = scenarios();
  return !values.empty() && values.front().in_default_suite;
}

const scenario* find_scenario(std::string_view name) {
  const auto& values = scenarios();
  auto found = std::find_if(values.begin(), values.end(),
                            [&](const scenario& each) { return each.name == name; });
  return found == values.end() ? nullptr : &*found;
}

const patch* find_patch(std::string_view kernel, std::string_view name) {
  const auto& values = patches();
  auto found = std::find_if(values.begin(), values.end(), [&](const patch& each) {
    return each.kernel == kernel && each.name == name;
  });
  return found == values.end() ? nullptr : &*found;
}

std::vector<std::string> kernels() {
  std::set<std::string> names;
  for (const auto& each : scenarios()) names.insert(each.kernels.begin(), each.kernels.end());
  for (const auto& each : imported_kernels()) names.insert(each.name);
  return {names.begin(), names.end()};
}

}  // namespace checker::registry
