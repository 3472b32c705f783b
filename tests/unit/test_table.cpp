// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "checker/report/table.hpp"
#include "samples.hpp"

namespace checker::report {
namespace {

using testing::HasSubstr;
using testing::Not;

using sample = std::function<trace::document()>;
const std::vector<sample> all_samples = {
    samples::rss,       samples::deadlock,  samples::data_race, samples::use_after_free,
    samples::recursion, samples::inversion, samples::livelock};

std::size_t lines_in(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string without_colours(std::string text) {
  for (std::size_t at = 0; (at = text.find('\033')) != std::string::npos;)
    text.erase(at, text.find('m', at) - at + 1);
  return text;
}

TEST(table, shows_two_threads) {
  samples::expect_golden("table-rss.txt", table(samples::rss()));
  samples::expect_golden("table-deadlock.txt", table(samples::deadlock()));
  samples::expect_golden("table-data-race.txt", table(samples::data_race()));
  samples::expect_golden("table-recursion.txt", table(samples::recursion()));
}

TEST(table, shows_three_threads) {
  samples::expect_golden("table-use-after-free.txt", table(samples::use_after_free()));
}

TEST(table, shows_four_threads) {
  samples::expect_golden("table-inversion.txt", table(samples::inversion()));
}

TEST(table, brackets_what_repeats) {
  samples::expect_golden("table-livelock.txt", table(samples::livelock()));
  samples::expect_golden("table-livelock-ascii.txt",
                         table(samples::livelock(), {.width = 60, .unicode = false}));
}

TEST(table, shows_every_step_on_demand) {
  const trace::document document = samples::use_after_free();
  const std::string text = table(document, {.all = true});
  samples::expect_golden("table-use-after-free-all.txt", text);
  for (const trace::step& step : document.steps) {
    if (step.kind == trace::step_kind::begin || step.kind == trace::step_kind::end) continue;
    EXPECT_THAT(text, testing::ContainsRegex(fmt::format("\n *{} [^\n]*│", step.index)));
  }
  EXPECT_THAT(text, Not(HasSubstr("⋯")));
  EXPECT_THAT(table(document), HasSubstr("⋯"));
  EXPECT_LT(lines_in(table(document)), lines_in(text));
}

TEST(table, stacks_threads_where_columns_would_be_too_narrow) {
  trace::document document = samples::inversion();
  samples::expect_golden("table-inversion-narrow.txt", table(document, {.width = 48}));
  while (document.threads.size() < 8) {
    document.threads.push_back({"extra", {"f()"}});
    trace::step step = document.steps.back();
    step.index = static_cast<int>(document.steps.size());
    step.thread = static_cast<int>(document.threads.size()) - 1;
    document.steps.push_back(step);
  }
  EXPECT_THAT(table(document), HasSubstr("all threads, one below the other"));
}

TEST(table, never_overflows) {
  for (const sample& make : all_samples) {
    for (const int width : {1, 40, 41, 60, 79, 80, 81, 100, 132, 200}) {
      for (const bool unicode : {false, true}) {
        for (const bool colour : {false, true}) {
          for (const bool all : {false, true}) {
            const table_options options{
                .width = width, .colour = colour, .unicode = unicode, .all = all};
            ASSERT_LE(samples::widest(table(make(), options)), std::max(width, 40)) << width;
          }
        }
      }
    }
  }
}

TEST(table, never_overflows_with_long_words) {
  trace::document document = samples::data_race();
  document.scenario = std::string(300, 's');
  document.threads[0].name = std::string(100, 't');
  document.threads[1].operations[0] = std::string(100, 'o');
  document.result.message = std::string(500, 'm');
  for (trace::step& step : document.steps) {
    step.object = "\xc3\xa4" + std::string(100, 'x');
    for (trace::frame& frame : step.stack) frame.function = std::string(90, 'f');
  }
  EXPECT_LE(samples::widest(table(document)), 80);
}

TEST(table, is_plain_ascii_on_demand) {
  for (const sample& make : all_samples) {
    const std::string text = table(make(), {.unicode = false});
    EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                            [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
  }
  samples::expect_golden("table-deadlock-ascii.txt",
                         table(samples::deadlock(), {.unicode = false}));
}

TEST(table, colours_only_when_asked) {
  const trace::document document = samples::data_race();
  EXPECT_THAT(table(document), Not(HasSubstr("\033")));
  const std::string coloured = table(document, {.colour = true});
  EXPECT_THAT(coloured, HasSubstr("\033[1;31m"));
  EXPECT_EQ(without_colours(coloured), table(document));
}

TEST(table, lets_no_trace_speak_to_the_terminal) {
  trace::document document = samples::data_race();
  for (std::string* text :
       {&document.scenario, &document.result.message, &document.result.kind,
        &document.threads[0].name, &document.threads[0].operations[0], &document.steps[2].object,
        &document.steps[2].after, &document.steps[2].stack[0].function,
        &document.steps[2].stack[0].file, &document.result.covering_lock}) {
    *text += "\033]0;owned\007\r\n\xc2\x9b\xff";
  }
  const std::string text = table(document);
  EXPECT_THAT(text, HasSubstr("?]0;owned?"));
  for (const char c : text) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ');
  EXPECT_THAT(text, Not(HasSubstr("\xc2\x9b")));
  EXPECT_THAT(text, Not(HasSubstr("\xff")));
}

TEST(table, marks_the_violation_and_the_conflict) {
  const std::string text = table(samples::use_after_free());
  EXPECT_THAT(text, HasSubstr("\n47 ●│"));
  EXPECT_THAT(text, HasSubstr("\n55 ●│"));
  EXPECT_THAT(text, HasSubstr("\n59 ✗│"));
  EXPECT_THAT(text, HasSubstr("Both should hold pfn 3 page lock."));
}

TEST(table, shows_a_check_that_failed_at_the_end) {
  trace::document document = samples::rss();
  document.result.thread = document.result.step = -1;
  const std::string text = table(document);
  EXPECT_THAT(text, HasSubstr("✗ rss: Bad rss-counter"));
  EXPECT_THAT(text, Not(HasSubstr("33 ✗")));
  EXPECT_THAT(text, Not(HasSubstr("Where it broke")));
}

TEST(table, survives_documents_with_little_in_them) {
  trace::document document;
  EXPECT_LE(samples::widest(table(document)), 80);
  document.threads.resize(2);
  document.steps.resize(3);
  for (std::size_t i = 0; i < 3; ++i) document.steps[i].index = static_cast<int>(i);
  EXPECT_LE(samples::widest(table(document)), 80);
}

TEST(table, folds_a_long_trace) {
  trace::document document = samples::use_after_free();
  const std::vector<trace::step> steps = document.steps;
  for (int round = 0; round < 50; ++round) {
    for (trace::step step : steps) {
      step.index = static_cast<int>(document.steps.size());
      document.steps.push_back(step);
    }
  }
  EXPECT_LT(lines_in(table(document)), 300U);
}

TEST(table, counts_the_steps_and_switches_of_the_schedule) {
  trace::document document = samples::rss();
  const auto step = [](int thread) { return trace::decision{false, thread, ""}; };
  document.schedule = {step(1), step(0), {true, 1, "need_resched"}, step(0), step(1), step(1)};
  EXPECT_THAT(table(document), HasSubstr("5 steps, 2 switches"));
  document.schedule = {{true, 0, "fails"}, step(0)};
  EXPECT_THAT(table(document), HasSubstr("1 step, 0 switches"));
}

TEST(table, gives_idle_threads_no_column) {
  trace::document document = samples::rss();
  const std::string before = table(document);
  document.threads.insert(document.threads.begin() + 1, {"idle", {"f()"}});
  for (trace::step& step : document.steps) step.thread *= 2;
  for (trace::held_lock& lock : document.result.held) lock.thread *= 2;
  document.threads.push_back({"idle too", {"f()"}});
  trace::step begin;
  begin.index = static_cast<int>(document.steps.size());
  begin.thread = 3;
  begin.kind = trace::step_kind::begin;
  document.steps.push_back(begin);
  const std::string after = table(document);
  EXPECT_THAT(after, HasSubstr("\nWithout a column, as nothing happens there: idle, idle too\n"));
  const auto grid = [](const std::string& text) {
    const auto start = text.find("\n #");
    return text.substr(start, text.find("┴") - start);
  };
  EXPECT_EQ(grid(after), grid(before));
}

TEST(table, names_the_trace_file_to_replay) {
  EXPECT_THAT(table(samples::rss(), {.trace_file = "a.trace.json"}),
              HasSubstr("ptlcheck replay a.trace.json\n"));
  EXPECT_THAT(table(samples::rss(), {.program = "./build dir/p", .trace_file = "b c\n"}),
              HasSubstr("'./build dir/p' replay $'b c\\x0a'\n"));
}

}  // namespace
}  // namespace checker::report
