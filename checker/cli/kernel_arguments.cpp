// SPDX-License-Identifier: GPL-2.0-only
#include "checker/cli/kernel_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "checker/run/nearest.hpp"
#include "checker/run/scenario_file.hpp"
#include "checker/run/selection.hpp"
#include "checker/source/fetch.hpp"

namespace checker::cli {

const source::recipe& recipe_or_refuse() {
  const auto* const how = source::known_recipe();
  if (how == nullptr) throw bad_request("this build was made without the kernel model");
  return *how;
}

std::pair<std::string, source::stub> parse_stub(const std::string& text) {
  const auto equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const std::string what = equals == text.npos ? "" : text.substr(equals + 1);
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  if (!name.empty() && std::all_of(name.begin(), name.end(), is_word)) {
    for (const auto each : {source::stub::noop, source::stub::zero, source::stub::nondet}) {
      if (what == source::to_string(each)) return {name, each};
    }
  }
  throw bad_request(
      fmt::format("--stub takes NAME=noop, NAME=zero or NAME=nondet, not '{}'", escaped(text)));
}

std::vector<std::string> faults_of(const source::import_outcome& outcome) {
  std::vector<std::string> lines;
  for (const auto& each : outcome.missing) {
    lines.push_back(
        fmt::format("{}:{}: {} is missing: {}", each.file, each.line, each.name, each.what));
  }
  lines.insert(lines.end(), outcome.errors.begin(), outcome.errors.end());
  return lines;
}

void add_scenario_files(const std::vector<std::string>& files) {
  for (const auto& each : files) {
    if (!is_scenario_file(each)) {
      throw bad_request(
          fmt::format("--scenario takes a C++ file here, such as F.cpp, not '{}'", escaped(each)));
    }
    add_scenarios_of(each, recipe_or_refuse().root);
  }
}

bool is_kept_name(const std::string& name) {
  const auto dash = name.find('-');
  const auto which = name.substr(0, dash);
  return (which == "before" || which == "after") && name.size() == dash + 9 &&
         name.find_first_not_of("0123456789abcdef", dash + 1) == name.npos;
}

std::filesystem::path tree_named(const std::string& tree) {
  if (std::filesystem::is_directory(tree)) return tree;
  const auto known = source::fetched(tree);
  return known.was_there ? known.tree : std::filesystem::path(tree);
}

}  // namespace checker::cli
