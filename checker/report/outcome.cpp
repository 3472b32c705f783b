// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace checker::report {

std::vector<std::string> expected_kinds(const expectation& expected) {
  std::vector<std::string> kinds;
  std::string_view rest = expected.kind;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    if (end > 0) kinds.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return kinds;
}

std::string expected_words(const expectation& expected) {
  if (expected.verdict == expectation::verdict_type::verified) return "verified";
  const std::vector<std::string> kinds = expected_kinds(expected);
  if (kinds.empty()) return "a violation";
  return fmt::format("violation {}", fmt::join(kinds, " or "));
}

std::string verdict_words(const result& value) {
  const violation_group* const group = leading_violation(value);
  if (value.outcome != verdict::violation || group == nullptr) return to_string(value.outcome);
  return fmt::format("violation {}", group->kind);
}

std::string result_name(const result& value) {
  if (value.patch.empty()) return value.scenario;
  return fmt::format("{}[{}]", value.scenario, value.patch);
}

bool inconclusive(const result& value) {
  return value.outcome == verdict::bounded && !value.as_expected();
}

}  // namespace checker::report
