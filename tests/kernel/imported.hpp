// SPDX-License-Identifier: GPL-2.0-only
// What tests of imported kernels share.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {

/// `old`, at its first place behind the line that begins with `function`, is `fresh`. Of several
/// such lines it is the last that has `old` behind it: others may be declarations, or stubs of
/// other configurations. " ... " in `old` stands for whatever is there.
struct edit {
  std::string function, old, fresh;
};

/// Trees were fetched by the test "kernel_tree" into the cache; each test imports into a cache of
/// its own, but for what the compiler has made of files before.
class imported : public in_directory {
 protected:
  void SetUp() override {
    take_tree("6.1");
    environment_ = {"XDG_CACHE_HOME=" + file("cache").string()};
    const auto compiled = std::filesystem::path(PTLCHECK_TEST_CACHE) / "ptlcheck/compiled";
    std::filesystem::create_directories(compiled);
    std::filesystem::create_directories(file("cache/ptlcheck"));
    std::filesystem::create_directory_symlink(compiled, file("cache/ptlcheck/compiled"));
  }

  void take_tree(const std::string& version) {
    tree_ = std::filesystem::path(PTLCHECK_TEST_CACHE) / "ptlcheck/trees" / version;
    if (!std::filesystem::exists(tree_ / ".unpacked")) GTEST_SKIP() << "there is no " << tree_;
  }

  /// A copy of the tree with a change in it.
  std::filesystem::path broken(const std::string& function, const std::string& old,
                               const std::string& fresh) {
    return broken({{function, old, fresh}});
  }

  /// The same with several, each made where the others have left off.
  std::filesystem::path broken(const std::vector<edit>& edits) {
    const std::filesystem::path copy = file("broken");
    std::filesystem::create_directories(copy);
    std::filesystem::copy_file(tree_ / "Makefile", copy / "Makefile");
    std::filesystem::copy(tree_ / "mm", copy / "mm");
    for (const edit& each : edits) make(each);
    return copy;
  }

  outcome import(const std::filesystem::path& tree, std::vector<std::string> further = {}) const {
    std::vector<std::string> arguments{"kernel", "import", tree.string(), "--name", "t"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run(arguments);
  }

  /// The one result, as the program tells it to programs.
  nlohmann::json result_of(const std::string& scenario,
                           std::vector<std::string> further = {}) const {
    std::vector<std::string> arguments{"run", scenario, "--kernel", "t", "--json"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    const auto seen = run(arguments);
    EXPECT_EQ(seen.err, "");
    return nlohmann::json::parse(seen.out).at("results").at(0);
  }

  std::filesystem::path tree_;

 private:
  void make(const edit& what) {
    static const std::string anything = " ... ";
    const auto gap = what.old.find(anything);
    const std::string first = what.old.substr(0, gap);
    const std::string last = gap == what.old.npos ? "" : what.old.substr(gap + anything.size());
    const std::string line = "\n" + what.function + "(";
    for (const char* name : {"mm/memory.c", "mm/pgtable-generic.c", "mm/swapfile.c", "mm/rmap.c"}) {
      const std::filesystem::path path = std::filesystem::path("broken") / name;
      if (!std::filesystem::exists(file(path.string()))) continue;
      std::string text = read_text(file(path.string()));
      auto begin = text.rfind(line);
      if (begin == text.npos) continue;
      auto at = text.find(first, begin);
      while (at == text.npos && begin != text.npos && begin != 0) {
        begin = text.rfind(line, begin - 1);
        if (begin != text.npos) at = text.find(first, begin);
      }
      const auto end = at == text.npos ? at : text.find(last, at + first.size());
      if (end == text.npos) {
        ADD_FAILURE() << what.function << " is not what this test knows: " << what.old;
        return;
      }
      text.replace(at, end + last.size() - at, what.fresh);
      write(path.string(), text);
      return;
    }
    ADD_FAILURE() << "there is no " << what.function;
  }
};

}  // namespace end_to_end
