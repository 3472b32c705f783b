// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/touched.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/source/lexer.hpp"
#include "checker/source/tags.hpp"
#include "checker/validate/git.hpp"

namespace checker::validate {
namespace {

namespace fs = std::filesystem;

struct extent {
  std::string name;
  std::size_t first_line, last_line;
  std::vector<std::string> tokens;
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_callable(std::string_view word) {
  return !word.empty() && !is_one_of(word, {"if", "while", "for", "switch", "return", "sizeof"});
}

/// "*" at one end of a pattern stands for anything.
bool is_named_in(std::string_view name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](std::string_view pattern) {
    if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
    if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
    return name == pattern;
  });
}

/// Cuts the tokens of a function into statements. The head of an if or a loop is one of its own, so
/// that what is under a condition never counts as run because the condition was evaluated.
class statement_scan {
 public:
  /// True if `each` begins a statement.
  bool begins(const source::token& each) {
    const bool is_directive = each.kind == source::token_kind::directive;
    const bool fresh = ended_ || is_directive;
    ended_ = is_directive;
    if (!is_directive) behind_head_ = false;
    if (each.kind == source::token_kind::punctuation) {
      punctuation(each.text.front());
    } else if (each.kind == source::token_kind::identifier && depth_ == 0) {
      if (is_one_of(each.text, {"if", "while", "for", "switch"})) head_ = true;
      if (is_one_of(each.text, {"else", "do"})) ended_ = behind_head_ = true;
    }
    return fresh;
  }

  /// What comes next is run under a condition.
  bool is_behind_head() const { return behind_head_; }

 private:
  void punctuation(char c) {
    if (c == '(') ++depth_;
    if (c == ')' && --depth_ == 0 && head_) {
      head_ = false;
      ended_ = behind_head_ = true;
    }
    if (depth_ <= 0 && is_one_of(std::string_view(&c, 1), {";", "{", "}", ":"})) ended_ = true;
  }

  int depth_ = 0;
  bool head_ = false;  // of an if or a loop
  bool ended_ = true;
  bool behind_head_ = false;
};

/// A file of one of the kernels.
class source_file {
 public:
  enum class state { reached, missed, without_code, not_modelled };

  source_file(const side& from, const std::string& path,
              const std::vector<std::string>& memory_order) {
    const fs::path file = from.copy / path;
    if (!fs::exists(file)) return;
    const std::string text = source::read_file(file);
    const auto tokens = source::tokens_of(text);
    find_functions(file, tokens);
    find_statements(tokens);
    for (const auto& each : tokens) {
      if (is_named_in(each.text, memory_order)) lines_of_order_.insert(each.line);
    }
    const auto name = (fs::path(from.record.tree) / path).lexically_normal().string();
    const auto reached = from.reached.find(name);
    if (reached != from.reached.end()) reached_ = &reached->second;
  }

  const extent* function_at(std::size_t line) const {
    const auto found = std::find_if(functions_.begin(), functions_.end(), [&](const extent& each) {
      return each.first_line <= line && line <= each.last_line;
    });
    return found == functions_.end() ? nullptr : &*found;
  }

  /// Of all functions of the name, since there can be one in each branch of an #if; or of what
  /// stands outside of functions.
  std::vector<std::string> tokens_in(const std::string& name) const {
    if (name.empty()) return outside_;
    std::vector<std::string> all;
    for (const auto& each : functions_) {
      if (each.name == name) all.insert(all.end(), each.tokens.begin(), each.tokens.end());
    }
    return all;
  }

  /// There is something on it but comments, braces and the like.
  bool has_statement(std::size_t line) const { return lines_with_statement_.contains(line); }

  state state_of(std::size_t line, const extent& function) const {
    const auto found = state_of_code(line, function);
    const bool executed = found == state::reached || found == state::without_code;
    return executed && lines_of_order_.contains(line) ? state::not_modelled : found;
  }

 private:
  struct statement {
    std::size_t first, last;  // lines
    bool under_head;          // the body of an if or a loop, without braces
    bool has_call;
  };

  state state_of_code(std::size_t line, const extent& function) const {
    if (const auto own = state_of_lines(line, line, function)) return *own;
    bool conditional = line_of_if(line) >= function.first_line, has_call = false;
    for (const auto& each : statements_) {
      if (each.first > line || each.last < line) continue;
      if (const auto whole = state_of_lines(each.first, each.last, function)) return *whole;
      conditional |= each.under_head;
      has_call |= each.has_call;
    }
    if (conditional || !was_passed(line, function)) return state::missed;
    return has_call ? state::not_modelled : state::without_code;
  }

  /// Of the innermost #if around it; 0 if there is none.
  std::size_t line_of_if(std::size_t line) const {
    const auto found = line_of_if_.find(line);
    return found == line_of_if_.end() ? 0 : found->second;
  }

  /// Something behind the line was executed in the innermost braces around it, which none of it was
  /// without passing the line, but for a jump.
  bool was_passed(std::size_t line, const extent& function) const {
    std::pair innermost{function.first_line, function.last_line + 1};
    for (const auto& [open, close] : blocks_) {
      const bool around = open < line && line < close;
      if (around && open >= innermost.first && close < innermost.second) innermost = {open, close};
    }
    // The end of a function has code of its own, that of another block has none.
    const bool whole = innermost.second >= function.last_line;
    const auto last = whole ? function.last_line : innermost.second - 1;
    return state_of_lines(line + 1, last, function) == state::reached;
  }

  /// Nothing if there is no code of these lines.
  std::optional<state> state_of_lines(std::size_t first, std::size_t last,
                                      const extent& function) const {
    if (reached_ == nullptr) return std::nullopt;
    std::optional<state> found;
    const auto end = reached_->upper_bound(std::min(last, function.last_line));
    for (auto each = reached_->lower_bound(std::max(first, function.first_line)); each != end;
         ++each) {
      if (each->second) return state::reached;
      found = state::missed;
    }
    return found;
  }

  void find_functions(const fs::path& file, const std::vector<source::token>& tokens) {
    const auto tags = source::tags_of({file});
    std::size_t next = 0;
    const auto pass = [&](std::size_t end) {
      for (; next < end; ++next) outside_.emplace_back(tokens[next].text);
    };
    for (const auto& each : source::items_of(tokens)) {
      if (!each.is_function) continue;
      extent found{"", each.first_line, each.last_line, {}};
      for (const auto& tag : tags) {
        const bool inside = each.first_line <= tag.line && tag.line <= each.last_line;
        if (inside && tag.kind == "function") found.name = tag.name;
      }
      if (!found.name.empty()) {
        pass(each.first_token);
        next = each.last_token + 1;
      }
      for (auto i = each.first_token; i <= each.last_token; ++i) {
        found.tokens.emplace_back(tokens[i].text);
      }
      functions_.push_back(std::move(found));
    }
    pass(tokens.size());
  }

  /// Where between brackets the search for statements stands.
  struct position {
    statement_scan scan;
    std::vector<std::size_t> open_braces;  // their lines
  };

  void find_statements(const std::vector<source::token>& tokens) {
    position now;
    std::vector<position> at_if;  // each branch starts with what was open at the #if
    std::vector<std::size_t> conditions;
    std::size_t last_line = 0;
    std::string_view before;
    for (const auto& each : tokens) {
      note_statement(each, before, now);
      if (!conditions.empty()) {
        for (auto line = last_line; line <= each.last_line; ++line) {
          line_of_if_[line] = conditions.back();
        }
      }
      last_line = each.last_line;
      before = each.kind == source::token_kind::identifier ? each.text : "";
      if (each.kind != source::token_kind::directive) continue;
      const auto name = source::directive_name(each);
      if (name.starts_with("if")) {
        conditions.push_back(each.line);
        at_if.push_back(now);
      } else if (name.starts_with("el") && !at_if.empty()) {
        now = at_if.back();
      } else if (name == "endif" && !at_if.empty()) {
        conditions.pop_back();
        at_if.pop_back();
      }
    }
  }

  void note_statement(const source::token& each, std::string_view before, position& now) {
    const bool under_head = now.scan.is_behind_head() && each.text != "{";
    if (now.scan.begins(each)) {
      statements_.push_back({each.line, each.last_line, under_head, false});
    }
    statements_.back().last = each.last_line;
    statements_.back().has_call |= each.text == "(" && is_callable(before);
    if (each.text == "{") now.open_braces.push_back(each.line);
    if (each.text == "}" && !now.open_braces.empty()) {
      blocks_.emplace_back(now.open_braces.back(), each.line);
      now.open_braces.pop_back();
    }
    if (each.kind == source::token_kind::punctuation || is_one_of(each.text, {"else", "do"})) {
      return;
    }
    for (auto line = each.line; line <= each.last_line; ++line) lines_with_statement_.insert(line);
  }

  std::vector<extent> functions_;
  std::vector<std::string> outside_;  // tokens
  std::vector<statement> statements_;
  std::vector<std::pair<std::size_t, std::size_t>> blocks_;  // lines of their braces
  std::set<std::size_t> lines_with_statement_, lines_of_order_;
  std::map<std::size_t, std::size_t> line_of_if_;  // of the innermost #if around a line
  const std::map<std::size_t, bool>* reached_ = nullptr;
};

bool was_imported(const side& from, const std::string& path, const std::string& function) {
  for (const auto& file : from.record.files) {
    if (file.path != path) continue;
    return std::any_of(file.functions.begin(), file.functions.end(),
                       [&](const auto& each) { return each.name == function; });
  }
  return false;
}

class file_changes {
 public:
  file_changes(const std::string& path, const side& before, const side& after,
               const std::vector<std::string>& memory_order)
      : path_(path),
        before_(before),
        after_(after),
        old_(before, path, memory_order),
        new_(after, path, memory_order) {}

  std::vector<touched_function> run() {
    for (const auto& block : changed_blocks(before_.copy / path_, after_.copy / path_)) {
      note(new_, block.added_from, block.added, false);
      note(old_, block.removed_from, block.removed, true);
    }
    for (auto& each : found_) decide(each);
    std::stable_sort(found_.begin(), found_.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    return std::move(found_);
  }

 private:
  touched_function& entry(const std::string& name, std::size_t line) {
    for (auto& each : found_) {
      if (each.name == name) return each;
    }
    found_.push_back({.name = name, .file = path_, .line = line});
    return found_.back();
  }

  void note(const source_file& text, std::size_t from, std::size_t count, bool removed) {
    for (auto line = from; line < from + count; ++line) {
      const extent* const function = text.function_at(line);
      auto& touched = entry(function == nullptr ? "" : function->name, line);
      if (!text.has_statement(line)) continue;
      ++touched.changed;
      if (function == nullptr) continue;
      switch (text.state_of(line, *function)) {
        case source_file::state::reached:
          ++touched.reached;
          break;
        case source_file::state::missed:
          touched.missed.push_back({line, removed});
          break;
        case source_file::state::not_modelled:
          touched.not_modelled.push_back({line, removed});
          break;
        case source_file::state::without_code:
          touched.without_code.push_back({line, removed});
          break;
      }
    }
  }

  void decide(touched_function& touched) const {
    using kind = touched_function::kind;
    if (old_.tokens_in(touched.name) == new_.tokens_in(touched.name)) {
      touched.what = kind::layout;
    } else if (touched.name.empty()) {
      touched.what = kind::no_function;
    } else if (!was_imported(before_, path_, touched.name) &&
               !was_imported(after_, path_, touched.name)) {
      touched.what = kind::not_imported;
    } else if (touched.reached > 0) {
      touched.what = kind::reached;
    } else if (!touched.missed.empty()) {
      touched.what = kind::not_reached;
    } else {
      touched.what = touched.not_modelled.empty() ? kind::no_code : kind::not_modelled;
    }
  }

  const std::string& path_;
  const side &before_, &after_;
  source_file old_, new_;
  std::vector<touched_function> found_;
};

bool is_documentation(const std::string& path) {
  return path.starts_with("Documentation/") || path.ends_with(".rst") || path.ends_with(".txt") ||
         path.ends_with(".md") || path == "MAINTAINERS" || path == "CREDITS" || path == ".mailmap";
}

std::optional<std::size_t> read_number(std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

reached_lines read_lcov(const std::string& text) {
  reached_lines reached;
  std::map<std::size_t, bool>* file = nullptr;
  for (const auto& line : lines_of(text)) {
    if (line.starts_with("SF:")) {
      file = &reached[fs::path(line.substr(3)).lexically_normal().string()];
    }
    const auto comma = line.find(',');
    if (!line.starts_with("DA:") || file == nullptr || comma == line.npos) continue;
    const auto number = read_number(std::string_view(line).substr(3));
    const auto count = read_number(std::string_view(line).substr(comma + 1));
    if (number && count) (*file)[*number] |= *count != 0;
  }
  return reached;
}

std::vector<touched_function> touched_functions(const copies& made, const side& before,
                                                const side& after,
                                                const std::vector<std::string>& memory_order) {
  std::vector<touched_function> all;
  for (const auto& path : made.touched) {
    if (is_documentation(path)) continue;
    if (!path.ends_with(".c") && !path.ends_with(".h")) {
      all.push_back({.what = touched_function::kind::not_c, .name = "", .file = path});
      continue;
    }
    auto found = file_changes(path, before, after, memory_order).run();
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace checker::validate
