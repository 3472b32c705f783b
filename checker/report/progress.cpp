// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "checker/report/text.hpp"

namespace checker::report {
namespace {

double share(const explore::progress& now, std::uint64_t of) {
  return std::min(0.99, static_cast<double>(now.states) / static_cast<double>(of));
}

/// Seconds that the rest will take if it goes on as it went.
double rest(const explore::progress& now, std::uint64_t states) {
  const double done = share(now, states);
  return now.seconds * (1 - done) / done;
}

std::string duration(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.0f} s", std::ceil(seconds));
  if (seconds < 99.5 * 60) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds < 72.0 * 3600) return fmt::format("{:.0f} h", seconds / 3600);
  return fmt::format("{:.0f} days", seconds / 86400);
}

/// Two digits will do for what is estimated: "2.1M", "340k".
std::string rough(std::uint64_t number) {
  const auto value = static_cast<double>(number);
  if (value < 1e4) return grouped(number);
  if (value < 1e6) return fmt::format("{:.0f}k", value / 1e3);
  const auto [scaled, unit] =
      value < 1e9 ? std::pair(value / 1e6, 'M') : std::pair(value / 1e9, 'G');
  return fmt::format("{:.{}f}{}", scaled, scaled < 10 ? 1 : 0, unit);
}

}  // namespace

std::string progress_text(const explore::progress& now, bool brief) {
  if (now.seconds <= 0) return {};
  const auto& made = now.estimate;
  std::string text;
  if (made.states != 0) {
    const auto done = fmt::format(" {:.0f} %", 100 * share(now, made.states));
    const auto left = fmt::format(", {} left", duration(rest(now, made.states)));
    if (brief) return done + left;
    text = fmt::format("{} of {} states ({}-{}){}", done, rough(made.states), rough(made.low),
                       rough(made.high), left);
  } else {
    text = now.states == 0 ? fmt::format(" {} executions", rough(now.executions))
                           : fmt::format(" {} states", rough(now.states));
    if (made.made()) text += fmt::format(" of {} or more", rough(made.low));
    text += fmt::format(", {}", duration(now.seconds));
    if (brief) return text;
  }
  text +=
      fmt::format(", {} steps/s",
                  rough(static_cast<std::uint64_t>(static_cast<double>(now.steps) / now.seconds)));
  if (now.states == 0) return text;
  return text + fmt::format(", {}, {} met again", short_bytes(now.bytes), rough(now.cached));
}

std::string long_search(const explore::progress& now) {
  constexpr double long_seconds = 10;
  const auto& made = now.estimate;
  if (!made.made() || now.states == 0) return {};
  if (made.states == 0) {
    const double least = now.seconds + rest(now, made.low);
    if (least < long_seconds) return {};
    return fmt::format("{} states or more, so {} or more", rough(made.low), duration(least));
  }
  const double likely = now.seconds + rest(now, made.states);
  if (likely < long_seconds) return {};
  return fmt::format("about {} states ({} to {}), {} ({} to {})", rough(made.states),
                     rough(made.low), rough(made.high), duration(likely),
                     duration(now.seconds + rest(now, made.low)),
                     duration(now.seconds + rest(now, made.high)));
}

}  // namespace checker::report
