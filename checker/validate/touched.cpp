// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/touched.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

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

/// A file of one of the kernels.
class source_file {
 public:
  source_file(const side& from, const std::string& path)
      : name_((fs::path(from.record.tree) / path).lexically_normal().string()) {
    const fs::path file = from.copy / path;
    if (!fs::exists(file)) return;
    const std::string text = source::read_file(file);
    const auto tokens = source::tokens_of(text);
    for (const auto& each : tokens) {
      for (auto line = each.line; line <= each.last_line; ++line) lines_with_code_.insert(line);
    }
    find_functions(file, tokens);
    const auto reached = from.reached.find(name_);
    if (reached != from.reached.end()) reached_ = &reached->second;
  }

  const extent* function_at(std::size_t line) const {
    const auto found = std::find_if(functions_.begin(), functions_.end(), [&](const extent& each) {
      return each.first_line <= line && line <= each.last_line;
    });
    return found == functions_.end() ? nullptr : &*found;
  }

  const extent* function(const std::string& name) const {
    const auto found = std::find_if(functions_.begin(), functions_.end(),
                                    [&](const extent& each) { return each.name == name; });
    return found == functions_.end() ? nullptr : &*found;
  }

  bool has_code(std::size_t line) const { return lines_with_code_.contains(line); }

  bool was_reached(std::size_t line, const extent& function) const {
    if (reached_ == nullptr) return false;
    auto next = reached_->upper_bound(line);
    if (next == reached_->begin()) return false;
    --next;
    return next->first >= function.first_line && next->second;
  }

 private:
  void find_functions(const fs::path& file, const std::vector<source::token>& tokens) {
    const auto tags = source::tags_of({file});
    for (const auto& each : source::items_of(tokens)) {
      if (!each.is_function) continue;
      extent found{"", each.first_line, each.last_line, {}};
      for (const auto& tag : tags) {
        const bool inside = each.first_line <= tag.line && tag.line <= each.last_line;
        if (inside && tag.kind == "function") found.name = tag.name;
      }
      for (auto i = each.first_token; i <= each.last_token; ++i) {
        found.tokens.emplace_back(tokens[i].text);
      }
      functions_.push_back(std::move(found));
    }
  }

  std::string name_;
  std::vector<extent> functions_;
  std::set<std::size_t> lines_with_code_;
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
  file_changes(const std::string& path, const side& before, const side& after)
      : path_(path), before_(before), after_(after), old_(before, path), new_(after, path) {}

  std::vector<touched_function> run() {
    for (const auto& block : changed_blocks(before_.copy / path_, after_.copy / path_)) {
      note(new_, block.added_from, block.added);
      note(old_, block.removed_from, block.removed);
    }
    for (auto& each : found_) decide(each);
    std::erase_if(found_, [](const touched_function& each) {
      return each.name.empty() && each.changed == 0;  // comments between functions
    });
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

  void note(const source_file& text, std::size_t from, std::size_t count) {
    for (auto line = from; line < from + count; ++line) {
      const extent* const function = text.function_at(line);
      auto& touched = entry(function == nullptr ? "" : function->name, line);
      if (!text.has_code(line)) continue;
      ++touched.changed;
      if (function != nullptr && text.was_reached(line, *function)) ++touched.reached;
    }
  }

  void decide(touched_function& touched) const {
    using kind = touched_function::kind;
    const extent* const was = old_.function(touched.name);
    const extent* const is = new_.function(touched.name);
    if (touched.name.empty()) {
      touched.what = kind::no_function;
    } else if (was != nullptr && is != nullptr && was->tokens == is->tokens) {
      touched.what = kind::layout;
    } else if (!was_imported(before_, path_, touched.name) &&
               !was_imported(after_, path_, touched.name)) {
      touched.what = kind::not_imported;
    } else {
      touched.what = touched.reached == 0 ? kind::not_reached : kind::reached;
    }
  }

  const std::string& path_;
  const side &before_, &after_;
  source_file old_, new_;
  std::vector<touched_function> found_;
};

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
                                                const side& after) {
  std::vector<touched_function> all;
  for (const auto& path : made.touched) {
    if (!path.ends_with(".c") && !path.ends_with(".h")) {
      // No file that could be imported; nobody wants to be told about documentation.
      continue;
    }
    auto found = file_changes(path, before, after).run();
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace checker::validate
