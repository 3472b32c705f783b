// SPDX-License-Identifier: GPL-2.0-only
// Patches against Debian's source, harmful and harmless, through `ptlcheck validate`.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/end_to_end/own_scenario.hpp"
#include "tests/end_to_end/process.hpp"
#include "tests/kernel/known_patches.hpp"

namespace end_to_end {
namespace {

namespace fs = std::filesystem;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// The tree was fetched by the test "kernel_tree" into the cache; imports go to a cache that all
/// these tests share, so that the kernel without a patch is imported once.
class validate : public in_directory {
 protected:
  void SetUp() override {
    const fs::path shared = fs::path(PTLCHECK_TEST_CACHE);
    tree_ = shared / "ptlcheck/trees/6.1";
    if (!fs::exists(tree_ / ".unpacked")) GTEST_SKIP() << "there is no " << tree_;
    fs::create_directories(file("tmp"));
    environment_ = {"XDG_CACHE_HOME=" + (shared / "validate").string(),
                    "TMPDIR=" + file("tmp").string()};
  }

  /// linux/, with all that is needed beside mm/memory.c.
  void make_tree_for_memory_c() const {
    fs::create_directories(file("linux/mm"));
    for (const char* each : {"mm/swapfile.c", "mm/rmap.c"}) {
      fs::copy_file(tree_ / each, file("linux") / each);
    }
  }

  /// A unified diff from the tree to a copy of `path` with the edits made.
  std::string diff(const std::vector<replacement>& edits,
                   const std::string& path = "mm/memory.c") const {
    std::string text = read_text(tree_ / path);
    for (const auto& each : edits) {
      const auto at = text.find(each.old, text.find("\n" + each.function + "("));
      EXPECT_NE(at, text.npos) << each.function << " is not what this test knows";
      if (at != text.npos) text.replace(at, each.old.size(), each.fresh);
    }
    write("edited.c", text);
    return shell(fmt::format("diff -u --label a/{0} --label b/{0} {1} edited.c", path,
                             (tree_ / path).string()),
                 directory_)
        .out;
  }

  outcome check(const std::string& patch, std::vector<std::string> further = {}) const {
    std::vector<std::string> arguments{"validate", patch, "--tree", tree_.string()};
    arguments.insert(arguments.end(), further.begin(), further.end());
    const auto seen = run(arguments);
    EXPECT_TRUE(fs::is_empty(file("tmp"))) << "a copy was left behind";
    return seen;
  }

  static std::vector<std::string> only(const std::string& scenarios) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < scenarios.size();) {
      const auto end = std::min(scenarios.find(' ', at), scenarios.size());
      words.insert(words.end(), {"--scenario", scenarios.substr(at, end - at)});
      at = end + 1;
    }
    return words;
  }

  fs::path tree_;
};

TEST_F(validate, catches_harmful_patches_and_accuses_no_harmless_one) {
  int harmful = 0, caught = 0, accused = 0;
  for (const auto& each : known_patches()) {
    SCOPED_TRACE(each.name);
    write("p.patch", diff(each.edits));
    const auto seen = check("p.patch", only(each.scenarios));
    const bool found = seen.status == 1;
    if (each.kind.empty()) {
      accused += found ? 1 : 0;
      EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
      EXPECT_THAT(seen.out, HasSubstr("result: no new violation"));
    } else {
      ++harmful;
      caught += found ? 1 : 0;
      EXPECT_EQ(seen.status, 1) << seen.out << seen.err;
      EXPECT_THAT(seen.out,
                  ContainsRegex("NEW +[a-z-]+ +verified -> violation \\((" + each.kind + ")"));
      EXPECT_THAT(seen.out, HasSubstr("result: new violation"));
    }
    EXPECT_THAT(seen.err, IsEmpty());
  }
  fmt::print(
      "{} harmful patches, {} caught; {} harmless, {} accused\n"
      "recall {:.2f}, precision {:.2f}\n",
      harmful, caught, known_patches().size() - static_cast<std::size_t>(harmful), accused,
      static_cast<double>(caught) / harmful,
      static_cast<double>(caught) / std::max(1, caught + accused));
}

TEST_F(validate, prints_text_for_a_mail) {
  write("p.patch", diff(known_patches().front().edits));
  const auto seen = check("p.patch", {"--scenario", "fork-vs-write-fault", "--report", "mail.txt"});
  EXPECT_EQ(seen.status, 1) << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("copy_pte_range\\(\\), mm/memory.c:[0-9]+: [0-9] of [0-9] "
                                      "changed lines executed"));
  const auto mail = read_text(file("mail.txt"));
  EXPECT_THAT(mail, StartsWith("ptlcheck on p.patch: new violation in 1 of 1 scenario\n"));
  for (const char* each : {"CPU0", "Linux 6.1.", "CONFIG_KSM=n", "not modelled:", "stubs:",
                           "pte-store-without-ptl", "ptlcheck validate p.patch --tree "}) {
    EXPECT_THAT(mail, HasSubstr(each));
  }
  EXPECT_THAT(seen.out, HasSubstr(mail));
  // But for the command, which has the tree's path.
  EXPECT_THAT(mail, Not(HasSubstr("ptlcheck-test-")));
}

TEST_F(validate, what_no_scenario_runs_is_not_exercised) {
  write("swap.patch",
        diff({{"int get_swap_pages", "\tint n_ret = 0;\n", "\tint n_ret = 1;\n\n\tn_ret = 0;\n"}},
             "mm/swapfile.c"));
  auto seen = check("swap.patch", {"--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 3) << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("get_swap_pages\\(\\), mm/swapfile.c:[0-9]+: not imported"));
  EXPECT_THAT(seen.out, HasSubstr("result: not exercised"));

  // Imported, but the scenario has no page that is pinned.
  write("pinned.patch", diff({{"copy_present_pte", "\t\t\tput_page(page);\n",
                               "\t\t\tput_page(page);\n\t\t\tput_page(page);\n"}}));
  seen = check("pinned.patch", {"--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 3) << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("0 of 1 changed line executed; not\\s+executed: [0-9]+\n"));
}

TEST_F(validate, changed_lines_that_were_not_executed_are_named) {
  write("p.patch",
        diff({{"copy_present_pte", "pte_t pte = *src_pte;", "pte_t pte = READ_ONCE(*src_pte);"},
              {"copy_present_pte", "\t\t\tput_page(page);\n",
               "\t\t\tput_page(page);\n\t\t\tput_page(page);\n"}}));
  const auto seen = check("p.patch", {"--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 3) << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("2 of 3 changed lines executed; not\\s+executed: [0-9]+\n"));
  EXPECT_THAT(seen.out, HasSubstr("result: only partly exercised: no new violation in 1 scenario"));
}

TEST_F(validate, a_barrier_taken_out_is_never_fine) {
  write("p.patch", diff({{"void pmd_install", "smp_wmb();", ""}}));
  const auto seen = check("p.patch", {"--scenario", "two-anonymous-faults"});
  EXPECT_EQ(seen.status, 3) << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("pmd_install\\(\\), mm/memory.c:[0-9]+: 0 of [12] changed "
                                      "lines? executed"));
  EXPECT_THAT(seen.out, HasSubstr("result: not exercised"));
}

TEST_F(validate, a_patch_that_mends_is_told_as_such) {
  diff({{"copy_present_pte", "\t\tptep_set_wrprotect(src_mm, addr, src_pte);\n", ""}});
  make_tree_for_memory_c();
  fs::copy_file(file("edited.c"), file("linux/mm/memory.c"));
  write("p.patch", shell(fmt::format("diff -u --label a/mm/memory.c --label b/mm/memory.c "
                                     "edited.c {}",
                                     (tree_ / "mm/memory.c").string()),
                         directory_)
                       .out);
  const auto seen =
      run({"validate", "p.patch", "--tree", "linux", "--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("gone    fork-vs-write-fault  violation (writable-in-two-mms) "
                                  "-> verified\n"));
  EXPECT_THAT(seen.out, HasSubstr("result: no violation any more in 1 of 1 scenario"));
}

TEST_F(validate, a_patch_that_does_not_apply_is_one_line) {
  auto text = diff(known_patches().front().edits);
  const auto at = text.find("\n-\t");
  text.insert(at + 3, "never_there ");
  write("p.patch", text);
  const auto seen = check("p.patch");
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.out, "");
  EXPECT_THAT(seen.err,
              ContainsRegex("^ptlcheck: p.patch: does not apply: [^\n]*mm/memory.c:[0-9]+\n$"));
}

TEST_F(validate, refuses_what_it_cannot_use_in_one_line) {
  write("empty.patch", "");
  write("rename.patch",
        "diff --git a/mm/memory.c b/mm/other.c\nsimilarity index 100%\n"
        "rename from mm/memory.c\nrename to mm/other.c\n");
  write("outside.patch", "--- a/../x.c\n+++ b/../x.c\n@@ -1 +1 @@\n-a\n+b\n");
  const auto refused = [&](std::vector<std::string> arguments, const std::string& line) {
    arguments.insert(arguments.begin(), "validate");
    const auto seen = run(arguments);
    EXPECT_EQ(seen.status, 2) << seen.out;
    EXPECT_EQ(seen.out, "");
    EXPECT_THAT(seen.err, HasSubstr(line));
    EXPECT_EQ(count_lines(seen.err), 1) << seen.err;
    EXPECT_TRUE(fs::is_empty(file("tmp")));
  };
  const auto tree = tree_.string();
  refused({"empty.patch", "--tree", tree}, "empty.patch: there is no patch in it");
  refused({"none.patch", "--tree", tree}, "none.patch: cannot be read");
  refused({".", "--tree", tree}, ".: is a directory");
  refused({"outside.patch", "--tree", tree}, "outside.patch: ");
  refused({"rename.patch", "--tree", tree}, "after the patch, there is no mm/memory.c");
  refused({"empty.patch", "--tree", "none"}, "none: no such directory");
  refused({"empty.patch", "--tree", tree, "--base", "v6"}, "not a git repository");
  refused({"--tree", tree}, "validate takes a PATCH");
  write("p.patch", diff(known_patches().front().edits));
  refused({"p.patch", "--tree", tree, "--scenario", "nothing-like-it"}, "unknown scenario");
  refused({"p.patch", "--tree", tree, "--budget", "soon"}, "--budget takes a duration");
}

TEST_F(validate, a_patch_that_does_not_compile_is_said_by_file_and_line) {
  write("p.patch", diff({{"copy_present_pte", "\tpte_t pte = *src_pte;\n",
                          "\tpte_t pte = *src_pte;\n\tnote_copy(pte);\n"}}));
  const auto seen = check("p.patch");
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.out, "");
  EXPECT_THAT(seen.err, ContainsRegex("^ptlcheck: after the patch: [^\n]*mm/memory.c:[0-9]+: "
                                      "note_copy is missing: function\n$"));
}

TEST_F(validate, takes_a_series_of_mails_in_its_own_order) {
  // The second undoes what is wrong about the first, and comes first in the mailbox.
  const auto first = diff({{"copy_present_pte", "\t\tget_page(page);\n", "\t\t\n"}});
  const auto unedited = read_text(tree_ / "mm/memory.c");
  const auto edited = read_text(file("edited.c"));
  write("old.c", edited);
  write("new.c", unedited);
  const auto second =
      shell("diff -u --label a/mm/memory.c --label b/mm/memory.c old.c new.c", directory_).out;
  const auto mail = [](int number, const std::string& text) {
    return fmt::format(
        "From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
        "From: A Developer <a@example.org>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"
        "Subject: [PATCH v2 {}/2] mm: change it\n\nWords.\n---\n mm/memory.c | 1 +\n\n{}-- "
        "\n2.39.5\n\n",
        number, text);
  };
  write("series.mbox", mail(2, second) + mail(1, first));
  auto seen = check("series.mbox", {"--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 3) << "nothing is changed in the end: " << seen.out << seen.err;
  write("one.mbox", mail(1, first));
  seen = check("one.mbox", {"--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 1) << seen.out << seen.err;
}

TEST_F(validate, takes_revisions_of_a_git_tree) {
  const auto edits = diff({{"copy_present_pte", "\t\tget_page(page);\n", ""}});
  write("p.patch", edits);
  make_tree_for_memory_c();
  fs::copy_file(tree_ / "mm/memory.c", file("linux/mm/memory.c"));
  const auto made = shell(
      "cd linux && git init -q . && git config user.email a@example.org && git config user.name A "
      "&& "
      "git add -A && git commit -qm one && git tag one && cp ../edited.c mm/memory.c && "
      "git commit -qam two && echo > mm/memory.c",
      directory_);
  EXPECT_EQ(made.status, 0) << made.err;
  auto seen = run(
      {"validate", "--range", "one..HEAD", "--tree", "linux", "--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 1) << seen.out << seen.err;
  seen = run({"validate", "p.patch", "--base", "one", "--tree", "linux", "--scenario",
              "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 1) << seen.out << seen.err;
  seen = run({"validate", "p.patch", "--base", "three", "--tree", "linux"});
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.err, "ptlcheck: linux has no revision 'three'\n");
}

TEST_F(validate, revisions_can_be_imported_and_kernels_removed) {
  make_tree_for_memory_c();
  fs::copy_file(tree_ / "mm/memory.c", file("linux/mm/memory.c"));
  const auto made = shell(
      "cd linux && git init -q . && git config user.email a@example.org && git config user.name A "
      "&& git add -A && git commit -qm one && git tag one && echo > mm/memory.c",
      directory_);
  EXPECT_EQ(made.status, 0) << made.err;
  auto seen = run({"kernel", "import", "linux", "--revision", "one"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, StartsWith("one: " + file("linux").string() + "\n"));
  EXPECT_TRUE(fs::is_empty(file("tmp"))) << "a copy was left behind";
  seen = run({"run", "fork-vs-write-fault", "--kernel", "one"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  const auto listed = [this] { return line_with(run({"kernel", "list"}).out, "one: "); };
  EXPECT_EQ(listed(), "one: " + file("linux").string());
  EXPECT_EQ(run({"kernel", "remove", "one"}).status, 0);
  EXPECT_EQ(listed(), "");
  seen = run({"kernel", "remove", "one"});
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.err, StartsWith("ptlcheck: unknown imported kernel 'one'"));
  seen = run({"kernel", "import", "linux", "--name", "after-0123abcd"});
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.err, "ptlcheck: 'after-0123abcd' is a name that `validate` gives; take another\n");
}

TEST_F(validate, takes_a_scenario_of_ones_own) {
  write("p.patch",
        diff({{"static vm_fault_t wp_page_copy", "pte_same(*vmf->pte, vmf->orig_pte)", "true"}}));
  write("mine.cpp", three_writers("my-three-writers"));
  auto seen = check("p.patch", {"--scenario", "mine.cpp", "--scenario", "my-three-writers"});
  EXPECT_EQ(seen.status, 1) << seen.out << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("result: new violation in 1 of 1 scenario"));
  // Beside others that are named.
  seen = check("p.patch", {"--scenario", "mine.cpp", "--scenario", "my-three-writers", "--scenario",
                           "fork-of-fork"});
  EXPECT_EQ(seen.status, 1) << seen.out << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("NEW +my-three-writers +verified -> violation"));
  EXPECT_THAT(seen.out, ContainsRegex("same +fork-of-fork +verified -> verified"));
}

TEST_F(validate, keeps_the_kernels_used_last) {
  environment_[0] = "XDG_CACHE_HOME=" + file("cache").string();
  write("p.patch", diff(known_patches().front().edits));
  const auto kept = [this] {
    std::vector<std::string> names;
    for (const auto& each : fs::directory_iterator(file("cache/ptlcheck/kernels"))) {
      if (each.is_directory()) names.push_back(each.path().filename().string());
    }
    return names;
  };
  check("p.patch", {"--scenario", small_scenario});
  EXPECT_EQ(kept().size(), 2U);
  // Thirty more that were used since, but for the two.
  const auto kernels = file("cache/ptlcheck/kernels");
  for (const auto& name : kept()) {
    for (int i = 0; i < 15; ++i) {
      auto copy = name;
      copy.replace(copy.size() - 2, 2, fmt::format("{:02x}", i));
      if (fs::exists(kernels / copy)) continue;
      fs::copy(kernels / name, kernels / copy, fs::copy_options::recursive);
      auto record = nlohmann::json::parse(read_text(kernels / name / "kernel.json"));
      record["name"] = copy;
      write((kernels / copy / "kernel.json").string(), record.dump());
    }
  }
  const auto seen = check("p.patch", {"--scenario", small_scenario});
  EXPECT_EQ(seen.err, "");
  EXPECT_EQ(kept().size(), 20U);
}

TEST_F(validate, tells_programs_in_json) {
  write("p.patch", diff(known_patches().front().edits));
  const auto seen = check("p.patch", {"--scenario", fork_and_write, "--json"});
  EXPECT_EQ(seen.status, 1) << seen.err;
  const auto document = nlohmann::json::parse(seen.out);
  EXPECT_EQ(document.at("result"), "new-violation");
  EXPECT_THAT(document.at("tree_version").get<std::string>(), StartsWith("6.1."));
  ASSERT_EQ(document.at("scenarios").size(), 1U);
  const auto& row = document.at("scenarios").front();
  EXPECT_EQ(row.at("change"), "new");
  EXPECT_EQ(row.at("before").at("verdict"), "verified");
  EXPECT_EQ(row.at("after").at("kinds").front(), "pte-store-without-ptl");
  EXPECT_TRUE(fs::exists(file(row.at("after").at("trace"))));
  const auto& function = document.at("functions").front();
  EXPECT_EQ(function.at("function"), "copy_pte_range");
  EXPECT_EQ(function.at("changed_lines"), 2);
  EXPECT_EQ(check("p.patch", {"--json", "--report", "-"}).status, 2);
}

TEST_F(validate, says_where_a_hunk_was_found_elsewhere) {
  auto text =
      diff({{"copy_present_pte", "pte_t pte = *src_pte;", "pte_t pte = READ_ONCE(*src_pte);"}});
  for (const char* each : {"@@ -9", " +9"}) {
    const auto at = text.find(each);
    ASSERT_NE(at, text.npos);
    text[at + std::string(each).size() - 1] = '8';
  }
  write("p.patch", text);
  const auto seen = check("p.patch", {"--scenario", "fork-vs-write-fault"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, ContainsRegex("mm/memory.c: Hunk #1 succeeded at [0-9]+ \\(offset"));
}

TEST_F(validate, ctrl_c_leaves_no_copy_behind) {
  write("p.patch", diff(known_patches().front().edits));
  process running({"validate", "p.patch", "--tree", tree_.string()},
                  {.directory = directory_, .environment = environment_});
  while (fs::is_empty(file("tmp"))) usleep(10'000);
  usleep(300'000);
  running.signal(SIGINT);
  const auto seen = running.wait();
  EXPECT_EQ(seen.status, 3) << seen.out;
  EXPECT_EQ(seen.err, "ptlcheck: interrupted\n");
  EXPECT_TRUE(fs::is_empty(file("tmp")));
}

TEST_F(validate, a_report_that_cannot_be_written_is_said) {
  write("p.patch",
        diff({{"copy_present_pte", "pte_t pte = *src_pte;", "pte_t pte = READ_ONCE(*src_pte);"}}));
  const auto seen =
      check("p.patch", {"--scenario", "fork-vs-write-fault", "--report", "none/mail.txt"});
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.err, StartsWith("ptlcheck: cannot write none/mail.txt"));
  EXPECT_EQ(count_lines(seen.err), 1);
}

}  // namespace
}  // namespace end_to_end
