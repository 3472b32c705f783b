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

}  // namespace

bool result::as_expected() const {
  if (expected.verdict == expectation::verdict_type::verified) return outcome == verdict::verified;
  if (outcome != verdict::violation) return false;
  if (expected.kind.empty()) return true;
  return std::any_of(violations.begin(), violations.end(), [&](const violation_group& group) {
    return group.repeats && among(group.kind, expected.kind);
  });
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
