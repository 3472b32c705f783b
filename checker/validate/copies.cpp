// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/copies.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <system_error>

#include "checker/source/cache.hpp"
#include "checker/validate/git.hpp"
#include "checker/validate/patch_file.hpp"

namespace checker::validate {
namespace {

namespace fs = std::filesystem;
using source::read_file;
using source::write_file;

/// A path in a tree that can't lead out of it.
bool is_inside(const std::string& path) {
  const fs::path parts(path);
  return !path.empty() && parts.is_relative() &&
         std::none_of(parts.begin(), parts.end(),
                      [](const fs::path& each) { return each == ".." || each == ".git"; });
}

/// Where files come from: a directory, or a git revision of one.
class file_source {
 public:
  file_source(fs::path tree, const std::string& revision) : tree_(std::move(tree)) {
    if (!fs::is_directory(tree_)) {
      throw std::runtime_error(fmt::format("{}: no such directory", tree_.string()));
    }
    if (!revision.empty()) commit_ = commit_of(tree_, revision);
  }

  const std::string& commit() const { return commit_; }

  bool has(const std::string& path) const {
    if (commit_.empty()) return fs::is_regular_file(tree_ / path);
    return git({"cat-file", "-e", commit_ + ":" + path}, tree_).status == 0;
  }

  /// False if there is no such file.
  bool copy(const std::string& path, const fs::path& to) const {
    const fs::path target = to / path;
    std::string text;
    if (commit_.empty()) {
      if (!fs::is_regular_file(tree_ / path)) return false;
      text = read_file(tree_ / path);
    } else {
      const auto blob = git({"cat-file", "blob", commit_ + ":" + path}, tree_);
      if (blob.status != 0) return false;
      text = blob.out;
    }
    fs::create_directories(target.parent_path());
    write_file(target, text);
    return true;
  }

 private:
  fs::path tree_;
  std::string commit_;
};

class maker {
 public:
  maker(const source::recipe& how, const change_request& asked, const fs::path& where)
      : how_(how), asked_(asked), where_(where) {
    made_.before = where / "before";
    made_.after = where / "after";
    fs::create_directories(made_.before);
    fs::create_directories(made_.after);
  }

  copies run() {
    asked_.range.empty() ? apply_patches() : take_revisions();
    for (const auto& each : how_.files) {
      const bool was_there = fs::is_regular_file(made_.before / each.path);
      if (!was_there || fs::is_regular_file(made_.after / each.path)) continue;
      throw std::runtime_error(
          fmt::format("after the patch, there is no {}: scenarios run its functions", each.path));
    }
    made_.touched.assign(touched_.begin(), touched_.end());
    made_.identity = identity_.digits();
    return std::move(made_);
  }

 private:
  void copy_needed(const file_source& from, const fs::path& to) const {
    for (const auto& each : how_.files) {
      if (!from.copy(each.path, to) && each.since == 0) {
        throw std::runtime_error(fmt::format("{} has no {}", asked_.tree.string(), each.path));
      }
    }
    from.copy("Makefile", to);  // has the version
  }

  void take_revisions() {
    const auto dots = asked_.range.find("..");
    if (dots == std::string::npos || dots == 0 || dots + 2 == asked_.range.size()) {
      throw std::runtime_error("--range takes two revisions, A..B");
    }
    const file_source from(asked_.tree, asked_.range.substr(0, dots));
    const file_source to(asked_.tree, asked_.range.substr(dots + 2));
    copy_needed(from, made_.before);
    copy_needed(to, made_.after);
    const auto names =
        git({"diff", "--name-only", "--no-renames", "-z", from.commit(), to.commit(), "--"},
            asked_.tree);
    if (names.status != 0) throw std::runtime_error(complaint_of(names));
    for (const auto& each : split_at_zeros(names.out)) {
      touched_.insert(each);
      if (!each.ends_with(".c") && !each.ends_with(".h")) continue;
      from.copy(each, made_.before);
      to.copy(each, made_.after);
    }
    if (touched_.empty()) throw std::runtime_error(asked_.range + ": nothing differs");
    identity_.add(from.commit());
    identity_.add(to.commit());
  }

  void apply_patches() {
    const file_source from(asked_.tree, asked_.base);
    copy_needed(from, made_.before);
    copy_needed(from, made_.after);
    identity_.add(from.commit());
    const fs::path scratch = where_ / "mail";
    fs::create_directories(scratch);
    for (const auto& file : asked_.patches) {
      for (const auto& each : read_patch_file(file, scratch)) {
        identity_.add(each.text);
        apply(each, from);
        made_.patches.push_back({file, each.subject});
      }
    }
  }

  void apply(const patch_text& patch, const file_source& from) {
    const fs::path file = where_ / "patch";
    write_file(file, patch.text);
    const auto named = files_named(patch, file, from);
    for (const auto& each : named.names) {
      if (!is_inside(each)) {
        throw std::runtime_error(fmt::format("{}: names a file outside of the tree", patch.name));
      }
      touch(each, from);
    }
    for (const auto& each : old_names(patch.text, named.strip)) {
      // A line that is taken out can look like such a name.
      if (is_inside(each) && from.has(each)) touch(each, from);
    }
    const auto outcome = git({"apply", "--verbose", "--whitespace=nowarn",
                              fmt::format("-p{}", named.strip), file.string()},
                             made_.after);
    if (outcome.status != 0) {
      throw std::runtime_error(
          fmt::format("{}: does not apply: {}", patch.name, complaint_of(outcome)));
    }
    note_moved(outcome.err);
  }

  void touch(const std::string& name, const file_source& from) {
    if (!touched_.insert(name).second) return;
    from.copy(name, made_.before);
    from.copy(name, made_.after);
  }

  struct names_in_patch {
    std::vector<std::string> names;
    int strip = 1;
  };

  /// As the patch names them, without "a/" and "b/" unless that is how the files are called.
  names_in_patch files_named(const patch_text& patch, const fs::path& file,
                             const file_source& from) const {
    names_in_patch found;
    for (const int strip : {1, 0}) {
      const auto listed =
          git({"apply", "--numstat", "-z", fmt::format("-p{}", strip), file.string()}, where_);
      if (listed.status != 0) {
        throw std::runtime_error(
            fmt::format("{}: cannot be read as a patch: {}", patch.name, complaint_of(listed)));
      }
      std::vector<std::string> names;
      for (const auto& each : split_at_zeros(listed.out)) {
        const auto tab = each.rfind('\t');
        if (tab + 1 < each.size()) names.push_back(each.substr(tab + 1));
      }
      const bool known = std::any_of(names.begin(), names.end(), [&](const auto& each) {
        return is_inside(each) && (fs::exists(made_.after / each) || from.has(each));
      });
      if (strip == 1 || known) found = {std::move(names), strip};
      if (known) break;
    }
    return found;
  }

  /// Of what git says: "Checking patch mm/memory.c...", "Hunk #1 succeeded at 12 (offset 3 lines)."
  void note_moved(const std::string& said) {
    std::string file;
    for (const auto& line : lines_of(said)) {
      constexpr std::string_view checking = "Checking patch ";
      if (line.starts_with(checking)) {
        file = line.substr(checking.size());
        while (file.ends_with('.')) file.pop_back();
        for (const auto& each : touched_) {  // git's dots can't be told from the name's
          if (line.substr(checking.size()) == each + "...") file = each;
        }
      }
      if (line.starts_with("Hunk #")) made_.moved.push_back(fmt::format("{}: {}", file, line));
    }
  }

  const source::recipe& how_;
  const change_request& asked_;
  fs::path where_;
  copies made_;
  std::set<std::string> touched_;
  source::text_hash identity_;
};

}  // namespace

copies make_copies(const source::recipe& how, const change_request& asked, const fs::path& where) {
  return maker(how, asked, where).run();
}

}  // namespace checker::validate
