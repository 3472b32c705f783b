// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/result.hpp"

#include <algorithm>
#include <string_view>

namespace checker {
namespace {

bool among(std::string_view kind, std::string_view alternatives) {
  while (true) {
    auto end = alternatives.find('|');
    if (alternatives.substr(0, end) == kind) return true;
    if (end == std::string_view::npos) return false;
    alternatives.remove_prefix(end + 1);
  }
}

bool is_expected(const violation_group& group, const expectation& expected) {
  if (expected.verdict != expectation::verdict_type::violation) return false;
  return expected.kind.empty() || among(group.kind, expected.kind);
}

}  // namespace

bool result::as_expected() const {
  if (expected.verdict == expectation::verdict_type::verified) return outcome == verdict::verified;
  if (outcome != verdict::violation) return false;
  const violation_group* const leading = leading_violation(*this);
  return leading != nullptr && leading->repeats && is_expected(*leading, expected);
}

const violation_group* leading_violation(const result& value) {
  const violation_group* best = nullptr;
  int best_rank = -1;
  for (const violation_group& group : value.violations) {
    const int rank = (is_expected(group, value.expected) ? 2 : 0) + (group.repeats ? 1 : 0);
    if (rank <= best_rank) continue;
    best = &group;
    best_rank = rank;
  }
  return best;
}

std::string leading_trace_file(const result& value) {
  const violation_group* const leading = leading_violation(value);
  return leading == nullptr ? std::string() : leading->trace_file;
}

std::string to_string(verdict value) {
  switch (value) {
    case verdict::verified:
      return "verified";
    case verdict::bounded:
      return "bounded";
    case verdict::violation:
      return "violation";
    case verdict::error:
      return "error";
  }
  return "error";
}

}  // namespace checker
