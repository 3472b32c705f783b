// SPDX-License-Identifier: GPL-2.0-only
// Unmodified kernel source under the checker, and copies of it that are broken on purpose.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

/// The tree was fetched by the test "kernel_tree" into the cache; each test imports into a cache of
/// its own.
class imported : public in_directory {
 protected:
  void SetUp() override {
    tree_ = fs::path(PTLCHECK_TEST_CACHE) / "ptlcheck/trees/6.1";
    if (!fs::exists(tree_ / ".unpacked")) GTEST_SKIP() << "there is no " << tree_;
    environment_ = {"XDG_CACHE_HOME=" + file("cache").string()};
  }

  /// A copy of the tree in which `old` is `fresh` at its first place behind `function`.
  fs::path broken(const std::string& function, const std::string& old, const std::string& fresh) {
    const fs::path copy = file("broken");
    fs::create_directories(copy / "mm");
    std::string text = read_text(tree_ / "mm/memory.c");
    const auto at = text.find(old, text.find("\n" + function + "("));
    EXPECT_NE(at, text.npos) << function << " is not what this test knows";
    text.replace(at, old.size(), fresh);
    write("broken/mm/memory.c", text);
    return copy;
  }

  outcome import(const fs::path& tree, std::vector<std::string> further = {}) const {
    std::vector<std::string> arguments{"kernel", "import", tree.string(), "--name", "t"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run(arguments);
  }

  /// The one result, as the program tells it to programs.
  json result_of(const std::string& scenario, std::vector<std::string> further = {}) const {
    std::vector<std::string> arguments{"run", scenario, "--kernel", "t", "--json"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    const auto seen = run(arguments);
    EXPECT_EQ(seen.err, "");
    return json::parse(seen.out).at("results").at(0);
  }

  fs::path tree_;
};

TEST_F(imported, finds_static_callees_and_prints_its_options) {
  const auto seen = import(tree_);
  EXPECT_EQ(seen.status, 0) << seen.err;
  for (const char* each : {"copy_present_pte", "vma_needs_copy", "wp_page_copy", "wp_page_reuse",
                           "do_anonymous_page", "pmd_install", "vm_normal_page"}) {
    EXPECT_THAT(seen.out, HasSubstr(each));
  }
  EXPECT_THAT(seen.out, HasSubstr("CONFIG_ARCH_HAS_PTE_SPECIAL=y"));
  EXPECT_THAT(seen.out, HasSubstr("CONFIG_KSM=n"));
  EXPECT_THAT(seen.out, HasSubstr("stubs: none"));
}

TEST_F(imported, fork_against_write_faults_is_verified) {
  ASSERT_EQ(import(tree_).status, 0);
  for (const char* each : {"fork-vs-write-fault", "fork-vs-read-fault", "fork-vs-two-write-faults",
                           "write-fault-parent-vs-child"}) {
    const auto result = result_of(each);
    EXPECT_EQ(result.at("verdict"), "verified") << each << ": " << result.dump(2);
    EXPECT_EQ(result.at("kernel"), "t");
    EXPECT_THAT(result.at("imported_from").get<std::string>(), HasSubstr("Linux 6.1."));
    EXPECT_TRUE(result.at("stubs").empty());
  }
}

TEST_F(imported, fork_without_write_protection_is_caught_in_the_tree_s_own_lines) {
  const auto tree = broken("copy_present_pte", "ptep_set_wrprotect(src_mm, addr, src_pte);", ";");
  ASSERT_EQ(import(tree).status, 0);
  const auto result = result_of("fork-vs-write-fault");
  EXPECT_EQ(result.at("kind"), "writable-in-two-mms");
  const auto shown = run({"show", result.at("trace").get<std::string>()});
  EXPECT_THAT(shown.out, ContainsRegex("copy_present_pte\\(\\) +[^ ]*broken/mm/memory.c:[0-9]+"));
  const auto trace = json::parse(read_text(file(result.at("trace").get<std::string>())));
  EXPECT_THAT(trace.dump(), HasSubstr((tree / "mm/memory.c").string()));
}

TEST_F(imported, copying_without_a_second_look_at_the_entry_is_caught) {
  ASSERT_EQ(
      import(broken("static vm_fault_t wp_page_copy", "pte_same(*vmf->pte, vmf->orig_pte)", "true"))
          .status,
      0);
  EXPECT_EQ(result_of("fork-vs-two-write-faults").at("verdict"), "violation");
}

TEST_F(imported, unmapping_without_noting_the_page_for_the_flush_is_caught) {
  ASSERT_EQ(import(broken("static unsigned long zap_pte_range",
                          "tlb_remove_tlb_entry(tlb, pte, addr);", ";"))
                .status,
            0);
  EXPECT_EQ(result_of("munmap-vs-write").at("kind"), "stale-tlb");
}

TEST_F(imported, a_verdict_on_other_text_is_not_resumed) {
  std::vector<std::string> kept{"--checkpoint", "kept"};
  ASSERT_EQ(import(tree_).status, 0);
  EXPECT_EQ(result_of("fork-vs-write-fault", kept).at("verdict"), "verified");
  const auto tree = broken("copy_present_pte", "ptep_set_wrprotect(src_mm, addr, src_pte);", ";");
  ASSERT_EQ(import(tree).status, 0);
  kept.emplace_back("--resume");
  EXPECT_EQ(result_of("fork-vs-write-fault", kept).at("verdict"), "violation");
}

TEST_F(imported, a_harmless_change_is_not_accused) {
  ASSERT_EQ(import(broken("copy_present_pte", "pte_t pte = *src_pte;",
                          "pte_t pte = READ_ONCE(*src_pte);"))
                .status,
            0);
  EXPECT_EQ(result_of("fork-vs-write-fault").at("verdict"), "verified");
}

TEST_F(imported, names_what_is_missing_and_takes_a_stub_for_it) {
  const auto tree = broken("static inline void wp_page_reuse", "pte_t entry;",
                           "pte_t entry; wp_note_reuse(page);");
  auto seen = import(tree);
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.out, ContainsRegex("broken/mm/memory.c:[0-9]+: wp_note_reuse is missing"));
  EXPECT_THAT(seen.err, HasSubstr("1 name missing"));
  EXPECT_THAT(run({"run", "--kernel", "t"}).err, HasSubstr("unknown kernel 't'"));

  seen = import(tree, {"--stub", "wp_note_reuse=noop"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  const auto told = run({"run", "fork-vs-write-fault", "--kernel", "t"});
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_THAT(told.out, HasSubstr("stubs: wp_note_reuse=noop"));
  EXPECT_THAT(result_of("fork-vs-write-fault").at("stubs"), json::array({"wp_note_reuse=noop"}));
}

TEST_F(imported, refuses_variables_that_live_outside_of_the_model) {
  const auto seen = import(
      broken("static inline void wp_page_reuse", "pte_t entry;", "pte_t entry; static int calls;"));
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.out, ContainsRegex("memory.c:[0-9]+: calls is missing: variable of the kernel"));
}

TEST_F(imported, the_same_text_again_is_found_in_the_cache) {
  ASSERT_EQ(import(tree_).status, 0);
  const auto library = file("cache") / "ptlcheck/kernels/t/kernel.so";
  const auto made = fs::last_write_time(library);
  EXPECT_THAT(import(tree_).out, HasSubstr("unchanged since it was imported"));
  EXPECT_EQ(fs::last_write_time(library), made);
}

TEST_F(imported, says_what_a_scenario_needs_that_is_not_there) {
  ASSERT_EQ(import(tree_).status, 0);
  expect_refused({"run", "fork-vs-swapoff", "--kernel", "t"},
                 "scenario 'fork-vs-swapoff' does not run on kernel 't': it needs swapoff()");
}

}  // namespace
}  // namespace end_to_end
