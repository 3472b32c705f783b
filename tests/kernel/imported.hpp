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

/// Trees were fetched by the test "kernel_tree" into the cache; each test imports into a cache of
/// its own.
class imported : public in_directory {
 protected:
  void SetUp() override {
    take_tree("6.1");
    environment_ = {"XDG_CACHE_HOME=" + file("cache").string()};
  }

  void take_tree(const std::string& version) {
    tree_ = std::filesystem::path(PTLCHECK_TEST_CACHE) / "ptlcheck/trees" / version;
    if (!std::filesystem::exists(tree_ / ".unpacked")) GTEST_SKIP() << "there is no " << tree_;
  }

  /// A copy of the tree in which `old` is `fresh` at its first place behind the line that begins
  /// with `function`, the last of those: the first may be a declaration.
  std::filesystem::path broken(const std::string& function, const std::string& old,
                               const std::string& fresh) {
    const std::filesystem::path copy = file("broken");
    std::filesystem::create_directories(copy);
    std::filesystem::copy_file(tree_ / "Makefile", copy / "Makefile");
    std::filesystem::copy(tree_ / "mm", copy / "mm");
    for (const char* name : {"mm/memory.c", "mm/pgtable-generic.c", "mm/swapfile.c", "mm/rmap.c"}) {
      std::string text = read_text(tree_ / name);
      const auto begin = text.rfind("\n" + function + "(");
      if (begin == text.npos) continue;
      const auto at = text.find(old, begin);
      EXPECT_NE(at, text.npos) << function << " is not what this test knows";
      text.replace(at, old.size(), fresh);
      write((std::filesystem::path("broken") / name).string(), text);
      return copy;
    }
    ADD_FAILURE() << "there is no " << function;
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
};

}  // namespace end_to_end
