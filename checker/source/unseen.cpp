// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/unseen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace checker::source {
namespace {

/// "[mm/memory.c:3425:5 discrim 1] ": takes positions out of a line; gives back the first as
/// "mm/memory.c:3425".
std::string take_positions(std::string& line) {
  std::string first;
  for (std::size_t at = 0; (at = line.find('[', at)) != line.npos;) {
    const auto end = line.find("] ", at);
    const auto colon = line.find(':', at);
    if (end == line.npos || colon == line.npos || colon > end) {
      ++at;
      continue;
    }
    const std::string position = line.substr(at + 1, end - at - 1);
    if (first.empty()) first = position.substr(0, position.rfind(':'));
    line.erase(at, end + 2 - at);
  }
  return first;
}

void blank_texts(std::string& line) {
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const bool quote = line[i] == '"' && (i == 0 || line[i - 1] != '\\');
    if (inside || quote) line[i] = ' ';
    if (quote) inside = !inside;
  }
}

bool is_memory(std::string_view operand) {
  return operand.find('*') != operand.npos || operand.find("MEM") != operand.npos ||
         operand.find("->") != operand.npos;
}

/// `vmf_39(D)->orig_pte` with the pointer `vmf`.
bool is_of(std::string_view operand, const std::vector<std::string>& pointers) {
  return std::any_of(pointers.begin(), pointers.end(), [&](const std::string& each) {
    const auto at = operand.find(each + "_");
    return at != operand.npos &&
           (at == 0 || (std::isalnum(static_cast<unsigned char>(operand[at - 1])) == 0 &&
                        operand[at - 1] != '_'));
  });
}

bool has_unseen_access(std::string_view call, const std::vector<std::string>& on_the_stack) {
  const auto open = call.find(" (");
  const auto before = call.substr(0, open);
  if (const auto equals = before.find(" = "); equals != before.npos) {
    const auto result = before.substr(0, equals);
    if (is_memory(result) && !is_of(result, on_the_stack)) return true;
  }
  auto rest = call.substr(open + 2, call.size() - open - 2 - 2);
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    auto argument = rest.substr(0, comma);
    argument.remove_prefix(std::min(argument.find_first_not_of(' '), argument.size()));
    const bool address = argument.starts_with('&');
    if (!address && is_memory(argument) && !is_of(argument, on_the_stack)) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

}  // namespace

std::vector<std::string> unseen_accesses(std::string_view listing,
                                         const std::vector<std::string>& on_the_stack) {
  std::vector<std::string> found;
  while (!listing.empty()) {
    const auto end = std::min(listing.find('\n'), listing.size());
    std::string line(listing.substr(0, end));
    listing.remove_prefix(std::min(end + 1, listing.size()));
    // A call: "result = function (arguments);".
    if (!line.starts_with("  ") || !line.ends_with(");")) continue;
    if (line.find("__tsan_") != line.npos || line.find("__builtin_") != line.npos) continue;
    const std::string place = take_positions(line);
    blank_texts(line);
    if (line.find(" (") == line.npos || !has_unseen_access(line, on_the_stack)) continue;
    const auto begin = std::min(line.find_first_not_of(' '), line.size());
    found.push_back(fmt::format("{}: an access that can't be seen: {}", place, line.substr(begin)));
  }
  return found;
}

}  // namespace checker::source
