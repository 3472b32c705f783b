// SPDX-License-Identifier: GPL-2.0-only
// Scenarios of the user's own, in a C++ file.
#include <string>

#include "tests/end_to_end/own_scenario.hpp"
#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

using scenario_file = in_directory;

TEST_F(scenario_file, is_added_to_what_there_is) {
  write("mine.cpp", three_writers("my-three-writers"));
  const auto alone = run({"run", "my-three-writers", "--scenario", "mine.cpp"});
  EXPECT_EQ(alone.status, 0) << alone.out << alone.err;
  EXPECT_NE(line_with(alone.out, "my-three-writers").find("verified"), std::string::npos)
      << alone.out;
  const auto all = run({"run", "--patch", "none", "--kernel", "v4.14", "--scenario", "mine.cpp"});
  EXPECT_EQ(all.status, 0) << all.out << all.err;
  EXPECT_NE(line_with(all.out, "my-three-writers").find("verified"), std::string::npos) << all.out;
  EXPECT_NE(line_with(all.out, "fork-vs-swapoff").find("verified"), std::string::npos) << all.out;
}

TEST_F(scenario_file, has_counterexamples_that_are_shown_and_replayed) {
  write("mine.cpp",
        three_writers("my-three-writers",
                      R"(value.expected_violations = {{"cow-without-pte-same", {"mapcount"}}};)"));
  const auto seen =
      run({"run", "my-three-writers", "--patch", "cow-without-pte-same", "--scenario", "mine.cpp"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  const std::string trace = "ptlcheck-traces/my-three-writers+cow-without-pte-same.trace.json";
  ASSERT_TRUE(std::filesystem::exists(file(trace))) << seen.out;
  EXPECT_EQ(run({"show", trace}).status, 0);
  const auto again = run({"replay", trace, "--scenario", "mine.cpp"});
  EXPECT_EQ(again.status, 0) << again.out << again.err;
  const auto unknown = run({"replay", trace});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_EQ(count_lines(unknown.err), 1U) << unknown.err;
  EXPECT_NE(unknown.err.find("--scenario FILE adds one of yours"), std::string::npos)
      << unknown.err;
}

TEST_F(scenario_file, another_text_is_not_resumed) {
  const std::vector<std::string> arguments{
      "run", "my-three-writers", "--scenario", "mine.cpp", "--checkpoint", "kept", "--resume"};
  write("mine.cpp", three_writers("my-three-writers"));
  EXPECT_EQ(run(arguments).status, 0);
  auto other = three_writers("my-three-writers");
  other.replace(other.find("write(0, 110)"), 13, "write(0, 110), scenarios::write(0, 111)");
  write("mine.cpp", other);
  const auto resumed = run(arguments);
  const auto fresh = run({"run", "my-three-writers", "--scenario", "mine.cpp"});
  // All but the time.
  const auto figures = [](const std::string& line) { return line.substr(0, line.rfind(' ')); };
  EXPECT_EQ(figures(line_with(resumed.out, "✓ my-three-writers")),
            figures(line_with(fresh.out, "✓ my-three-writers")));
}

TEST_F(scenario_file, is_refused_with_one_line) {
  const auto refusal = [this](const std::string& name) {
    const auto seen = run({"run", "toy/fork_faults", "--scenario", name});
    EXPECT_EQ(seen.status, 2) << seen.out;
    EXPECT_EQ(seen.out, "");
    EXPECT_EQ(count_lines(seen.err), 1U) << seen.err;
    return seen.err;
  };
  EXPECT_NE(refusal("none.cpp").find("none.cpp"), std::string::npos);
  EXPECT_NE(refusal("word").find("takes a C++ file"), std::string::npos);
  write("wrong.cpp", "int main( {\n");
  EXPECT_NE(refusal("wrong.cpp").find("wrong.cpp:1:"), std::string::npos);
  write("empty.cpp", "int nothing = 0;\n");
  EXPECT_NE(refusal("empty.cpp").find("registers no scenario"), std::string::npos);
  write("unknown.cpp",
        "void nobody_has_this();\nstatic const bool x = [] {\n"
        "  nobody_has_this();\n  return true;\n}();\n");
  EXPECT_NE(refusal("unknown.cpp").find("can't be loaded"), std::string::npos);
  write("taken.cpp", three_writers("fork-vs-write-fault"));
  EXPECT_NE(refusal("taken.cpp").find("there is a scenario 'fork-vs-write-fault' already"),
            std::string::npos);
}

}  // namespace
}  // namespace end_to_end
