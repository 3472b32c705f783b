// SPDX-License-Identifier: GPL-2.0-only
// Unmodified kernel source under the checker, and copies of it that are broken on purpose.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/kernel/imported.hpp"

namespace end_to_end {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::ContainsRegex;
using testing::HasSubstr;

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

class version_of_the_kernel : public imported, public testing::WithParamInterface<const char*> {};

TEST_P(version_of_the_kernel, has_the_verdicts_of_the_model_s_v4_14) {
  take_tree(GetParam());
  if (IsSkipped()) return;
  ASSERT_EQ(import(tree_).status, 0);
  run({"run", "--kernel", "t", "--json=of_t.json"});
  const auto of_t = json::parse(read_text(file("of_t.json"))).at("results");
  EXPECT_GE(of_t.size(), 11U);
  std::set<std::string> fails_on_the_model;
  const auto listed = json::parse(run({"list", "--json"}).out);
  for (const auto& each : listed.at("scenarios")) {
    const auto fails_on = each.at("fails_on").get<std::vector<std::string>>();
    if (!fails_on.empty()) fails_on_the_model.insert(each.at("name").get<std::string>());
  }
  for (const auto& each : of_t) {
    const auto name = each.at("scenario").get<std::string>();
    run({"run", name, "--kernel", "v4.14", "--json=of_model.json"});
    const auto of_model = json::parse(read_text(file("of_model.json"))).at("results").at(0);
    if (fails_on_the_model.contains(name)) {
      // What v4.14 gets wrong here has been right since v5.9: docs/kernel-source.md.
      EXPECT_EQ(of_model.at("verdict"), "violation") << name;
      EXPECT_EQ(each.at("verdict"), "verified") << name << ": " << each.dump(2);
    } else {
      EXPECT_EQ(each.at("verdict"), of_model.at("verdict")) << name << ": " << each.dump(2);
    }
    EXPECT_EQ(each.at("kernel"), "t");
    EXPECT_THAT(each.at("imported_from").get<std::string>(),
                HasSubstr(std::string("Linux ") + GetParam() + "."));
    EXPECT_TRUE(each.at("stubs").empty());
  }
}

INSTANTIATE_TEST_SUITE_P(kernel, version_of_the_kernel, testing::Values("6.1", "6.12"),
                         [](const auto& each) {
                           return std::string("v") +
                                  (each.param == std::string("6.1") ? "6_1" : "6_12");
                         });

TEST_F(imported, has_what_came_after_v4_14) {
  ASSERT_EQ(import(tree_).status, 0);
  EXPECT_EQ(result_of("munmap-vs-reclaim-elsewhere").at("verdict"), "verified");
  EXPECT_EQ(result_of("swap-in-vs-swapoff", {"--set", "free_swap_map=1"}).at("verdict"),
            "verified");
}

TEST_F(imported, an_entry_that_nobody_has_a_share_in_is_a_bug) {
  ASSERT_EQ(import(broken("static int __swap_duplicate", "count | has_cache", "count")).status, 0);
  EXPECT_EQ(result_of("fork-vs-swapoff", {"--set", "cached=1"}).at("kind"), "bad-swap-entry");
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

TEST_F(imported, a_verdict_on_other_text_is_not_resumed) {
  std::vector<std::string> kept{"--checkpoint", "kept"};
  ASSERT_EQ(import(tree_).status, 0);
  EXPECT_EQ(result_of("fork-vs-write-fault", kept).at("verdict"), "verified");
  const auto tree = broken("copy_present_pte", "ptep_set_wrprotect(src_mm, addr, src_pte);", ";");
  ASSERT_EQ(import(tree).status, 0);
  kept.emplace_back("--resume");
  EXPECT_EQ(result_of("fork-vs-write-fault", kept).at("verdict"), "violation");
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
  take_tree("6.12");
  if (IsSkipped()) return;
  ASSERT_EQ(import(tree_).status, 0);
  expect_refused({"run", "fork-vs-swapoff", "--kernel", "t"},
                 "scenario 'fork-vs-swapoff' does not run on kernel 't': it needs swapoff()");
}

}  // namespace
}  // namespace end_to_end
