// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <filesystem>

#include "checker/source/temporary_directory.hpp"
#include "checker/validate/comparison.hpp"
#include "checker/validate/copies.hpp"
#include "checker/validate/git.hpp"
#include "checker/validate/patch_file.hpp"
#include "checker/validate/report.hpp"
#include "checker/validate/touched.hpp"

namespace checker::validate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

case_outcome outcome(std::string verdict, std::vector<std::string> kinds = {}) {
  return {"s", std::move(verdict), std::move(kinds), "", "", ""};
}

TEST(validate_comparison, tells_new_violations_from_others) {
  const auto what = [](const case_outcome& before, const case_outcome& after) {
    return compare({before}, {after}).at(0).what;
  };
  EXPECT_EQ(what(outcome("verified"), outcome("verified")), change::none);
  EXPECT_EQ(what(outcome("verified"), outcome("violation", {"rss"})), change::new_violation);
  EXPECT_EQ(what(outcome("bounded"), outcome("violation", {"rss"})), change::new_violation);
  EXPECT_EQ(what(outcome("violation", {"rss"}), outcome("violation", {"rss"})), change::still);
  EXPECT_EQ(what(outcome("violation", {"rss"}), outcome("violation", {"deadlock"})),
            change::changed);
  EXPECT_EQ(what(outcome("violation", {"rss"}), outcome("verified")), change::gone);
  EXPECT_EQ(what(outcome("verified"), outcome("bounded")), change::open);
  EXPECT_EQ(what(outcome("violation", {"rss"}), outcome("error")), change::open);
}

TEST(validate_comparison, refuses_to_compare_other_scenarios) {
  case_outcome other = outcome("verified");
  other.scenario = "t";
  EXPECT_THROW(compare({outcome("verified")}, {other}), std::runtime_error);
  EXPECT_THROW(compare({outcome("verified"), other}, {outcome("verified")}), std::runtime_error);
}

TEST(validate_comparison, never_calls_fine_what_was_not_run) {
  using kind = touched_function::kind;
  const auto fine = compare({outcome("verified")}, {outcome("verified")});
  const auto worse = compare({outcome("verified")}, {outcome("violation", {"rss"})});
  const auto open = compare({outcome("verified")}, {outcome("bounded")});
  const touched_function reached{.what = kind::reached}, missed{.what = kind::not_reached},
      elsewhere{.what = kind::not_imported}, layout{.what = kind::layout},
      outside{.what = kind::no_function}, no_code{.what = kind::no_code},
      not_c{.what = kind::not_c}, not_modelled{.what = kind::not_modelled},
      in_part{.what = kind::reached, .missed = {{7}}},
      in_part_modelled{.what = kind::reached, .not_modelled = {{7}}};
  const auto still = compare({outcome("violation", {"rss"})}, {outcome("violation", {"rss"})});
  EXPECT_EQ(conclude(fine, {reached}), conclusion::no_new_violation);
  EXPECT_EQ(conclude(fine, {reached, layout}), conclusion::no_new_violation);
  EXPECT_EQ(conclude(fine, {layout}), conclusion::no_new_violation);
  for (const auto& each :
       {missed, elsewhere, outside, not_modelled, not_c, in_part, in_part_modelled}) {
    EXPECT_EQ(conclude(fine, {reached, each}), conclusion::partly_exercised);
  }
  EXPECT_EQ(conclude(fine, {in_part}), conclusion::partly_exercised);
  EXPECT_EQ(conclude(fine, {no_code}), conclusion::no_new_violation);
  EXPECT_EQ(conclude(fine, {not_modelled}), conclusion::not_exercised);
  EXPECT_EQ(conclude(fine, {not_c}), conclusion::not_exercised);
  EXPECT_EQ(conclude(still, {reached}), conclusion::open);
  EXPECT_EQ(conclude(fine, {missed}), conclusion::not_exercised);
  EXPECT_EQ(conclude(fine, {elsewhere, layout}), conclusion::not_exercised);
  EXPECT_EQ(conclude(fine, {outside}), conclusion::not_exercised);
  EXPECT_EQ(conclude(fine, {}), conclusion::not_exercised);
  EXPECT_EQ(conclude(open, {reached}), conclusion::open);
  EXPECT_EQ(conclude({}, {reached}), conclusion::open);
  EXPECT_EQ(conclude(worse, {elsewhere}), conclusion::new_violation);
}

TEST(validate_comparison, reads_what_run_prints) {
  const auto read = read_run(R"({"results": [
    {"scenario": "a", "verdict": "violation", "kind": "rss", "trace": "t.json", "violations": [
      {"kind": "deadlock", "message": "d"}, {"kind": "rss", "message": "m"}]},
    {"scenario": "b", "verdict": "bounded", "bound": "interrupted", "violations": []}]})");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_THAT(read[0].kinds, ElementsAre("rss", "deadlock"));
  EXPECT_EQ(read[0].message, "m");
  EXPECT_EQ(read[0].trace, "t.json");
  EXPECT_EQ(verdict_words(read[0]), "violation (rss, deadlock)");
  EXPECT_EQ(verdict_words(read[1]), "bounded (interrupted)");
}

TEST(validate_patch_file, knows_mails_and_their_order) {
  EXPECT_TRUE(is_mail("From 0123 Mon Sep 17\nSubject: x\n"));
  EXPECT_TRUE(is_mail("Return-Path: <a@example.org>\nSubject: x\n"));
  EXPECT_FALSE(is_mail("diff --git a/x b/x\n--- a/x\n"));
  EXPECT_FALSE(is_mail("Some words: of nobody\n--- a/x\n"));
  EXPECT_EQ(place_in_series("[PATCH v2 03/12] mm: x"), 3);
  EXPECT_EQ(place_in_series("[PATCH] mm/memory: x"), 0);
  EXPECT_EQ(place_in_series("mm: 1/2 x"), 0);
}

TEST(validate_patch_file, finds_names_of_files_that_a_patch_reads) {
  EXPECT_THAT(old_names("--- a/mm/x.c\t2024\n+++ b/mm/x.c\nrename from mm/y.c\n--- /dev/null\n", 1),
              ElementsAre("mm/x.c", "mm/y.c"));
  EXPECT_THAT(old_names("--- mm/x.c\n", 0), ElementsAre("mm/x.c"));
}

TEST(validate_git, reads_hunk_headers) {
  const auto block = read_hunk_header("@@ -12,3 +14 @@ int f(void)");
  EXPECT_EQ(block.removed_from, 12U);
  EXPECT_EQ(block.removed, 3U);
  EXPECT_EQ(block.added_from, 14U);
  EXPECT_EQ(block.added, 1U);
  EXPECT_EQ(read_hunk_header("@@ -7 +6,0 @@").added, 0U);
}

TEST(validate_lcov, reads_lines) {
  const auto reached = read_lcov("TN:x\nSF:/t/mm/a.c\nFN:3,f\nDA:4,2\nDA:5,0\nend_of_record\n");
  const auto& lines = reached.at("/t/mm/a.c");
  EXPECT_TRUE(lines.at(4));
  EXPECT_FALSE(lines.at(5));
}

class touched : public testing::Test {
 protected:
  touched() {
    made_.before = scratch_.path() / "before";
    made_.after = scratch_.path() / "after";
    made_.touched = {"a.c"};
    before_.copy = made_.before;
    after_.copy = made_.after;
    for (side* each : {&before_, &after_}) {
      each->record.tree = "/t";
      each->record.files = {{"a.c", {{"f", 1}}}};
    }
  }

  std::vector<touched_function> between(const std::string& before, const std::string& after) {
    for (const auto& [directory, text] : {std::pair(made_.before, before), {made_.after, after}}) {
      std::filesystem::create_directories(directory);
      source::write_file(directory / "a.c", text);
    }
    return touched_functions(made_, before_, after_, {"smp_wmb*", "*_release", "mb"});
  }

  checker::source::temporary_directory scratch_;
  copies made_;
  side before_, after_;
};

constexpr const char* two_functions =
    "int f(int a)\n"      // 1
    "{\n"                 // 2
    "  if (a)\n"          // 3
    "    lock(a);\n"      // 4
    "  return call(a,\n"  // 5
    "              1);\n"
    "}\n"
    "#define MOST 3\n"  // 8
    "int g(void)\n"
    "{\n"
    "  return 1;\n"
    "}\n";

std::string with(const std::string& old, const std::string& fresh) {
  std::string text = two_functions;
  return text.replace(text.find(old), old.size(), fresh);
}

using what = touched_function::kind;

TEST_F(touched, a_line_taken_out_counts_if_it_was_reached_before) {
  const auto after = with("    lock(a);\n", "    ;\n");
  before_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, true}, {5, true}};
  auto found = between(two_functions, after);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].name, "f");
  EXPECT_EQ(found[0].what, what::reached);
  before_.reached["/t/a.c"][4] = false;
  EXPECT_EQ(between(two_functions, after).at(0).what, what::not_reached);
}

TEST_F(touched, a_line_without_code_counts_as_its_statement) {
  after_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, false}, {5, true}};
  const auto found = between(two_functions, with("1);", "2);"));
  EXPECT_EQ(found.at(0).what, what::reached);
  after_.reached["/t/a.c"][5] = false;
  EXPECT_EQ(between(two_functions, with("1);", "2);")).at(0).what, what::not_reached);
}

TEST_F(touched, what_is_under_a_condition_does_not_count_as_the_condition) {
  // The compiler made no code of line 4: the call is nothing to it.
  after_.reached["/t/a.c"] = {{1, true}, {3, true}, {5, true}};
  const auto found = between(two_functions, with("    lock(a);\n", "    touch(a);\n"));
  EXPECT_EQ(found.at(0).what, what::not_reached);
  EXPECT_THAT(found.at(0).missed, ElementsAre(changed_line{4}, changed_line{4, true}));
}

TEST_F(touched, a_line_without_code_is_passed_if_something_behind_it_was_executed) {
  const auto after = with("    lock(a);\n", "  {\n    int b = 0;\n    lock(a);\n  }\n");
  after_.reached["/t/a.c"] = {{1, true}, {3, true}, {6, true}, {8, true}};
  before_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, true}, {5, true}};
  auto found = between(two_functions, after);
  EXPECT_EQ(found.at(0).what, what::no_code);
  EXPECT_THAT(found.at(0).without_code, ElementsAre(changed_line{5}));
  // In a block that was not run, though the function was; and where the compiler left the block
  // out.
  after_.reached["/t/a.c"][6] = false;
  EXPECT_EQ(between(two_functions, after).at(0).what, what::not_reached);
  after_.reached["/t/a.c"].erase(6);
  EXPECT_EQ(between(two_functions, after).at(0).what, what::not_reached);
}

TEST_F(touched, what_is_nothing_to_the_model_does_not_count_as_executed) {
  after_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, true}, {6, true}};
  // A call that the compiler made nothing of.
  auto found = between(two_functions, with("  return call", "  note(a);\n  return call"));
  EXPECT_EQ(found.at(0).what, what::not_modelled);
  EXPECT_THAT(found.at(0).not_modelled, ElementsAre(changed_line{5}));
  // Code, which says something about the order of memory only.
  for (const char* each : {"smp_wmb__x();", "x_release(a);", "mb();"}) {
    after_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, true}, {5, true}, {6, true}};
    found = between(two_functions, with("  return call", std::string(each) + "\n  return call"));
    EXPECT_EQ(found.at(0).what, what::not_modelled) << each;
  }
  found = between(two_functions, with("  return call", "comb();\n  return call"));
  EXPECT_EQ(found.at(0).what, what::reached);
}

TEST(validate_git, says_where_a_patch_does_not_apply) {
  source::program_outcome outcome;
  outcome.err = "error: while searching for:\n\tx\n\nerror: patch failed: mm/memory.c:7\n";
  EXPECT_EQ(complaint_of(outcome), "patch failed: mm/memory.c:7");
}

TEST_F(touched, lines_that_were_not_executed_are_known_one_by_one) {
  const auto after = with("    lock(a);\n  return call", "    lock(b);\n  return calls");
  before_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, true}, {5, true}};
  after_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, false}, {5, true}};
  const auto found = between(two_functions, after);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].what, what::reached);
  EXPECT_EQ(found[0].changed, 4U);
  EXPECT_EQ(found[0].reached, 3U);
  EXPECT_THAT(found[0].missed, ElementsAre(changed_line{4}));
  EXPECT_FALSE(found[0].is_exercised());
}

TEST_F(touched, what_the_configuration_leaves_out_is_missed) {
  after_.reached["/t/a.c"] = {{1, true}, {3, true}, {4, true}, {8, true}};
  const auto after = with("  return call", "#ifdef CONFIG_X\n  note(a);\n#endif\n  return call");
  const auto found = between(two_functions, after);
  EXPECT_EQ(found.at(0).what, what::not_reached);
  EXPECT_THAT(found.at(0).missed, testing::Contains(changed_line{6}));
}

TEST_F(touched, a_bracket_that_two_branches_open_is_one) {
  // Were it two, all that follows would be one statement.
  const std::string head = "int f(int a)\n{\n#ifdef X\n  if (a &&\n#else\n  if (\n#endif\n";
  const std::string tail = "      a) {\n    lock(a);\n  }\n  call(a);\n";
  after_.reached["/t/a.c"] = {{1, true}, {6, true}, {8, true}, {9, true}, {11, true}, {14, true}};
  const auto found = between(head + tail + "  return 1;\n}\n",
                             head + tail + "  if (a)\n    return 2;\n  return 1;\n}\n");
  EXPECT_EQ(found.at(0).what, what::not_reached);
}

TEST_F(touched, a_change_of_either_of_two_functions_of_a_name_is_none_of_layout) {
  const std::string first = "#ifdef X\nint f(void)\n{\n  return 1;\n}\n#else\nint f(void)\n{\n";
  const auto found =
      between(first + "  return 2;\n}\n#endif\n", first + "  return 3;\n}\n#endif\n");
  EXPECT_EQ(found.at(0).what, what::not_reached);
}

TEST_F(touched, files_that_are_no_c_are_named_but_for_documentation) {
  made_.touched = {"Documentation/x.rst", "Documentation/y.c", "mm/Kconfig"};
  const auto found = touched_functions(made_, before_, after_, {"smp_wmb*", "*_release", "mb"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].file, "mm/Kconfig");
  EXPECT_EQ(found[0].what, what::not_c);
}

TEST_F(touched, tells_comments_macros_and_what_is_not_imported) {
  EXPECT_EQ(between(two_functions, with("{\n", "{\n  /* so */\n")).at(0).what, what::layout);
  EXPECT_EQ(between(two_functions, with("MOST 3", "MOST 4")).at(0).what, what::no_function);
  const auto found = between(two_functions, with("return 1", "return 2"));
  EXPECT_EQ(found.at(0).name, "g");
  EXPECT_EQ(found.at(0).what, what::not_imported);
  EXPECT_EQ(between(two_functions, with("#define", "\n/* so */\n#define")).at(0).what,
            what::layout);
  EXPECT_THAT(between(two_functions, two_functions), IsEmpty());
}

TEST(validate_report, has_a_line_for_each_scenario_and_function) {
  validation value;
  value.command = "ptlcheck validate p --tree t";
  value.subject = "p";
  value.kernel.version = "6.1.2";
  value.kernel.stubs = {"note=noop"};
  value.touched = {{touched_function::kind::reached,
                    "f",
                    "mm/a.c",
                    7,
                    6,
                    1,
                    {{8}, {9}, {11}, {9, true}},
                    {{13}},
                    {{12}}}};
  value.rows = compare({outcome("verified")}, {outcome("violation", {"rss"})});
  value.result = conclude(value.rows, value.touched);
  const auto text = summary(value);
  EXPECT_THAT(
      text,
      HasSubstr("  f(), mm/a.c:7: 1 of 6 changed lines executed; not executed: 8-9, 11, before:\n"
                "      9; nothing to the model: 13; no code: 12\n"));
  EXPECT_THAT(text, HasSubstr("NEW     s  verified -> violation (rss)\n"));
  EXPECT_THAT(text, HasSubstr("result: new violation in 1 of 1 scenario; not exercised: parts of "
                              "f()\n"));
  EXPECT_THAT(text, HasSubstr("\nstubs: note=noop\n"));
  EXPECT_THAT(for_a_mail(value, nullptr), HasSubstr("  $ ptlcheck validate p --tree t\n"));
}

TEST(validate_report, names_files_as_patches_do) {
  trace::document document;
  document.steps.emplace_back().stack = {{"f", "/t/mm/a.c", 1}, {"g", "/tt/mm/a.c", 2}};
  shorten_paths(document, "/t");
  EXPECT_EQ(document.steps[0].stack[0].file, "mm/a.c");
  EXPECT_EQ(document.steps[0].stack[1].file, "/tt/mm/a.c");
}

}  // namespace
}  // namespace checker::validate
