// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "checker/source/lexer.hpp"

namespace checker::source {
namespace {

using testing::ElementsAre;

std::vector<std::string> words(std::string_view source) {
  std::vector<std::string> all;
  for (const token& each : tokens_of(source)) all.emplace_back(each.text);
  return all;
}

struct span_of_lines {
  std::size_t first, last;
  bool is_function;
  bool operator==(const span_of_lines&) const = default;
};

void PrintTo(const span_of_lines& value, std::ostream* out) {
  *out << value.first << '-' << value.last << (value.is_function ? " function" : "");
}

std::vector<span_of_lines> items(std::string_view source) {
  std::vector<span_of_lines> all;
  for (const item& each : items_of(tokens_of(source))) {
    all.push_back({each.first_line, each.last_line, each.is_function});
  }
  return all;
}

TEST(lexer, leaves_comments_out_and_keeps_texts_whole) {
  EXPECT_THAT(words("a /* b; */ = \"c // d\"; // e\n'\\''"),
              ElementsAre("a", "=", "\"c // d\"", ";", "'\\''"));
}

TEST(lexer, tells_member_access) {
  EXPECT_THAT(words("vma->vm_mm.x - > 0x1f.2"),
              ElementsAre("vma", "->", "vm_mm", ".", "x", "-", ">", "0x1f.2"));
}

TEST(lexer, takes_a_directive_with_its_continuation_lines) {
  const auto tokens = tokens_of("x\n# define f(a) \\\n  g(a)\ny # z\n");
  ASSERT_EQ(tokens.size(), 5U);
  EXPECT_EQ(tokens[1].kind, token_kind::directive);
  EXPECT_EQ(directive_name(tokens[1]), "define");
  EXPECT_EQ(tokens[1].line, 2U);
  EXPECT_EQ(tokens[1].last_line, 3U);
  EXPECT_EQ(tokens[2].line, 4U);
  EXPECT_EQ(tokens[3].kind, token_kind::punctuation) << "a # inside of a line is no directive";
}

TEST(lexer, counts_lines_in_comments) {
  const auto tokens = tokens_of("/* one\n two\n three */ a\nb");
  EXPECT_EQ(tokens[0].line, 3U);
  EXPECT_EQ(tokens[1].line, 4U);
}

TEST(lexer, survives_what_is_cut_off) {
  EXPECT_THAT(words("/*"), ElementsAre());
  EXPECT_THAT(words("\"a"), ElementsAre("\"a"));
  EXPECT_THAT(words("#"), ElementsAre("#"));
  EXPECT_EQ(directive_name(tokens_of("#").front()), "");
}

TEST(items, tells_functions_from_types_and_values) {
  EXPECT_THAT(
      items("static inline int\n"
            "f(int a)\n"
            "{ if (a) { return 1; } }\n"
            "struct s { int x; };\n"
            "static const struct s v = { .x = 1 };\n"
            "struct s *g(void) { return 0; }\n"
            "int h(void);\n"),
      ElementsAre(span_of_lines{1, 3, true}, span_of_lines{4, 4, false}, span_of_lines{5, 5, false},
                  span_of_lines{6, 6, true}, span_of_lines{7, 7, false}));
}

TEST(items, takes_attributes_behind_the_arguments_along) {
  EXPECT_THAT(items("void f(int *l)\n  __releases(l)\n{\n}\nint x;\n"),
              ElementsAre(span_of_lines{1, 4, true}, span_of_lines{5, 5, false}));
}

TEST(items, starts_each_branch_with_the_braces_of_the_condition) {
  EXPECT_THAT(items("void f(void)\n{\n#ifdef A\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n}\n"
                    "int x;\n"),
              ElementsAre(span_of_lines{1, 9, true}, span_of_lines{10, 10, false}));
}

}  // namespace
}  // namespace checker::source
