// SPDX-License-Identifier: GPL-2.0-only
// Strict access to a JSON value that knows where it stands. Internal to the trace reader.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace checker::trace {

/// A value and the way to it from the root. The parent must outlive it.
struct json_cursor {
  const nlohmann::json& value;
  const json_cursor* parent = nullptr;
  std::string_view key = {};  ///< of an object's member; empty for an element
  std::size_t index = 0;      ///< of an array's element

  /// "steps[3].thread"
  std::string path() const;
  /// Throws format_error: path, then `trouble`.
  [[noreturn]] void fail(const std::string& trouble) const;

  std::int64_t integer(std::int64_t minimum, std::int64_t maximum) const;
  int small(int minimum, int maximum = std::numeric_limits<int>::max()) const {
    return static_cast<int>(integer(minimum, maximum));
  }
  const std::string& text() const;
  bool boolean() const;
  std::size_t elements() const;

  template <typename Function>
  void each(Function&& function) const {
    const std::size_t count = elements();
    for (std::size_t i = 0; i < count; ++i)
      function(json_cursor{.value = value[i], .parent = this, .index = i});
  }
};

/// The members of an object. done() must be called last: it refuses members nobody asked for.
class json_members {
 public:
  explicit json_members(const json_cursor& object);

  json_cursor required(std::string_view key);
  /// Calls `function` with the member if it is there.
  template <typename Function>
  void optional(std::string_view key, Function&& function) {
    known_.push_back(key);
    const auto place = object_.value.find(key);
    if (place != object_.value.end())
      function(json_cursor{.value = *place, .parent = &object_, .key = key});
  }
  void optional(std::string_view key, std::string& target) {
    optional(key, [&](const json_cursor& at) { target = at.text(); });
  }
  void optional(std::string_view key, bool& target) {
    optional(key, [&](const json_cursor& at) { target = at.boolean(); });
  }
  void optional(std::string_view key, int& target, int minimum,
                int maximum = std::numeric_limits<int>::max()) {
    optional(key, [&](const json_cursor& at) { target = at.small(minimum, maximum); });
  }
  void optional(std::string_view key, std::vector<std::string>& target) {
    optional(key, [&](const json_cursor& at) {
      at.each([&](const json_cursor& entry) { target.push_back(entry.text()); });
    });
  }
  void done() const;

 private:
  const json_cursor& object_;
  std::vector<std::string_view> known_;
};

}  // namespace checker::trace
