// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/code_under_test.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "checker/report/text.hpp"

namespace checker::report {
namespace {

std::string folder_of(const trace::frame& frame) {
  return frame.file.substr(0, std::min(frame.file.rfind('/'), frame.file.size()));
}

}  // namespace

code_under_test::code_under_test(const trace::document& document) {
  folders_.insert(document.code.begin(), document.code.end());
  if (!folders_.empty()) return;
  std::map<std::string, std::size_t> callers;
  for (const trace::step& step : document.steps)
    for (std::size_t i = 0; i + 1 < step.stack.size(); ++i) ++callers[folder_of(step.stack[i])];
  const auto most = std::max_element(
      callers.begin(), callers.end(),
      [](const auto& one, const auto& other) { return one.second < other.second; });
  if (most != callers.end()) folders_.insert(most->first);
}

std::span<const trace::frame> code_under_test::part_of(
    const std::vector<trace::frame>& stack) const {
  if (stack.empty()) return {};
  const auto within = [](const std::set<std::string>& folders) {
    return [&folders](const trace::frame& frame) { return folders.contains(folder_of(frame)); };
  };
  const auto first = std::find_if(stack.begin(), stack.end(), within(folders_));
  if (first == stack.end()) {
    const std::set<std::string> own{folder_of(stack.front())};
    return {stack.begin(), std::find_if_not(stack.begin(), stack.end(), within(own))};
  }
  return {first, std::find_if(stack.rbegin(), stack.rend(), within(folders_)).base()};
}

std::string code_under_test::place_in(const std::vector<trace::frame>& stack) const {
  const std::span<const trace::frame> part = part_of(stack);
  if (part.empty()) return {};
  const std::string words = printable(part.back().function) + "()";
  const std::string place = short_place_of(part.back());
  return place.empty() ? words : words + " " + place;
}

}  // namespace checker::report
