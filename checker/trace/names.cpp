// SPDX-License-Identifier: GPL-2.0-only
#include "checker/trace/names.hpp"

#include <array>
#include <cstddef>

namespace checker::trace {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, 12> step_words = {"load",    "store",  "rmw",    "lock",
                                                         "trylock", "unlock", "choice", "atomic",
                                                         "wait",    "fence",  "begin",  "end"};
static_assert(static_cast<std::size_t>(step_kind::end) + 1 == step_words.size());

constexpr std::array<std::string_view, 2> mode_words = {"write", "read"};
static_assert(static_cast<std::size_t>(lock_mode::read) + 1 == mode_words.size());

template <typename Enum, std::size_t Size>
std::optional<Enum> parse(const std::array<std::string_view, Size>& words, std::string_view word) {
  for (std::size_t i = 0; i < Size; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(step_kind kind) { return step_words.at(static_cast<std::size_t>(kind)); }
std::string_view to_string(lock_mode mode) { return mode_words.at(static_cast<std::size_t>(mode)); }

std::optional<step_kind> parse_step_kind(std::string_view word) {
  return parse<step_kind>(step_words, word);
}
std::optional<lock_mode> parse_lock_mode(std::string_view word) {
  return parse<lock_mode>(mode_words, word);
}

}  // namespace checker::trace
