// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/run/nearest.hpp"
#include "checker/run/registry.hpp"

namespace checker {
namespace {

std::vector<std::string> names_of_scenarios() {
  std::vector<std::string> names;
  for (const auto& each : registry::scenarios()) names.push_back(each.name);
  return names;
}

// The kernels a scenario runs on; a toy runs on the one without a name. An imported kernel is one
// of them where it is asked for.
std::vector<std::string> kernels_of(const scenario& subject, const std::string& asked = "") {
  if (registry::find_imported_kernel(asked) != nullptr) return {asked};
  return subject.kernels.empty() ? std::vector<std::string>{""} : subject.kernels;
}

bool is_known_to_fail(const scenario& subject, const std::string& kernel) {
  const auto& kernels = subject.fails_on;
  return std::find(kernels.begin(), kernels.end(), kernel) != kernels.end();
}

std::vector<const scenario*> wanted_scenarios(const selection& asked) {
  std::vector<const scenario*> wanted;
  for (const auto& name : asked.scenarios) {
    const scenario* found = registry::find_scenario(name);
    if (found == nullptr) {
      throw bad_request(
          unknown_name("scenario", name, names_of_scenarios(), "`ptlcheck list` shows them"));
    }
    if (std::find(wanted.begin(), wanted.end(), found) == wanted.end()) wanted.push_back(found);
  }
  if (asked.scenarios.empty()) {
    for (const auto& each : registry::scenarios()) {
      if (each.in_default_suite) wanted.push_back(&each);
    }
  }
  return wanted;
}

void check_kernel(const selection& asked) {
  if (asked.kernel.empty()) return;
  const auto known = registry::kernels();
  if (std::find(known.begin(), known.end(), asked.kernel) == known.end()) {
    throw bad_request(
        unknown_name("kernel", asked.kernel, known, "`ptlcheck list --kernels` shows them"));
  }
  if (registry::find_imported_kernel(asked.kernel) != nullptr) return;  // see fits()
  for (const auto& name : asked.scenarios) {
    const scenario* subject = registry::find_scenario(name);
    const auto& kernels = subject->kernels;
    if (std::find(kernels.begin(), kernels.end(), asked.kernel) == kernels.end()) {
      throw bad_request(fmt::format(
          "scenario '{}' does not run on kernel '{}', only on {}", name, asked.kernel,
          kernels.empty() ? "none (a toy)" : fmt::format("{}", fmt::join(kernels, ", "))));
    }
  }
}

void check_patch(const selection& asked) {
  if (asked.patch.empty() || asked.patch == "none" || asked.patch == "all") return;
  std::vector<std::string> known{"none", "all"};
  for (const auto& each : registry::patches()) {
    if (asked.kernel.empty() || each.kernel == asked.kernel) known.push_back(each.name);
  }
  if (std::find(known.begin(), known.end(), asked.patch) != known.end()) return;
  const auto what =
      asked.kernel.empty() ? std::string("patch") : fmt::format("{} patch", asked.kernel);
  throw bad_request(unknown_name(what, asked.patch, known, "`ptlcheck list --patches` shows them"));
}

// A bug that is not there can't be caught: an expectation of one would be passed over in silence.
void check_expectations(const scenario& subject) {
  const auto kernels = kernels_of(subject);
  std::vector<std::string> patches = subject.mended_by;
  for (const auto& each : subject.expected_violations) patches.push_back(each.first);
  for (const auto& each : patches) {
    const bool known = std::any_of(kernels.begin(), kernels.end(), [&](const auto& kernel) {
      return registry::find_patch(kernel, each) != nullptr;
    });
    if (known) continue;
    throw std::logic_error(
        fmt::format("scenario '{}' expects something of '{}', which is no patch of its kernels",
                    subject.name, each));
  }
}

const parameter* find_parameter(const scenario& subject, const std::string& name) {
  auto found = std::find_if(subject.parameters.begin(), subject.parameters.end(),
                            [&](const parameter& each) { return each.name == name; });
  return found == subject.parameters.end() ? nullptr : &*found;
}

// A parameter goes to the scenarios that have it; one at least must.
void check_settings(const selection& asked, const std::vector<const scenario*>& wanted) {
  std::set<std::string> known;
  for (const scenario* subject : wanted) {
    for (const auto& each : subject->parameters) known.insert(each.name);
  }
  for (const auto& setting : asked.settings) {
    if (known.contains(setting.first)) continue;
    const auto what = wanted.size() == 1 ? "parameter of " + wanted.front()->name : "parameter";
    const auto otherwise =
        known.empty() ? "it has none" : fmt::format("known: {}", fmt::join(known, ", "));
    throw bad_request(unknown_name(what, setting.first, {known.begin(), known.end()}, otherwise));
  }
}

parameter_values values_for(const scenario& subject, const selection& asked) {
  parameter_values values;
  const bool imported = registry::find_imported_kernel(asked.kernel) != nullptr;
  for (const auto& each : subject.parameters) values[each.name] = each.default_on(imported);
  for (const auto& [name, value] : asked.settings) {
    const parameter* known = find_parameter(subject, name);
    if (known == nullptr) continue;
    if (value < known->minimum || value > known->maximum) {
      throw bad_request(fmt::format("parameter '{}' of {} must be from {} to {}, not {}", name,
                                    subject.name, known->minimum, known->maximum, value));
    }
    values[name] = value;
  }
  return values;
}

// Whether the scenario can run on the imported kernel asked for. One that was named must.
bool fits(const scenario& subject, const parameter_values& values, const selection& asked) {
  if (registry::find_imported_kernel(asked.kernel) == nullptr) return true;
  const std::string missing =
      subject.needs ? subject.needs(values, asked.kernel) : "a kernel that is built in";
  if (missing.empty()) return true;
  if (asked.scenarios.empty()) return false;
  throw bad_request(fmt::format("scenario '{}' does not run on kernel '{}': it needs {}",
                                subject.name, asked.kernel, missing));
}

expectation expectation_of(const scenario& subject, const std::string& kernel,
                           const std::string& patch) {
  const auto& mended = subject.mended_by;
  if (!patch.empty() && std::find(mended.begin(), mended.end(), patch) != mended.end()) return {};
  // A patch that nothing is said of leaves a known bug where it is.
  const bool caught = subject.expected_violations.contains(patch);
  const auto& expected = caught ? subject.expected_violations : subject.finds;
  auto found = expected.find(caught ? patch : kernel);
  if (found == expected.end()) return {};
  return {expectation::verdict_type::violation, fmt::format("{}", fmt::join(found->second, "|"))};
}

std::vector<std::string> patches_for(const scenario& subject, const std::string& kernel,
                                     const selection& asked) {
  if (asked.patch == "none" || (asked.patch.empty() && !asked.scenarios.empty())) return {""};
  if (asked.patch.empty() || asked.patch == "all") {
    std::vector<std::string> all{""};
    for (const auto& each : subject.expected_violations) {
      if (registry::find_patch(kernel, each.first) != nullptr) all.push_back(each.first);
    }
    for (const auto& each : subject.mended_by) {
      if (registry::find_patch(kernel, each) != nullptr) all.push_back(each);
    }
    return all;
  }
  if (registry::find_patch(kernel, asked.patch) == nullptr) return {};
  return {asked.patch};
}

}  // namespace

std::vector<suite_case> select_cases(const selection& asked) {
  auto wanted = wanted_scenarios(asked);
  check_kernel(asked);
  check_patch(asked);
  check_settings(asked, wanted);
  std::vector<suite_case> cases;
  for (const scenario* subject : wanted) {
    check_expectations(*subject);
    const parameter_values values = values_for(*subject, asked);
    if (!fits(*subject, values, asked)) continue;
    for (const auto& kernel : kernels_of(*subject, asked.kernel)) {
      if (!asked.kernel.empty() && kernel != asked.kernel) continue;
      if (asked.scenarios.empty() && is_known_to_fail(*subject, kernel)) continue;
      for (const auto& patch : patches_for(*subject, kernel, asked)) {
        cases.push_back({subject, kernel, patch, values, expectation_of(*subject, kernel, patch)});
      }
    }
  }
  // A patch without named scenarios means those that say something of it, if there are any.
  auto expects = [](const suite_case& each) {
    const auto& mended = each.subject->mended_by;
    return each.subject->expected_violations.contains(each.patch) ||
           std::find(mended.begin(), mended.end(), each.patch) != mended.end();
  };
  const bool one_patch = !asked.patch.empty() && asked.patch != "none" && asked.patch != "all";
  if (one_patch && asked.scenarios.empty() && std::any_of(cases.begin(), cases.end(), expects)) {
    std::erase_if(cases, [&](const suite_case& each) { return !expects(each); });
  }
  if (cases.empty()) {
    if (one_patch && !asked.scenarios.empty()) {
      throw bad_request(fmt::format("patch '{}' is not one of a kernel that '{}' runs on",
                                    asked.patch, asked.scenarios.front()));
    }
    throw bad_request(registry::has_default_suite()
                          ? "nothing to run: no scenario of the default suite fits; name one"
                          : "nothing to run: this build has no default suite, as it was made "
                            "without the kernel model; name a scenario (`ptlcheck list`)");
  }
  return cases;
}

std::string case_name(const suite_case& subject) {
  std::string name = subject.subject->name;
  if (!subject.kernel.empty()) name += " " + subject.kernel;
  if (!subject.patch.empty()) name += " +" + subject.patch;
  return name;
}

}  // namespace checker
