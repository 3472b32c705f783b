// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace checker::report {
namespace {

/// Bytes of the UTF-8 sequence that begins `text`; 0 if there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80                       ? 1
                             : byte(0) >= 0xc2 && byte(0) < 0xe0  ? 2
                             : byte(0) >= 0xe0 && byte(0) < 0xf0  ? 3
                             : byte(0) >= 0xf0 && byte(0) <= 0xf4 ? 4
                                                                  : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  return length;
}

/// Bytes of the longest beginning of `text` that takes at most `width` columns.
std::size_t fitting_bytes(std::string_view text, int width) {
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    std::size_t next = bytes + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xc0) == 0x80) ++next;
    if (--width < 0) break;
    bytes = next;
  }
  return bytes;
}

/// Stands for a space that should stay in its line. Never in printable() text.
constexpr char glued_space = '\x01';

/// Where a line of `limit` bytes at most should end: behind the last space, else behind the last
/// glued one, else behind a character that separates parts of a word, else at the limit.
std::size_t break_position(std::string_view text, std::size_t limit) {
  for (const char space : {' ', glued_space}) {
    const std::size_t place = text.rfind(space, limit);
    if (place != std::string_view::npos && place > 0) return place;
  }
  const std::size_t separator = text.substr(0, limit).find_last_of("|/_-.,:>(");
  if (separator != std::string_view::npos && separator > limit / 2) return separator + 1;
  return limit;
}

}  // namespace

int width_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string printable(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    // C1 controls (U+0080..U+009F) speak to terminals too.
    const bool control =
        first < 0x20 || first == 0x7f ||
        (first == 0xc2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xa0);
    safe += length == 0 || control ? std::string_view("?") : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return safe;
}

std::string glue(std::string_view text) {
  std::string glued(text);
  std::replace(glued.begin(), glued.end(), ' ', glued_space);
  return glued;
}

std::vector<std::string> wrap(std::string_view text, int width, int hang) {
  constexpr std::string_view spaces = " \x01";
  width = std::max(width, 1);
  hang = std::min(hang, width / 2);
  std::vector<std::string> lines;
  int indent = 0;
  while (true) {
    std::size_t limit = fitting_bytes(text, width - indent);
    const bool last = limit == text.size();
    if (!last) limit = std::max<std::size_t>(break_position(text, limit), 1);
    std::string_view line = text.substr(0, limit);
    if (!last) line = line.substr(0, line.find_last_not_of(spaces) + 1);
    std::string& placed = lines.emplace_back(static_cast<std::size_t>(indent), ' ');
    placed += line;
    std::replace(placed.begin(), placed.end(), glued_space, ' ');
    text.remove_prefix(limit);
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    if (last || text.empty()) return lines;
    indent = hang;
  }
}

std::string pad(std::string_view text, int width) {
  std::string padded(text);
  padded.append(static_cast<std::size_t>(std::max(0, width - width_of(text))), ' ');
  return padded;
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string short_count(std::uint64_t number) {
  if (number < 1'000'000) return grouped(number);
  const auto value = static_cast<double>(number);
  if (value < 1e9) return fmt::format("{:.3g}M", value / 1e6);
  return fmt::format("{:.3g}G", value / 1e9);
}

std::string short_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1000 && unit + 1 < units.size(); ++unit) value /= 1024;
  // Whole numbers, but where that would lose a tenth.
  const bool whole = value >= 10 || value == std::floor(value);
  return fmt::format("{:.{}f} {}", value, whole ? 0 : 1, units[unit]);
}

std::string thread_name(std::span<const trace::thread> threads, int thread) {
  if (thread < 0 || static_cast<std::size_t>(thread) >= threads.size())
    return fmt::format("thread {}", thread);
  return printable(threads[static_cast<std::size_t>(thread)].name);
}

std::string place_of(const trace::frame& frame) {
  if (frame.file.empty()) return {};
  const std::string file = printable(frame.file);
  return frame.line > 0 ? fmt::format("{}:{}", file, frame.line) : file;
}

std::string short_place_of(const trace::frame& frame) {
  const std::string place = place_of(frame);
  const std::size_t slash = place.rfind('/');
  return slash == std::string::npos ? place : place.substr(slash + 1);
}

schedule_size size_of(std::span<const trace::decision> schedule) {
  schedule_size size;
  int last = -1;
  for (const trace::decision& decision : schedule) {
    if (decision.is_choice) continue;
    ++size.steps;
    if (last >= 0 && decision.value != last) ++size.switches;
    last = decision.value;
  }
  return size;
}

std::string counted(int number, std::string_view what) {
  const bool hissing = what.ends_with("ch");
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : hissing ? "es" : "s");
}

std::string shell_quoted(std::string_view text) {
  constexpr std::string_view harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!text.empty() && text.find_first_not_of(harmless) == std::string_view::npos)
    return std::string(text);
  // What would break the line or talk to the terminal is written as a number, which takes $'...'.
  const bool plain = printable(text) == text;
  std::string quoted = plain ? "'" : "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (!plain && (byte < 0x20 || byte >= 0x7f)) {
      quoted += fmt::format("\\x{:02x}", byte);
    } else if (c == '\'' || (c == '\\' && !plain)) {
      quoted += plain ? std::string("'\\''") : std::string("\\") + c;
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string lock_kind_of(const trace::document& document, std::string_view lock) {
  const auto find = [&](const std::vector<trace::held_lock>& locks) -> const std::string* {
    for (const trace::held_lock& entry : locks)
      if (entry.name == lock) return &entry.kind;
    return nullptr;
  };
  if (const std::string* kind = find(document.result.held)) return *kind;
  for (const trace::step& step : document.steps)
    if (const std::string* kind = find(step.held)) return *kind;
  return {};
}

namespace {

std::string join(const std::vector<std::string>& parts, std::string (*each)(std::string_view)) {
  std::string text;
  for (const std::string& part : parts) text.append(text.empty() ? "" : " ").append(each(part));
  return text;
}

}  // namespace

std::string step_words::rest() const {
  return join(parts, [](std::string_view part) { return std::string(part); });
}

std::string step_words::glued_rest() const { return join(parts, glue); }

step_words describe(const trace::step& step) {
  const std::string object = printable(step.object);
  const std::string before = printable(step.before), after = printable(step.after);
  const auto value = [&](std::string verb) -> step_words {
    if (after.empty()) return {std::move(verb), {object}};
    return {std::move(verb), {object, "= " + after}};
  };
  const auto change = [&](std::string verb) -> step_words {
    if (before.empty()) return value(std::move(verb));
    // Short values stay together where the line is broken.
    constexpr int short_change = 16;
    if (width_of(before) + width_of(after) <= short_change)
      return {std::move(verb), {object + ":", fmt::format("{} -> {}", before, after)}};
    return {std::move(verb), {object + ":", before, "-> " + after}};
  };
  const auto lock = [&](std::string verb) -> step_words {
    step_words words{std::move(verb), {object}};
    if (step.subclass > 0) words.parts.push_back(fmt::format("(nested {})", step.subclass));
    if (step.mode == trace::lock_mode::read) words.parts.emplace_back("(read)");
    if (step.kind == trace::step_kind::trylock)
      words.parts.emplace_back(step.after == "0" ? "-> busy" : "-> taken");
    return words;
  };
  switch (step.kind) {
    case trace::step_kind::load:
      return value("load");
    case trace::step_kind::store:
      return change("store");
    case trace::step_kind::rmw:
      return change("update");
    case trace::step_kind::lock:
      return lock("lock");
    case trace::step_kind::trylock:
      return lock("trylock");
    case trace::step_kind::unlock:
      return lock("unlock");
    case trace::step_kind::choice:
      return value("choose");
    case trace::step_kind::atomic:
      return {"atomic", {object}};
    case trace::step_kind::wait:
      return value("wait");
    case trace::step_kind::fence:
      return {"fence", {object}};
    case trace::step_kind::begin:
      return {"begin", {object}};
    case trace::step_kind::end:
      return {"end", {object}};
  }
  return {"", {object}};
}

}  // namespace checker::report
