// SPDX-License-Identifier: GPL-2.0-only
// A peer's opinion: generated programs as Promela, every state of them visited by Spin. Its final
// states, deadlocks, flags and violations must be those that the engine sees.
//
// PTLCHECK_SEED and PTLCHECK_PROGRAMS choose other programs and more of them; PTLCHECK_FIRST skips
// to one of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/engine/generated/environment.hpp"
#include "tests/engine/generated/generator.hpp"
#include "tests/engine/generated/observe.hpp"
#include "tests/engine/generated/promela.hpp"
#include "tests/engine/generated/reference_model.hpp"
#include "tests/peers/verifier.hpp"

namespace checker::generated {
namespace {

constexpr std::uint64_t most_executions = 20'000;
constexpr std::size_t most_states = 50'000;

struct numbered_program {
  std::uint64_t number = 0;
  program_spec program;
};

struct totals {
  std::uint64_t programs = 0, not_expressible = 0, too_large = 0, deadlocks = 0, violations = 0;
  std::uint64_t finals = 0;
};

/// `seen` by Spin against `other`, without what Promela knows nothing of.
std::string difference_to_spin(observations seen, const observations& other) {
  seen.races = other.races;
  seen.lock_edges = other.lock_edges;
  seen.inversion = other.inversion;
  return difference(seen, other);
}

enum class reduction : std::uint8_t { none, partial_order };

/// Visits every state of every program.
std::vector<observations> search_with_spin(const std::vector<program_spec>& programs,
                                           reduction reduced) {
  // The verifier is compiled for longer than it runs, so it is not optimised.
  const peers::verifier verifier(
      promela_model(programs), "",
      reduced == reduction::none ? "-O0 -DSAFETY -DNOREDUCE" : "-O0 -DSAFETY");
  // -E: that no process can go on is no error, the model prints the state; -w: size of the table.
  return read_verifier(programs, verifier.run("-E -w20 -m1000000"));
}

class spin_batches {
 public:
  spin_batches(program_size size, std::uint64_t seed, int share)
      : size_(size), seed_(seed), share_(share), reduced_once_(share != 0) {}

  void run(std::uint64_t first, std::uint64_t programs) {
    for (std::uint64_t i = first; i < first + programs; ++i) {
      auto program = generate(seed_ << 32 ^ static_cast<std::uint64_t>(share_) << 28 ^ i, size_);
      ++all_.programs;
      if (const auto why = not_expressible(program); !why.empty()) {
        ++all_.not_expressible;
        continue;
      }
      if (process_types_ + program.threads.size() > max_process_types) compare_batch();
      process_types_ += program.threads.size();
      numbers_.push_back(i);
      batch_.push_back(std::move(program));
    }
    compare_batch();
  }

  const totals& all() const { return all_; }

 private:
  void compare_batch() {
    if (batch_.empty()) return;
    const auto seen = search_with_spin(batch_, reduction::none);
    // The reduction must not lose any of it. Nearly all steps touch what is shared, so it finds
    // little to leave out; once is enough.
    if (!reduced_once_) {
      const auto reduced = search_with_spin(batch_, reduction::partial_order);
      for (std::size_t i = 0; i < seen.size(); ++i) {
        EXPECT_EQ(difference(seen[i], reduced[i]), "") << "Spin against itself, program " << i;
      }
      reduced_once_ = true;
    }
    for (std::size_t i = 0; i < batch_.size(); ++i) compare(numbers_[i], batch_[i], seen[i]);
    process_types_ = 0;
    numbers_.clear();
    batch_.clear();
  }

  void compare(std::uint64_t number, const program_spec& program, const observations& seen) {
    all_.deadlocks += seen.deadlocks.empty() ? 0 : 1;
    all_.violations += seen.violations.empty() ? 0 : 1;
    all_.finals += seen.finals.size();
    std::string failure;
    const auto note = [&](const char* who, const observations& other) {
      if (other.too_large) return false;
      const auto text = difference_to_spin(seen, other);
      if (!text.empty()) failure += fmt::format(" {} against Spin:\n{}", who, text);
      return true;
    };
    bool compared = note("the reference", search_states(program, most_states));
    const auto with = [&](method how) {
      compared &= note(to_string(how), observe(program, how, most_executions));
    };
    if (size_ == program_size::small) with(method::brute_force);
    if (size_ != program_size::converging) with(method::dpor);
    with(method::dpor_with_cache);
    with(method::graph);
    all_.too_large += compared ? 0 : 1;
    if (!failure.empty()) {
      ADD_FAILURE() << failure << listing(program) << again(number);
    }
  }

  std::string again(std::uint64_t number) const {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    return fmt::format(
        "again: PTLCHECK_SEED={} PTLCHECK_FIRST={} PTLCHECK_PROGRAMS=1 "
        "build/spin_tests --gtest_filter='{}.{}'\n",
        seed_, number, test->test_suite_name(), test->name());
  }

  program_size size_;
  std::uint64_t seed_;
  int share_;
  totals all_;
  bool reduced_once_;
  std::size_t process_types_ = 0;
  std::vector<std::uint64_t> numbers_;
  std::vector<program_spec> batch_;
};

class spin_differential : public testing::TestWithParam<int> {};

void run_programs(program_size size, std::uint64_t programs, int share) {
  if (!peers::spin_installed())
    GTEST_SKIP() << "spin (or gcc) is not installed: nothing was compared";
  const auto seed = seed_from_environment();
  spin_batches batches(size, seed, share);
  batches.run(from_environment("PTLCHECK_FIRST", 0),
              from_environment("PTLCHECK_PROGRAMS", programs));
  const auto& all = batches.all();
  fmt::print(
      "seed {}: {} programs, {} not expressible in Promela, {} too large for one of the searches, "
      "{} with deadlocks, {} with violations, {} final states\n",
      seed, all.programs, all.not_expressible, all.too_large, all.deadlocks, all.violations,
      all.finals);
  EXPECT_LE(all.not_expressible * 100, all.programs * 3) << "too many programs were left out";
  EXPECT_LE(all.too_large * 100, all.programs * 5) << "too many programs were too large to compare";
}

TEST_P(spin_differential, small_programs) { run_programs(program_size::small, 100, GetParam()); }
TEST_P(spin_differential, larger_programs) { run_programs(program_size::large, 100, GetParam()); }
TEST_P(spin_differential, converging_programs) {
  run_programs(program_size::converging, 100, GetParam());
}

INSTANTIATE_TEST_SUITE_P(share, spin_differential, testing::Range(0, 2));

}  // namespace
}  // namespace checker::generated
