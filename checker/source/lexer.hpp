// SPDX-License-Identifier: GPL-2.0-only
// C source as tokens and as what stands at file scope. Enough of C to cut definitions out of a file
// and to see which names they use: nothing is preprocessed, and types are not known.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace checker::source {

enum class token_kind { identifier, number, text, punctuation, directive };

/// A view into the source, which must outlive it. Comments are no tokens.
struct token {
  token_kind kind;
  std::string_view text;  ///< of a directive: all of it, with its continuation lines
  std::size_t line;       ///< the first is 1
  std::size_t last_line;  ///< differs for directives and strings only
};

std::vector<token> tokens_of(std::string_view source);

/// "if", "define", "" for a lone '#'. REQUIRES: a token of kind `directive`.
std::string_view directive_name(const token& directive);

/// One declaration or definition at file scope, with its attributes and its final ';', if any.
struct item {
  std::size_t first_token, last_token;  ///< indices; there may be directives in between
  std::size_t first_line, last_line;
  bool is_function;  ///< has a function body
};

/// What stands in the tokens at file scope, in order. Where branches of an #if open different
/// braces, each branch starts with those that were open at the #if.
std::vector<item> items_of(const std::vector<token>& tokens);

}  // namespace checker::source
