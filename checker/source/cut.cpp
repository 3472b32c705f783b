// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/cut.hpp"

#include <algorithm>
#include <string_view>

#include "checker/source/lexer.hpp"

namespace checker::source {
namespace {

/// An item or a macro of the file.
struct piece {
  std::size_t first_line, last_line;
  std::vector<token> tokens;  ///< without directives; of a macro: its definition's
  bool is_macro = false;
  bool is_function = false;
  bool kept = false;
};

bool is_condition(const token& directive) {
  const auto name = directive_name(directive);
  return name.starts_with("if") || name.starts_with("el") || name == "endif";
}

/// The tokens behind "#define".
std::vector<token> tokens_of_macro(const token& directive) {
  const auto begin = directive.text.find("define") + std::string_view("define").size();
  auto tokens = tokens_of(directive.text.substr(begin));
  for (auto& each : tokens) each.line += directive.line - 1;
  return tokens;
}

class cutter {
 public:
  cutter(const std::string& source, const std::vector<tag>& tags,
         const std::function<bool(const std::string&)>& is_provided)
      : source_(source), is_provided_(is_provided), tokens_(tokens_of(source)) {
    collect_pieces();
    for (const tag& each : tags) {
      if (auto* const found = piece_at(each.line)) {
        defined_[each.name].push_back(found);
        names_[found].push_back(each);
      }
    }
  }

  cut_text run(const std::vector<std::string>& wanted) {
    const std::set<std::string> roots(wanted.begin(), wanted.end());
    for (const auto& name : wanted) {
      const auto found = defined_.find(name);
      if (found == defined_.end()) {
        result_.missing.push_back(name);
      } else {
        for (piece* each : found->second) keep(*each);
      }
    }
    while (!open_.empty()) {
      piece& next = *open_.back();
      open_.pop_back();
      follow(next, roots);
    }
    report();
    write_text();
    return std::move(result_);
  }

 private:
  void collect_pieces() {
    for (const item& each : items_of(tokens_)) {
      piece made{each.first_line, each.last_line, {}, false, each.is_function};
      for (std::size_t i = each.first_token; i <= each.last_token; ++i) {
        if (tokens_[i].kind != token_kind::directive) made.tokens.push_back(tokens_[i]);
      }
      pieces_.push_back(std::move(made));
    }
    for (const token& each : tokens_) {
      if (each.kind != token_kind::directive || directive_name(each) != "define") continue;
      pieces_.push_back({each.line, each.last_line, tokens_of_macro(each), true});
    }
    std::sort(pieces_.begin(), pieces_.end(), [](const piece& a, const piece& b) {
      return a.first_line != b.first_line ? a.first_line < b.first_line : b.is_macro < a.is_macro;
    });
  }

  /// Macros may be defined in the middle of a function.
  piece* piece_at(std::size_t line) {
    piece* found = nullptr;
    for (piece& each : pieces_) {
      if (line < each.first_line || line > each.last_line) continue;
      if (found == nullptr || each.is_macro) found = &each;
    }
    return found;
  }

  void keep(piece& what) {
    if (what.kept) return;
    what.kept = true;
    open_.push_back(&what);
  }

  void follow(const piece& from, const std::set<std::string>& roots) {
    for (std::size_t i = 0; i < from.tokens.size(); ++i) {
      const token& each = from.tokens[i];
      if (each.kind != token_kind::identifier) continue;
      const bool member =
          i > 0 && (from.tokens[i - 1].text == "." || from.tokens[i - 1].text == "->");
      if (member) continue;
      const std::string name(each.text);
      const bool call = i + 1 < from.tokens.size() && from.tokens[i + 1].text == "(";
      if (name.starts_with("CONFIG_")) result_.options.insert(name);
      result_.used_as_call.emplace(name, call);
      const auto found = defined_.find(name);
      if (found == defined_.end() || (is_provided_(name) && !roots.contains(name))) continue;
      for (piece* definition : found->second) keep(*definition);
    }
  }

  void report() {
    for (const piece& each : pieces_) {
      if (!each.kept) continue;
      const auto names = names_.find(&each);
      if (names != names_.end()) {
        for (const tag& name : names->second) {
          if (name.kind == "function") result_.functions.push_back({name.name, name.line});
          if (name.kind == "variable" && !each.is_macro && !is_constant(each.tokens)) {
            result_.variables.push_back({name.name, name.line});
          }
        }
      }
      if (each.is_function) report_static_variables(each);
    }
  }

  /// Whether the variable declared from `first` on is: `const` stands behind its last '*', if any.
  static bool is_constant(const std::vector<token>& tokens, std::size_t first = 0) {
    bool constant = false;
    for (std::size_t i = first; i < tokens.size(); ++i) {
      const auto text = tokens[i].text;
      if (text == "const") constant = true;
      if (text == "*") constant = false;
      if (text == "=" || text == ";" || text == "[") break;
    }
    return constant;
  }

  void report_static_variables(const piece& function) {
    int depth = 0;
    for (std::size_t i = 0; i < function.tokens.size(); ++i) {
      const token& each = function.tokens[i];
      if (each.text == "{") ++depth;
      if (each.text == "}") --depth;
      if (depth == 0 || each.text != "static") continue;
      if (is_constant(function.tokens, i)) continue;
      std::size_t last = i;
      const auto ends = [&](std::string_view text) {
        return text == ";" || text == "=" || text == "[";
      };
      while (last + 1 < function.tokens.size() && !ends(function.tokens[last + 1].text)) ++last;
      result_.variables.push_back({std::string(function.tokens[last].text), each.line});
    }
  }

  void write_text() {
    std::vector<std::string_view> lines;
    for (std::string_view rest = source_; !rest.empty();) {
      const auto end = std::min(rest.find('\n'), rest.size());
      lines.push_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::vector<bool> kept(lines.size() + 1, false);
    const auto keep_lines = [&](std::size_t first, std::size_t last) {
      for (auto line = first; line <= last && line <= lines.size(); ++line) kept[line] = true;
    };
    // The licence stands ahead of everything.
    keep_lines(1, tokens_.empty() ? 0 : tokens_.front().line - 1);
    for (const piece& each : pieces_) {
      if (each.kept) keep_lines(each.first_line, each.last_line);
    }
    for (const token& each : tokens_) {
      if (each.kind != token_kind::directive || !is_condition(each)) continue;
      keep_lines(each.line, each.last_line);
      // Directives hold options, too.
      for (const token& word : tokens_of(each.text.substr(1))) {
        if (word.text.starts_with("CONFIG_")) conditions_[each.line].emplace_back(word.text);
      }
    }
    note_options_around();
    for (std::size_t line = 1; line <= lines.size(); ++line) {
      if (kept[line]) result_.text += lines[line - 1];
      result_.text += '\n';
    }
  }

  /// Options of the conditions that stand around or inside of kept pieces.
  void note_options_around() {
    std::vector<std::size_t> around;  // lines of the #ifs that are open
    std::size_t next = 0;
    std::vector<const piece*> kept;
    for (const piece& each : pieces_) {
      if (each.kept) kept.push_back(&each);
    }
    const auto note = [&](std::size_t line) {
      for (const auto& option : conditions_[line]) result_.options.insert(option);
    };
    for (const token& each : tokens_) {
      if (each.kind != token_kind::directive || !is_condition(each)) continue;
      for (; next < kept.size() && kept[next]->first_line < each.line; ++next) {
        for (const auto line : around) note(line);
      }
      const bool inside = next > 0 && kept[next - 1]->last_line > each.line;
      if (inside) note(each.line);
      const auto name = directive_name(each);
      if (name.starts_with("if")) around.push_back(each.line);
      if (name == "endif" && !around.empty()) around.pop_back();
    }
  }

  const std::string& source_;
  const std::function<bool(const std::string&)>& is_provided_;
  std::vector<token> tokens_;
  std::vector<piece> pieces_;
  std::map<std::string, std::vector<piece*>> defined_;
  std::map<const piece*, std::vector<tag>> names_;
  std::map<std::size_t, std::vector<std::string>> conditions_;
  std::vector<piece*> open_;
  cut_text result_;
};

}  // namespace

cut_text cut(const std::string& source, const std::vector<tag>& tags,
             const std::vector<std::string>& wanted,
             const std::function<bool(const std::string&)>& is_provided) {
  return cutter(source, tags, is_provided).run(wanted);
}

}  // namespace checker::source
