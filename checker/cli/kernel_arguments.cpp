// SPDX-License-Identifier: GPL-2.0-only
#include "checker/cli/kernel_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "checker/run/nearest.hpp"
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

std::filesystem::path tree_named(const std::string& tree) {
  if (std::filesystem::is_directory(tree)) return tree;
  const auto known = source::fetched(tree);
  return known.was_there ? known.tree : std::filesystem::path(tree);
}

}  // namespace checker::cli
