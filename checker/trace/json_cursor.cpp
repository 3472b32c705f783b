// SPDX-License-Identifier: GPL-2.0-only
#include "checker/trace/json_cursor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/trace/json.hpp"

namespace checker::trace {
namespace {

std::string_view describe_type(const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::null:
      return "null";
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "an array";
    case nlohmann::json::value_t::string:
      return "a string";
    case nlohmann::json::value_t::boolean:
      return "a boolean";
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return "an integer";
    case nlohmann::json::value_t::number_float:
      return "a fraction";
    default:
      return "something else";
  }
}

/// Text from the file, safe to print on one line.
std::string quotable(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string safe;
  for (const char c : text.substr(0, longest))
    safe += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text.size() > longest ? safe + "..." : safe;
}

}  // namespace

std::string json_cursor::path() const {
  if (parent == nullptr) return {};
  const std::string before = parent->path();
  if (key.empty()) return fmt::format("{}[{}]", before, index);
  return before.empty() ? quotable(key) : fmt::format("{}.{}", before, quotable(key));
}

void json_cursor::fail(const std::string& trouble) const {
  const std::string where = path();
  throw format_error(where.empty() ? trouble : fmt::format("{}: {}", where, trouble));
}

std::int64_t json_cursor::integer(std::int64_t minimum, std::int64_t maximum) const {
  if (!value.is_number_integer())
    fail(fmt::format("expected an integer, found {}", describe_type(value)));
  const bool too_large =
      value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  const std::int64_t number = too_large ? 0 : value.get<std::int64_t>();
  if (too_large || number < minimum || number > maximum) {
    fail(maximum < minimum ? fmt::format("{}: there is nothing to refer to", value.dump())
                           : fmt::format("{} is outside {}..{}", value.dump(), minimum, maximum));
  }
  return number;
}

const std::string& json_cursor::text() const {
  if (!value.is_string()) fail(fmt::format("expected a string, found {}", describe_type(value)));
  return value.get_ref<const std::string&>();
}

bool json_cursor::boolean() const {
  if (!value.is_boolean()) fail(fmt::format("expected a boolean, found {}", describe_type(value)));
  return value.get<bool>();
}

std::size_t json_cursor::elements() const {
  if (!value.is_array()) fail(fmt::format("expected an array, found {}", describe_type(value)));
  return value.size();
}

json_members::json_members(const json_cursor& object) : object_(object) {
  if (!object.value.is_object())
    object.fail(fmt::format("expected an object, found {}", describe_type(object.value)));
}

json_cursor json_members::required(std::string_view key) {
  known_.push_back(key);
  const auto place = object_.value.find(key);
  if (place == object_.value.end()) object_.fail(fmt::format("member \"{}\" is missing", key));
  return {.value = *place, .parent = &object_, .key = key};
}

void json_members::done() const {
  for (const auto& [key, value] : object_.value.items()) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      object_.fail(fmt::format("unknown member \"{}\"", quotable(key)));
  }
}

}  // namespace checker::trace
