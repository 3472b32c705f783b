// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "checker/source/cut.hpp"

namespace checker::source {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class cutting : public testing::Test {
 protected:
  cutting() : file_(std::filesystem::path(testing::TempDir()) / "ptlcheck-cut.c") {}
  ~cutting() override { std::filesystem::remove(file_); }

  cut_text cut_out(const std::string& source, const std::vector<std::string>& wanted,
                   const std::vector<std::string>& provided = {}) {
    std::ofstream(file_) << source;
    return cut(source, tags_of({file_}), wanted, [&](const std::string& name) {
      return std::find(provided.begin(), provided.end(), name) != provided.end();
    });
  }

  static std::vector<std::string> names(const std::vector<place_of_name>& places) {
    std::vector<std::string> all;
    for (const auto& each : places) all.push_back(each.name);
    return all;
  }

 private:
  std::filesystem::path file_;
};

constexpr const char* chain =
    "/* licence */\n"
    "static int limit(void) { return MOST; }\n"
    "#define MOST 3\n"
    "static int unused(void) { return 0; }\n"
    "static int\n"
    "inner(struct s *p)\n"
    "{ return p->unused < limit(); }\n"
    "int outer(struct s *p) { return inner(p); }\n";

TEST_F(cutting, follows_static_callees_and_macros) {
  const auto result = cut_out(chain, {"outer"});
  EXPECT_THAT(names(result.functions), ElementsAre("limit", "inner", "outer"));
  EXPECT_THAT(result.text, HasSubstr("#define MOST 3"));
  EXPECT_THAT(result.text, Not(HasSubstr("int unused"))) << "a member of that name is no use of it";
}

TEST_F(cutting, changes_neither_text_nor_lines) {
  const std::string source = chain;
  auto expected = source;
  const std::string left_out = "static int unused(void) { return 0; }";
  expected.erase(expected.find(left_out), left_out.size());
  EXPECT_EQ(cut_out(source, {"outer"}).text, expected);
}

TEST_F(cutting, ends_at_what_is_provided) {
  const auto result = cut_out(chain, {"outer"}, {"inner"});
  EXPECT_THAT(names(result.functions), ElementsAre("outer"));
  EXPECT_TRUE(result.used_as_call.at("inner"));
}

TEST_F(cutting, keeps_what_is_wanted_though_it_is_provided) {
  EXPECT_THAT(names(cut_out(chain, {"inner"}, {"inner"}).functions), ElementsAre("limit", "inner"));
}

TEST_F(cutting, keeps_conditions_and_tells_the_options_that_matter) {
  const auto result = cut_out(
      "#ifdef CONFIG_A\n"
      "static int f(void) { return 1; }\n"
      "#else\n"
      "static int f(void) { return IS_ENABLED(CONFIG_B); }\n"
      "#endif\n"
      "#ifdef CONFIG_C\n"
      "static int g(void) { return 1; }\n"
      "#endif\n"
      "int h(void) {\n"
      "#if defined(CONFIG_D) && \\\n"
      "  defined(CONFIG_E)\n"
      "  return 2;\n"
      "#endif\n"
      "  return f(); }\n",
      {"h"});
  EXPECT_THAT(result.options, ElementsAre("CONFIG_A", "CONFIG_B", "CONFIG_D", "CONFIG_E"));
  EXPECT_THAT(result.text, HasSubstr("return 1; }\n#else\nstatic int f(void) { return IS_EN"));
  EXPECT_THAT(result.text, HasSubstr("#if defined(CONFIG_D) && \\\n  defined(CONFIG_E)\n"));
}

TEST_F(cutting, takes_prototypes_of_what_is_used_before_it_is_defined) {
  const auto result = cut_out(
      "static int late(void);\n"
      "static int never(void);\n"
      "int early(void) { return late(); }\n"
      "static int late(void) { return 0; }\n",
      {"early"});
  EXPECT_THAT(result.text, HasSubstr("static int late(void);\n\nint early"));
}

TEST_F(cutting, names_variables_that_are_not_constant) {
  const auto result = cut_out(
      "static unsigned long shown;\n"
      "static const char *const text = \"\";\n"
      "static const char *last;\n"
      "int f(void) { static int calls; static const int most = 3;\n"
      "  return ++calls + most + (int)shown + *text + *last; }\n",
      {"f"});
  EXPECT_THAT(names(result.variables), ElementsAre("shown", "last", "calls"));
}

TEST_F(cutting, names_functions_that_are_not_there) {
  EXPECT_THAT(cut_out(chain, {"outer", "gone"}).missing, ElementsAre("gone"));
  EXPECT_THAT(cut_out(chain, {"outer"}).missing, IsEmpty());
}

}  // namespace
}  // namespace checker::source
