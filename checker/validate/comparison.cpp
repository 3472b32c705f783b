// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace checker::validate {
namespace {

change change_between(const case_outcome& before, const case_outcome& after) {
  const bool was = before.verdict == "violation", is = after.verdict == "violation";
  if (!was && is) return change::new_violation;
  if (was && is) {
    const bool known = std::all_of(after.kinds.begin(), after.kinds.end(), [&](const auto& each) {
      return std::find(before.kinds.begin(), before.kinds.end(), each) != before.kinds.end();
    });
    return known ? change::still : change::changed;
  }
  if (after.verdict != "verified") return change::open;
  return was ? change::gone : change::none;
}

}  // namespace

std::vector<case_outcome> read_run(const std::string& text) {
  std::vector<case_outcome> outcomes;
  const auto document = nlohmann::json::parse(text);
  for (const auto& each : document.at("results")) {
    case_outcome one;
    one.scenario = each.at("scenario");
    one.verdict = each.at("verdict");
    one.why = each.value("error", each.value("bound", ""));
    one.trace = each.value("trace", "");
    const std::string leading = each.value("kind", "");
    if (!leading.empty()) one.kinds.push_back(leading);
    for (const auto& violation : each.at("violations")) {
      const std::string kind = violation.at("kind");
      if (kind == leading && one.message.empty()) one.message = violation.at("message");
      if (std::find(one.kinds.begin(), one.kinds.end(), kind) == one.kinds.end()) {
        one.kinds.push_back(kind);
      }
    }
    outcomes.push_back(std::move(one));
  }
  return outcomes;
}

std::vector<comparison> compare(const std::vector<case_outcome>& before,
                                const std::vector<case_outcome>& after) {
  std::vector<comparison> rows;
  for (const auto& each : after) {
    const auto was = std::find_if(before.begin(), before.end(), [&](const auto& other) {
      return other.scenario == each.scenario;
    });
    if (was == before.end()) {
      throw std::runtime_error(each.scenario + " did not run before the patch");
    }
    rows.push_back({*was, each, change_between(*was, each)});
  }
  if (rows.size() != before.size()) {
    throw std::runtime_error("not all that ran before the patch ran after it");
  }
  return rows;
}

conclusion conclude(const std::vector<comparison>& rows,
                    const std::vector<touched_function>& touched) {
  using kind = touched_function::kind;
  if (std::any_of(rows.begin(), rows.end(), [](const auto& each) { return each.is_worse(); })) {
    return conclusion::new_violation;
  }
  const auto all = [&](auto holds) { return std::all_of(touched.begin(), touched.end(), holds); };
  const bool layout_only = all([](const auto& each) { return each.what == kind::layout; });
  if (touched.empty() ||
      (!layout_only && all([](const auto& each) { return !each.is_executed(); }))) {
    return conclusion::not_exercised;
  }
  const bool open = rows.empty() || std::any_of(rows.begin(), rows.end(), [](const auto& each) {
                      return each.what == change::open || each.what == change::still;
                    });
  if (open) return conclusion::open;
  const bool exercised = all([](const auto& each) { return each.is_exercised(); });
  return exercised ? conclusion::no_new_violation : conclusion::partly_exercised;
}

std::string verdict_words(const case_outcome& outcome) {
  if (outcome.verdict == "violation") {
    return fmt::format("violation ({})", fmt::join(outcome.kinds, ", "));
  }
  if (outcome.why.empty()) return outcome.verdict;
  return fmt::format("{} ({})", outcome.verdict, outcome.why);
}

}  // namespace checker::validate
