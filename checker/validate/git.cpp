// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/git.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <utility>

namespace checker::validate {
namespace {

namespace fs = std::filesystem;

/// "12,3" or "12", which stands for one line; what is read is taken off `text`.
std::pair<std::size_t, std::size_t> read_range(std::string_view& text) {
  std::size_t from = 0, count = 1;
  const auto number = [&](std::size_t& into) {
    const auto end = std::from_chars(text.data(), text.data() + text.size(), into).ptr;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  };
  number(from);
  if (text.starts_with(',')) {
    text.remove_prefix(1);
    number(count);
  }
  return {from, count};
}

}  // namespace

source::program_outcome git(const std::vector<std::string>& arguments, const fs::path& directory) {
  // A repository around a copy, or one that the environment names, has nothing to do with it.
  std::vector<std::string> words{"env",           "-u", "GIT_DIR",       "-u",
                                 "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE"};
  const auto parent = fs::weakly_canonical(directory).parent_path();
  if (!fs::exists(directory / ".git")) {
    words.push_back("GIT_CEILING_DIRECTORIES=" + parent.string());
  }
  words.insert(words.end(), {"git", "-c", "core.autocrlf=false", "-c", "apply.ignoreWhitespace=no",
                             "-c", "core.quotePath=false"});
  words.insert(words.end(), arguments.begin(), arguments.end());
  auto outcome = source::run_program(words, directory);
  if (outcome.status == 127) {
    throw std::runtime_error("git is needed to apply patches: it is not installed");
  }
  return outcome;
}

std::string commit_of(const fs::path& tree, const std::string& revision) {
  const auto outcome =
      git({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"}, tree);
  if (outcome.status == 0) return lines_of(outcome.out).back();
  if (!outcome.err.empty()) {
    throw std::runtime_error(fmt::format("{}: {}", tree.string(), complaint_of(outcome)));
  }
  throw std::runtime_error(fmt::format("{} has no revision '{}'", tree.string(), revision));
}

std::string complaint_of(const source::program_outcome& outcome) {
  for (const std::string_view kind : {"error: ", "fatal: "}) {
    for (const auto& line : lines_of(outcome.err)) {
      // With --verbose, the lines that were not found are told ahead of where.
      if (line.starts_with(kind) && !line.ends_with(" while searching for:")) {
        return line.substr(kind.size());
      }
    }
  }
  return source::last_words(outcome);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> split_at_zeros(const std::string& text) {
  std::vector<std::string> pieces;
  std::istringstream in(text);
  for (std::string piece; std::getline(in, piece, '\0');) pieces.push_back(std::move(piece));
  return pieces;
}

changed_block read_hunk_header(const std::string& header) {
  std::string_view text(header);
  text.remove_prefix(std::string_view("@@ -").size());
  changed_block block;
  std::tie(block.removed_from, block.removed) = read_range(text);
  text.remove_prefix(std::min(text.size(), std::string_view(" +").size()));
  std::tie(block.added_from, block.added) = read_range(text);
  return block;
}

std::vector<changed_block> changed_blocks(const fs::path& before, const fs::path& after) {
  const auto existing = [](const fs::path& file) {
    return fs::exists(file) ? file.string() : std::string("/dev/null");
  };
  const auto outcome = git({"diff", "--no-index", "--no-color", "--no-ext-diff", "--no-renames",
                            "--unified=0", "--", existing(before), existing(after)},
                           before.parent_path());
  // 1: they differ.
  if (outcome.status > 1) throw std::runtime_error(complaint_of(outcome));
  std::vector<changed_block> blocks;
  for (const auto& line : lines_of(outcome.out)) {
    if (line.starts_with("@@ -")) blocks.push_back(read_hunk_header(line));
  }
  return blocks;
}

}  // namespace checker::validate
