// SPDX-License-Identifier: GPL-2.0-only
#include "checker/coverage/coverage_json.hpp"

#include <nlohmann/json.hpp>
#include <span>

namespace checker {
namespace {

using nlohmann::json;

/// A digit for each byte: 1 if it is not 0.
std::string bits_to_text(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const auto byte : bytes) text += byte != 0 ? '1' : '0';
  return text;
}

std::vector<std::uint8_t> bits_from_text(const std::string& text) {
  std::vector<std::uint8_t> bytes;
  for (const char digit : text) bytes.push_back(digit == '1' ? 1 : 0);
  return bytes;
}

}  // namespace

json coverage_to_json(const coverage& value) {
  json choices = json::array(), locks = json::array(), pairs = json::array(),
       operations = json::array();
  for (const auto& each : value.choices) {
    choices.push_back({each.label, each.place.function, each.place.file, each.place.line,
                       each.alternatives, each.taken});
  }
  for (const auto& each : value.locks) {
    locks.push_back({each.lock_class, each.taken_by, each.waited_by, each.shared});
  }
  for (const auto& each : value.lock_pairs) pairs.push_back({each.held, each.taken});
  for (const auto& each : value.operations) {
    operations.push_back({each.thread, each.name, each.began, each.returned});
  }
  return {{"measured", value.measured},         {"marks", bits_to_text(value.marks)},
          {"choices", std::move(choices)},      {"choices_meant", value.choices_meant},
          {"locks", std::move(locks)},          {"lock_pairs", std::move(pairs)},
          {"operations", std::move(operations)}};
}

coverage coverage_from_json(const json& value) {
  coverage out;
  value.at("measured").get_to(out.measured);
  out.marks = bits_from_text(value.at("marks").get_ref<const std::string&>());
  for (const auto& each : value.at("choices")) {
    out.choices.push_back(
        {each.at(0), {each.at(1), each.at(2), each.at(3)}, each.at(4), each.at(5)});
  }
  value.at("choices_meant").get_to(out.choices_meant);
  for (const auto& each : value.at("locks")) {
    out.locks.push_back({each.at(0), each.at(1), each.at(2), each.at(3)});
  }
  for (const auto& each : value.at("lock_pairs")) {
    out.lock_pairs.push_back({each.at(0), each.at(1)});
  }
  for (const auto& each : value.at("operations")) {
    out.operations.push_back({each.at(0), each.at(1), each.at(2), each.at(3)});
  }
  return out;
}

}  // namespace checker
