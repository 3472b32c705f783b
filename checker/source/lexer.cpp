// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/lexer.hpp"

#include <algorithm>
#include <cctype>

namespace checker::source {
namespace {

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool continues_name(char c) {
  return starts_name(c) || std::isdigit(static_cast<unsigned char>(c));
}

class lexer {
 public:
  explicit lexer(std::string_view source) : source_(source) {}

  std::vector<token> run() {
    while (skip_blanks()) {
      const char c = source_[at_];
      if (c == '#' && at_line_start_) {
        take(token_kind::directive, end_of_directive());
      } else if (c == '"' || c == '\'') {
        take(token_kind::text, end_of_text(c));
      } else if (starts_name(c)) {
        take(token_kind::identifier, end_while(continues_name));
      } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
        take(token_kind::number, end_while([](char d) { return continues_name(d) || d == '.'; }));
      } else if (c == '-' && at_ + 1 < source_.size() && source_[at_ + 1] == '>') {
        take(token_kind::punctuation, at_ + 2);
      } else {
        take(token_kind::punctuation, at_ + 1);
      }
    }
    return std::move(tokens_);
  }

 private:
  /// False at the end of the source.
  bool skip_blanks() {
    while (at_ < source_.size()) {
      const char c = source_[at_];
      if (c == '\n') {
        ++line_;
        at_line_start_ = true;
        ++at_;
      } else if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++at_;
      } else if (c == '\\' && at_ + 1 < source_.size() && source_[at_ + 1] == '\n') {
        ++line_;
        at_ += 2;
      } else if (source_.substr(at_, 2) == "//") {
        at_ = std::min(source_.find('\n', at_), source_.size());
      } else if (source_.substr(at_, 2) == "/*") {
        const auto end = std::min(source_.find("*/", at_ + 2), source_.size() - 2) + 2;
        count_lines(end);
        at_ = end;
      } else {
        return true;
      }
    }
    return false;
  }

  void count_lines(std::size_t end) {
    line_ += static_cast<std::size_t>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(at_),
                                                 source_.begin() + static_cast<std::ptrdiff_t>(end),
                                                 '\n'));
  }

  void take(token_kind kind, std::size_t end) {
    const std::size_t first = line_;
    count_lines(end);
    tokens_.push_back({kind, source_.substr(at_, end - at_), first, line_});
    at_ = end;
    at_line_start_ = false;
  }

  template <typename Condition>
  std::size_t end_while(Condition holds) const {
    std::size_t end = at_;
    while (end < source_.size() && holds(source_[end])) ++end;
    return end;
  }

  std::size_t end_of_text(char quote) const {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote && source_[end] != '\n') {
      end += source_[end] == '\\' ? 2 : 1;
    }
    return std::min(end + 1, source_.size());
  }

  /// Without the newline. A comment in it may go on over several lines.
  std::size_t end_of_directive() const {
    std::size_t end = at_;
    while (end < source_.size() && source_[end] != '\n') {
      if (source_[end] == '\\' && end + 1 < source_.size()) {
        end += 2;
      } else if (source_.substr(end, 2) == "/*") {
        end = std::min(source_.find("*/", end + 2), source_.size() - 2) + 2;
      } else {
        ++end;
      }
    }
    return std::min(end, source_.size());
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool at_line_start_ = true;
  std::vector<token> tokens_;
};

/// Where between the brackets the scan for items stands.
struct nesting {
  int braces = 0, parentheses = 0;
  bool in_body = false;        // of a function
  bool has_arguments = false;  // the item has had parentheses
  bool has_value = false;      // and a '=' outside of all brackets
};

class item_scan {
 public:
  explicit item_scan(const std::vector<token>& tokens) : tokens_(tokens) {}

  std::vector<item> run() {
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].kind == token_kind::directive) {
        directive(directive_name(tokens_[i]));
      } else {
        if (!open_) {
          open_ = true;
          first_ = i;
          now_ = {};
        }
        step(i);
      }
    }
    return std::move(items_);
  }

 private:
  void directive(std::string_view name) {
    if (name.starts_with("if")) {
      saved_.push_back(now_);
    } else if (name.starts_with("el") && !saved_.empty()) {
      now_ = saved_.back();
    } else if (name == "endif" && !saved_.empty()) {
      saved_.pop_back();
    }
  }

  void step(std::size_t i) {
    if (tokens_[i].kind != token_kind::punctuation) return;
    const char c = tokens_[i].text.front();
    const bool outside = now_.braces == 0 && now_.parentheses == 0;
    if (c == '(') {
      if (outside) now_.has_arguments = true;
      ++now_.parentheses;
    } else if (c == ')') {
      --now_.parentheses;
    } else if (c == '=' && outside) {
      now_.has_value = true;
    } else if (c == '{') {
      if (outside) now_.in_body = now_.has_arguments && !now_.has_value;
      ++now_.braces;
    } else if (c == '}') {
      --now_.braces;
      if (now_.braces == 0 && now_.in_body) close(i);
    } else if (c == ';' && outside) {
      close(i);
    }
  }

  void close(std::size_t last) {
    items_.push_back({first_, last, tokens_[first_].line, tokens_[last].last_line, now_.in_body});
    open_ = false;
    now_ = {};
  }

  const std::vector<token>& tokens_;
  std::vector<item> items_;
  std::vector<nesting> saved_;
  nesting now_;
  bool open_ = false;
  std::size_t first_ = 0;
};

}  // namespace

std::vector<token> tokens_of(std::string_view source) { return lexer(source).run(); }

std::string_view directive_name(const token& directive) {
  std::string_view rest = directive.text.substr(1);
  const auto begin = rest.find_first_not_of(" \t\\\n");
  if (begin == std::string_view::npos) return {};
  rest.remove_prefix(begin);
  return rest.substr(0, std::min(rest.find_first_of(" \t\n(/<\""), rest.size()));
}

std::vector<item> items_of(const std::vector<token>& tokens) { return item_scan(tokens).run(); }

}  // namespace checker::source
