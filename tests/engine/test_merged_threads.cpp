// SPDX-License-Identifier: GPL-2.0-only
// Interchangeable threads: what is said of a state must not depend on which of them is which.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "checker/detect/crash.hpp"
#include "checker/explore/random_source.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/run/registry.hpp"
#include "tests/engine/rules.hpp"
#include "tests/engine/simple_program.hpp"

namespace checker {
namespace {

using engine_tests::rules;
using rules_program = engine_tests::simple_program<rules>;
namespace code = engine_tests;

/// Random executions, in which what is said of each state is compared with what was said of it
/// before, when others stood where these stand.
class comparing_walk final : public strategy {
 public:
  explicit comparing_walk(int executions) : left_(executions) {}

  bool wants_keys() const override { return true; }
  void begin_execution() override {}
  int pick(const moment& now) override {
    auto text = told(now);
    auto& [known, order] = seen_[{now.merged_key.low, now.merged_key.high}];
    if (known.empty()) {
      known = std::move(text);
      order = now.order;
    } else if (order != now.order) {
      ++compared_;
      EXPECT_EQ(text, known);
    }
    auto index = random_.below(static_cast<std::uint32_t>(__builtin_popcount(now.enabled)));
    auto open = now.enabled;
    for (; index != 0; --index) open &= open - 1;
    return __builtin_ctz(open);
  }
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int /*thread*/, unsigned alternatives) override {
    return random_.below(alternatives);
  }
  bool end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) override {
    return --left_ == 0 || testing::Test::HasFailure();
  }

  /// States met with other names of threads than before.
  int compared() const { return compared_; }

 private:
  /// Of each place: who stands there may run or not, and waits for whom.
  static std::string told(const moment& now) {
    std::array<int, thread_order::size> place{};
    for (int i = 0; i < thread_order::size; ++i) {
      place[static_cast<std::size_t>(now.order.at(i))] = i;
    }
    const auto places_of = [&](thread_set threads) {
      thread_set places = 0;
      for (; threads != 0; threads &= threads - 1) {
        places |= thread_set{1} << place[static_cast<std::size_t>(__builtin_ctz(threads))];
      }
      return places;
    };
    auto text = fmt::format("enabled {:b}, live {:b}, holding {:b}", places_of(now.enabled),
                            places_of(now.live), places_of(now.holding));
    for (int i = 0; i < thread_order::size; ++i) {
      const auto thread = static_cast<std::size_t>(now.order.at(i));
      text +=
          fmt::format("; {}: waits for {:b} of {:b}, next {}", i, places_of(now.waits_for[thread]),
                      places_of(now.holders[thread]), now.next_step[thread]);
    }
    return text;
  }

  int left_;
  explore::random_source random_{1};
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::pair<std::string, thread_order>> seen_;
  int compared_ = 0;
};

void expect_no_names(program& subject) {
  arena_reset();
  subject.setup();
  const crash_guard guard;
  execution engine(subject, data_race_policy::off, 10'000);
  engine.merge_threads();
  comparing_walk walk(2'000);
  engine.explore(walk, [](outcome) { return false; });
  EXPECT_GT(walk.compared(), 1'000);
}

// A writer waits for several readers: for which of them it is said to wait.
TEST(merged_threads, readers_that_a_writer_waits_for) {
  rules_program subject(code::init);
  subject.thread({code::read_section})
      .thread({code::write_section})
      .thread({code::read_section})
      .thread({code::read_section})
      .interchangeable(0b1101);
  expect_no_names(subject);
}

TEST(merged_threads, writers_that_wait_for_each_other) {
  rules_program subject(code::init);
  subject.thread({code::write_section, code::read_section})
      .thread({code::write_section, code::read_section})
      .thread({code::take_a, code::read_section})
      .interchangeable(0b011);
  expect_no_names(subject);
}

TEST(merged_threads, of_toys) {
  const auto make = [](const char* name, const parameter_values& set) {
    return registry::find_scenario(name)->make(set, "", "");
  };
  expect_no_names(*make("toy/mutex", {{"threads", 3}, {"rounds", 2}, {"locked", 1}}));
  expect_no_names(*make("toy/fork_faults", {{"pages", 2}, {"faulters", 3}}));
}

// ---- Counts ------------------------------------------------------------------------------------

using calls = std::vector<rules_program::call>;

std::string counts(const std::vector<calls>& threads, std::uint32_t alike, unsigned jobs) {
  rules_program subject(code::init);
  for (const auto& each : threads) subject.thread(each);
  subject.interchangeable(alike);
  explore::options how;
  how.search = explore::search::graph;
  how.jobs = jobs;
  how.steps_alone = 10;
  how.reduce = {false, true, false};
  how.data_races = data_race_policy::off;
  how.check_announcements = how.check_determinism = false;
  const auto found = explore::run(subject, how);
  return fmt::format("{} {}: {} states, {} ends, {} met again", to_string(found.outcome),
                     found.error + found.bound, found.states, found.executions, found.cached);
}

TEST(merged_threads, count_the_same_whatever_they_are_called) {
  const calls reader{code::read_section, code::try_a}, writer{code::write_section};
  const auto expected = counts({reader, reader, reader, writer}, 0b0111, 1);
  for (const unsigned jobs : {1U, 2U, 3U}) {
    EXPECT_EQ(counts({reader, reader, reader, writer}, 0b0111, jobs), expected);
    EXPECT_EQ(counts({writer, reader, reader, reader}, 0b1110, jobs), expected);
    EXPECT_EQ(counts({reader, writer, reader, reader}, 0b1101, jobs), expected);
  }
}

}  // namespace
}  // namespace checker
