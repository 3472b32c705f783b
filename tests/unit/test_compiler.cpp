// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include "checker/source/compiler.hpp"

namespace checker::source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string message(const std::string& kind, const std::string& text, int line) {
  return R"({"kind": ")" + kind + R"(", "message": ")" + text +
         R"(", "locations": [{"caret": {"file": "mm/x.c", "line": )" + std::to_string(line) +
         "}}]}";
}

std::vector<std::string> described(const diagnosis& found) {
  std::vector<std::string> all;
  for (const auto& each : found.missing) {
    all.push_back(each.file + ":" + std::to_string(each.line) + " " + each.what + " " + each.name);
  }
  return all;
}

TEST(diagnostics, are_read_by_name) {
  const auto found = read_diagnostics(
      "[" + message("error", "implicit declaration of function 'folio_wait'", 9) + "," +
      message("error", "'MAX_PTES' undeclared (first use in this function)", 3) + "," +
      message("error", "unknown type name 'pgd_t'", 1) + "," +
      message("error", "'struct page' has no member named 'lru'", 12) + "]");
  EXPECT_THAT(described(found),
              ElementsAre("mm/x.c:1 type pgd_t", "mm/x.c:3 variable or constant MAX_PTES",
                          "mm/x.c:9 function folio_wait", "mm/x.c:12 member lru"));
  EXPECT_THAT(found.errors, IsEmpty());
}

TEST(diagnostics, name_each_once) {
  const auto one = message("error", "implicit declaration of function 'f'", 4);
  EXPECT_THAT(described(read_diagnostics("[" + one + "," + one + "]")),
              ElementsAre("mm/x.c:4 function f"));
}

TEST(diagnostics, keep_other_errors_and_leave_warnings_out) {
  const auto found = read_diagnostics("[" + message("error", "expected ';'", 7) + "," +
                                      message("warning", "unused variable 'x'", 8) + "]");
  EXPECT_THAT(found.errors, ElementsAre("mm/x.c:7: expected ';'"));
  EXPECT_THAT(found.missing, IsEmpty());
}

TEST(diagnostics, may_be_something_else_altogether) {
  EXPECT_THAT(read_diagnostics("gcc: fatal error\nmore").errors, ElementsAre("gcc: fatal error"));
  EXPECT_THAT(read_diagnostics("[]").errors, IsEmpty());
}

}  // namespace
}  // namespace checker::source
