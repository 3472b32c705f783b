// SPDX-License-Identifier: GPL-2.0-only
// What the reduced graph says of loops is tested, never assumed: thousands of generated programs
// that spin, retry and back off, each also searched state by state without any reduction. Both must
// agree on whether it has a livelock.
//
// PTLCHECK_SEED and PTLCHECK_PROGRAMS choose other programs and more of them; PTLCHECK_FIRST skips
// to one of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "checker/detect/crash.hpp"
#include "checker/explore/explore.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "tests/engine/generated/environment.hpp"
#include "tests/engine/loops/all_states.hpp"
#include "tests/engine/loops/program.hpp"

namespace checker::loops {
namespace {

class subject final : public checker::program {
 public:
  explicit subject(const program_spec& spec) : spec_(spec) {}

  void setup() override {
    constexpr const char* names[locks] = {"A", "B", "S"};
    shared_ = arena_new<world>();
    for (int i = 0; i < locks; ++i) {
      checker_lock_init(&shared_->locks[i], i < spinlocks ? checker_lock_spin : checker_lock_rwsem,
                        names[i], names[i]);
    }
  }

  std::vector<thread_spec> threads() override {
    std::vector<thread_spec> result;
    for (std::size_t t = 0; t < spec_.threads.size(); ++t) {
      result.push_back({fmt::format("thread {}", t), {{"operation", [this, t] {
                                                         const auto& code = spec_.threads[t];
                                                         interpret(shared_, code.data(),
                                                                   static_cast<int>(code.size()));
                                                       }}}});
    }
    return result;
  }

 private:
  const program_spec& spec_;
  world* shared_ = nullptr;
};

constexpr std::size_t most_states = 2'000;

explore::options options(bool blocks) {
  explore::options how;
  how.search = explore::search::graph;
  how.reduce.blocks = blocks;
  how.data_races = data_race_policy::off;
  how.check_announcements = how.check_determinism = how.minimize = false;
  how.after_violation = ~std::uint64_t{0};
  return how;
}

struct totals {
  std::uint64_t programs = 0, skipped = 0, cycles = 0, livelocks = 0, others = 0, handed_on = 0;
  std::uint64_t verified_with_cycles = 0, states = 0, reduced_states = 0;
};

/// Empty if both say the same.
std::string difference(const program_spec& spec, bool blocks, totals& all) {
  all_states everything(most_states);
  {
    arena_reset();
    subject tested(spec);
    tested.setup();
    const crash_guard guard;
    execution engine(tested, data_race_policy::off, 20'000);
    engine.explore(everything, [](outcome) { return false; });
  }
  ++all.programs;
  if (everything.too_many()) {
    ++all.skipped;
    return {};
  }
  const auto expected = everything.look(static_cast<int>(spec.threads.size()));
  subject tested(spec);
  const auto found = explore::run(tested, options(blocks));
  all.states += everything.size();
  all.reduced_states += found.states;
  const auto* const livelock = [&]() -> const violation_group* {
    const auto at = std::ranges::find(found.violations, "livelock", &violation_group::kind);
    return at == found.violations.end() ? nullptr : &*at;
  }();
  const bool handed_on = found.bound.find("handed on") != std::string::npos;
  const bool other_values = found.bound.find("other than 0") != std::string::npos;
  all.cycles += expected.cycle ? 1 : 0;
  all.livelocks += expected.livelock ? 1 : 0;
  all.others += other_values ? 1 : 0;
  all.handed_on += handed_on ? 1 : 0;
  if (expected.cycle && found.outcome == verdict::verified) ++all.verified_with_cycles;
  if (!found.error.empty()) return "error: " + found.error;
  if (handed_on && !spec.uses_semaphore) return "no lock can be handed on";
  if (livelock != nullptr && !expected.livelock) {
    return "impossible: " + livelock->counterexample.result.message;
  }
  if (expected.livelock && livelock == nullptr && !handed_on) return "missing: a livelock";
  // Beside a violation (a deadlock), no bound is told.
  if (!found.violations.empty() || handed_on) return {};
  if (other_values != expected.other_values) {
    return fmt::format("a loop with other values: {}, should be {}", other_values,
                       expected.other_values);
  }
  if (!other_values && found.outcome != verdict::verified) {
    return fmt::format("not verified: {}", found.bound);
  }
  return {};
}

/// Leaves threads out as long as the difference stays.
program_spec shrink(program_spec spec, bool blocks) {
  totals ignored;
  for (std::size_t t = 0; t < spec.threads.size() && spec.threads.size() > 1;) {
    auto smaller = spec;
    smaller.threads.erase(smaller.threads.begin() + static_cast<std::ptrdiff_t>(t));
    if (difference(smaller, blocks, ignored).empty()) {
      ++t;
    } else {
      spec = std::move(smaller);
    }
  }
  return spec;
}

class loops_differential : public testing::TestWithParam<int> {};

TEST_P(loops_differential, programs_against_every_state) {
  const auto seed = generated::seed_from_environment();
  const auto first = generated::from_environment("PTLCHECK_FIRST", 0);
  const auto programs = generated::from_environment("PTLCHECK_PROGRAMS", 1'500);
  totals all;
  for (auto i = first; i < first + programs; ++i) {
    const auto spec = generate(seed << 32 ^ static_cast<std::uint64_t>(GetParam()) << 28 ^ i);
    const bool blocks = i % 2 != 0;
    if (difference(spec, blocks, all).empty()) continue;
    const auto smallest = shrink(spec, blocks);
    FAIL() << listing(smallest) << difference(smallest, blocks, all)
           << fmt::format(
                  "\nagain: PTLCHECK_SEED={} PTLCHECK_FIRST={} PTLCHECK_PROGRAMS=1 "
                  "build/loop_tests --gtest_filter='*/{}'\n",
                  seed, i, GetParam());
  }
  fmt::print(
      "seed {}: {} programs, {} too large, {} with cycles, {} with a livelock, {} verified "
      "although "
      "states recur, {} undecided for their choices, {} for a lock that is handed on; states: {}, "
      "of which the search met {}\n",
      seed, all.programs, all.skipped, all.cycles, all.livelocks, all.verified_with_cycles,
      all.others, all.handed_on, all.states, all.reduced_states);
  if (programs < 500) return;
  EXPECT_LE(all.skipped * 100, all.programs * 3);
  EXPECT_GE(all.livelocks * 20, all.programs);
  EXPECT_GE(all.verified_with_cycles * 20, all.programs);
}

// Programs that a broken search once got wrong, one in tens of thousands. They hold for this
// generator only.
TEST(loops_once, one_state_of_each_cycle_is_not_one_of_each_component) {
  const auto spec = generate(std::uint64_t{77} << 32 ^ std::uint64_t{2} << 28 ^ 1246);
  totals all;
  for (const bool blocks : {false, true}) {
    EXPECT_EQ(difference(spec, blocks, all), "") << listing(spec);
  }
  EXPECT_EQ(all.livelocks, 2U);
}

INSTANTIATE_TEST_SUITE_P(share, loops_differential, testing::Range(0, 4));

}  // namespace
}  // namespace checker::loops
