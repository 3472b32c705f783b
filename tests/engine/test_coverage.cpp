// SPDX-License-Identifier: GPL-2.0-only
// What a result says was reached, and what not.
#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <string>

#include "checker/coverage/marks.hpp"
#include "checker/coverage/source.hpp"
#include "checker/report/coverage.hpp"
#include "checker/run/registry.hpp"
#include "tests/engine/coverage.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker::engine_tests {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* code_file = "tests/engine/coverage_code.cpp";

class coverage_program : public testing::Test {
 protected:
  simple_program<coverage_world> program_{init_coverage};
  explore::options how_;

  file_coverage code_of(const result& found) {
    for (const auto& file : by_source(found.reached.marks).files) {
      if (file.file == code_file) return file;
    }
    ADD_FAILURE() << "no coverage of " << code_file;
    return {};
  }

  /// The one line of the code that ends in this comment.
  int line_of(const std::string& comment) {
    std::ifstream source(std::string(report::source_root()) + "/" + code_file);
    int number = 0;
    for (std::string line; std::getline(source, line);) {
      ++number;
      if (line.ends_with(comment)) return number;
    }
    ADD_FAILURE() << comment;
    return 0;
  }

  bool reached(const file_coverage& file, const std::string& comment) {
    const auto line = file.lines.find(line_of(comment));
    if (line == file.lines.end()) ADD_FAILURE() << comment << " has no code";
    return line != file.lines.end() && line->second.reached != 0;
  }
};

TEST_F(coverage_program, a_line_that_cannot_be_reached_is_not) {
  program_.thread({take_both}).thread({take_outer});
  const auto found = explore::run(program_, how_);
  ASSERT_EQ(found.outcome, verdict::verified);
  const auto code = code_of(found);
  EXPECT_FALSE(reached(code, "world->y = 1;  // never"));
  EXPECT_TRUE(reached(code, "void take_outer(coverage_world* world) {"));
  // What returns an error has one way out that was taken.
  const auto branch =
      std::ranges::find(code.branches, line_of("return -12;  // never"), &branch_coverage::line);
  if (branch != code.branches.end()) {  // else the compiler left no jump
    EXPECT_NE(branch->jumped, branch->fell_through);
  }
}

TEST_F(coverage_program, functions_never_entered_are_told_but_not_their_lines) {
  program_.thread({take_outer});
  const auto code = code_of(explore::run(program_, how_));
  std::map<std::string, bool> entered;
  for (const auto& each : code.functions) entered[each.name] = each.entered;
  EXPECT_TRUE(entered.at("take_outer"));
  EXPECT_FALSE(entered.at("never_called"));
  EXPECT_FALSE(entered.at("init_coverage"));  // setup is no part of the search
  EXPECT_FALSE(code.lines.contains(line_of("// nowhere")));
}

TEST_F(coverage_program, what_follows_a_call_that_never_returns_is_not_reached) {
  program_.thread({wait_for_ever});
  const auto found = explore::run(program_, how_);
  EXPECT_THAT(kinds_of(found), ElementsAre("deadlock"));
  EXPECT_FALSE(reached(code_of(found), "// after the wait"));
  EXPECT_THAT(unreached_parts(found.reached), ElementsAre("thread 0: operation 0 never returns"));
}

TEST_F(coverage_program, every_value_of_a_choice) {
  program_.thread({choose_one});
  const auto found = explore::run(program_, how_);
  ASSERT_EQ(found.reached.choices.size(), 1U);
  const auto& choice = found.reached.choices[0];
  EXPECT_EQ(choice.label, "one of three");
  EXPECT_EQ(choice.alternatives, 3U);
  EXPECT_EQ(choice.taken, 7U);
  EXPECT_EQ(choice.place.function, "choose_one");
  EXPECT_EQ(choice.place.file, code_file);
  EXPECT_TRUE(reached(code_of(found), "// two"));
  EXPECT_THAT(unreached_parts(found.reached), IsEmpty());
}

TEST_F(coverage_program, a_value_never_taken_is_named) {
  program_.thread({choose_one});
  how_.max_executions = 2;
  const auto found = explore::run(program_, how_);
  ASSERT_EQ(found.outcome, verdict::bounded);
  EXPECT_FALSE(reached(code_of(found), "// two"));
  EXPECT_THAT(unreached_parts(found.reached),
              ElementsAre(HasSubstr("one of three = 2 in choose_one, tests/engine/coverage_code")));
}

TEST_F(coverage_program, replays_do_not_count) {
  // The violation is found in the second execution and ends the search. To shorten its schedule,
  // others are tried.
  program_.thread({violate_by_choice}).thread({take_outer}).thread({choose_one});
  how_.after_violation = 0;
  how_.minimize = false;
  const auto plain = explore::run(program_, how_);
  how_.minimize = true;
  const auto shortened = explore::run(program_, how_);
  EXPECT_THAT(kinds_of(plain), Contains("broken"));
  EXPECT_EQ(plain.reached, shortened.reached);
  how_.check_announcements = false;
  EXPECT_EQ(explore::run(program_, how_).reached, shortened.reached);
}

TEST_F(coverage_program, locks_and_their_pairs) {
  program_.thread({take_both}).thread({take_both}).thread({take_outer});
  const auto found = explore::run(program_, how_);
  ASSERT_EQ(found.outcome, verdict::verified);
  std::map<std::string, lock_coverage> locks;
  for (const auto& each : found.reached.locks) locks[each.lock_class] = each;
  ASSERT_EQ(locks.size(), 2U);  // nobody takes the third
  EXPECT_TRUE(locks["outer"].shared);
  EXPECT_EQ(locks["outer"].taken_by, 7U);
  EXPECT_NE(locks["outer"].waited_by, 0U);
  // Under `outer`, always: nobody can be there at the same time.
  EXPECT_FALSE(locks["inner"].shared);
  EXPECT_EQ(locks["inner"].taken_by, 3U);
  EXPECT_EQ(locks["inner"].waited_by, 0U);
  EXPECT_THAT(found.reached.lock_pairs, ElementsAre(lock_pair{"outer", "inner/1"}));
}

class meaning_program final : public program {
 public:
  void setup() override {
    world_ = arena_new<coverage_world>();
    init_coverage(world_);
  }
  std::vector<thread_spec> threads() override {
    return {{"thread", {{"operation", [this] { take_outer(world_); }}}}};
  }
  std::vector<std::string> choices() const override { return {"the point of it all"}; }

 private:
  coverage_world* world_ = nullptr;
};

TEST(coverage_of_choices, one_that_never_comes_up_is_named) {
  meaning_program program;
  const auto found = explore::run(program, {});
  ASSERT_EQ(found.outcome, verdict::verified);
  EXPECT_THAT(unreached_parts(found.reached),
              ElementsAre("the choice the point of it all, anywhere"));
}

TEST_F(coverage_program, lcov_file_says_the_same) {
  program_.thread({take_both}).thread({take_outer});
  const auto found = explore::run(program_, how_);
  const auto code = code_of(found);
  std::istringstream text(report::lcov_tracefile({found}, "/root"));
  bool here = false;
  std::map<int, unsigned> lines;
  std::map<std::string, std::size_t> totals;
  std::size_t ways = 0, ways_taken = 0;
  for (std::string line; std::getline(text, line);) {
    const auto key = line.substr(0, line.find(':'));
    const auto value = line.substr(std::min(line.size(), key.size() + 1));
    if (key == "SF") here = value == std::string("/root/") + code_file;
    if (!here) continue;
    if (key == "DA") {
      const auto comma = value.find(',');
      lines[std::stoi(value)] = static_cast<unsigned>(std::stoul(value.substr(comma + 1)));
    }
    if (key == "BRDA") {
      ++ways;
      if (value.ends_with(",1")) ++ways_taken;
    }
    if (key == "LF" || key == "LH" || key == "BRF" || key == "BRH") totals[key] = std::stoul(value);
  }
  ASSERT_EQ(lines.size(), code.lines.size());
  EXPECT_EQ(lines.at(line_of("world->y = 1;  // never")), 0U);
  EXPECT_EQ(totals["LF"], lines.size());
  EXPECT_EQ(totals["LH"], code.lines_reached());
  EXPECT_LT(totals["LH"], totals["LF"]);
  EXPECT_EQ(totals["BRF"], ways);
  EXPECT_EQ(totals["BRH"], ways_taken);
  EXPECT_LT(ways_taken, ways);
}

TEST(several_processes, reach_together_what_one_reaches) {
  const auto* const toy = registry::find_scenario("toy/fork_faults");
  coverage reached[2];
  for (const unsigned jobs : {1U, 2U}) {
    const auto program = toy->make({{"pages", 4}, {"faulters", 3}}, "", "");
    explore::options how;
    how.jobs = jobs;
    const auto found = explore::run(*program, how);
    ASSERT_EQ(found.outcome, verdict::verified);
    ASSERT_GT(found.steps, 50'000U);  // else the other processes are not even started
    reached[jobs - 1] = found.reached;
  }
  EXPECT_TRUE(reached[1].measured);
  EXPECT_EQ(reached[1].marks, reached[0].marks);
  EXPECT_EQ(reached[1].lock_pairs, reached[0].lock_pairs);
  EXPECT_EQ(reached[1].operations, reached[0].operations);
}

TEST(merging, adds_what_another_part_of_the_search_reached) {
  coverage one, other;
  one.measured = other.measured = true;
  one.marks = {1, 0, 0};
  other.marks = {0, 0, 1};
  one.choices = {{"a", {"f", "x.c", 3}, 2, 1}};
  other.choices = {{"a", {"f", "x.c", 3}, 2, 2}, {"b", {"f", "x.c", 4}, 2, 1}};
  one.operations = {{"thread", "first", true, false}};
  other.operations = {{"thread", "first", true, true}};
  merge(one, other);
  EXPECT_THAT(one.marks, ElementsAre(1, 0, 1));
  ASSERT_EQ(one.choices.size(), 2U);
  EXPECT_EQ(one.choices[0].taken, 3U);
  EXPECT_THAT(unreached_parts(one), ElementsAre("b = 1 in f, x.c:4"));
}

TEST(collecting, adds_to_what_stands_there) {
  std::vector<std::uint8_t> bytes(marks::count(), 0);
  ASSERT_FALSE(bytes.empty());
  bytes[0] = 4;
  marks::clear();
  marks::collect(bytes);
  EXPECT_EQ(bytes[0], 4);
  EXPECT_THAT(std::vector<std::uint8_t>(bytes.begin() + 1, bytes.end()), testing::Each(0));
}

}  // namespace
}  // namespace checker::engine_tests
