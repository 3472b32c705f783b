// SPDX-License-Identifier: GPL-2.0-only
// Which functions of a stack a report shows.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "checker/report/code_under_test.hpp"
#include "checker/trace/json.hpp"
#include "samples.hpp"

namespace {

using checker::report::code_under_test;
using checker::trace::document;
using checker::trace::frame;

const std::vector<frame> stack = {{"fork", "model/world/operations.cpp", 1},
                                  {"copy_page_range", "model/v4_14/memory_copy.cpp", 2},
                                  {"copy_pmd", "model/cow_pte/safe.cpp", 3},
                                  {"set_pmd_at", "model/kapi/sharing.hpp", 4}};

document with_code(std::vector<std::string> folders) {
  document value;
  value.threads.resize(1);
  value.steps.resize(1);
  value.steps[0].stack = stack;
  value.code = std::move(folders);
  return value;
}

std::string shown(const document& value) {
  std::string names;
  for (const frame& each : code_under_test(value).part_of(stack)) names += each.function + " ";
  return names;
}

TEST(code_under_test, is_in_the_folders_that_the_document_names) {
  EXPECT_EQ(shown(with_code({"model/v4_14", "model/cow_pte"})), "copy_page_range copy_pmd ");
  EXPECT_EQ(shown(with_code({"model/cow_pte"})), "copy_pmd ");
}

TEST(code_under_test, is_where_most_callers_stand_if_the_document_names_none) {
  document value = with_code({});
  // The innermost function calls nobody.
  value.steps[0].stack.insert(value.steps[0].stack.begin() + 1,
                              {"dup_mmap", "model/v4_14/fork.cpp", 5});
  EXPECT_EQ(shown(value), "copy_page_range ");
}

TEST(code_under_test, folders_are_kept_in_traces) {
  document value = samples::rss();
  value.code = {"model/v4_14", "model/cow_pte"};
  EXPECT_EQ(checker::trace::from_json(checker::trace::to_json(value)), value);
}

}  // namespace
