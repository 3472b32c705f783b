// SPDX-License-Identifier: GPL-2.0-only
#include "checker/cli/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "checker/report/text.hpp"
#include "checker/run/nearest.hpp"
#include "checker/run/selection.hpp"

namespace checker::cli {
namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::int64_t parse_number(std::string_view argument, std::string_view text, std::int64_t minimum,
                          std::int64_t maximum) {
  const auto value = whole_number(text);
  if (value && *value >= minimum && *value <= maximum) return *value;
  throw bad_request(fmt::format("{} takes a whole number from {} to {}, not '{}'", argument,
                                minimum, maximum, escaped(text)));
}

double parse_duration(std::string_view argument, std::string_view text) {
  constexpr double longest = 365.0 * 24 * 3600;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double factor = 0;
  if (unit.empty() || unit == "s") factor = 1;
  if (unit == "ms") factor = 0.001;
  if (unit == "m" || unit == "min") factor = 60;
  if (unit == "h") factor = 3600;
  const double seconds = value * factor;
  if (error == std::errc() && seconds > 0 && seconds <= longest) return seconds;
  throw bad_request(fmt::format("{} takes a duration such as 500ms, 60s, 5m or 2h, not '{}'",
                                argument, escaped(text)));
}

std::size_t parse_size(std::string_view argument, std::string_view text, std::size_t minimum) {
  constexpr double most = 1e18;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double factor = 1;
  if (!unit.empty() && unit != "B") {
    constexpr std::string_view prefixes = "KMGT";
    const auto power = prefixes.find(unit.front());
    unit.remove_prefix(1);
    const bool known =
        power != std::string_view::npos && (unit.empty() || unit == "B" || unit == "iB");
    factor = known ? std::exp2(10.0 * static_cast<double>(power + 1)) : 0;
  }
  const double bytes = value * factor;
  if (error == std::errc() && factor > 0 && bytes >= static_cast<double>(minimum) &&
      bytes <= most) {
    return static_cast<std::size_t>(bytes);
  }
  throw bad_request(fmt::format("{} takes a size such as 512M or 2G, at least {}, not '{}'",
                                argument, report::short_bytes(minimum), escaped(text)));
}

std::pair<std::string, std::int64_t> parse_setting(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    throw bad_request(
        fmt::format("--set takes name=value, such as pages=3, not '{}'", escaped(text)));
  }
  const auto name = text.substr(0, equals);
  const auto value = whole_number(text.substr(equals + 1));
  if (!value) {
    throw bad_request(fmt::format("--set {} takes a whole number, not '{}'", escaped(name),
                                  escaped(text.substr(equals + 1))));
  }
  return {std::string(name), *value};
}

std::size_t parse_choice(std::string_view argument, const std::string& text,
                         const std::vector<std::string>& known) {
  const auto found = std::find(known.begin(), known.end(), text);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  throw bad_request(
      fmt::format("{} is one of {}, not '{}'", argument, fmt::join(known, ", "), escaped(text)));
}

}  // namespace checker::cli
