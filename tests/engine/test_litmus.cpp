// SPDX-License-Identifier: GPL-2.0-only
// What the memory models show: of litmus tests, and of generated programs with each search.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "checker/explore/explore.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/trace/json.hpp"
#include "tests/engine/litmus_axioms.hpp"
#include "tests/engine/litmus_table.hpp"

namespace checker::engine_tests {
namespace {

using testing::HasSubstr;
using thread_function = std::function<void(litmus_world*)>;

/// `forbidden` is a violation, if it is not null.
class litmus_test final : public program {
 public:
  explicit litmus_test(const litmus_program& code, bool (*forbidden)(const litmus_outcome&) = {})
      : forbidden_(forbidden) {
    for (auto* const each : code.threads) {
      if (each != nullptr) threads_.emplace_back(each);
    }
  }
  explicit litmus_test(const std::vector<std::vector<litmus_operation>>& codes) {
    for (const auto& code : codes) {
      threads_.emplace_back([&code](litmus_world* world) {
        run_litmus_code(world, code.data(), static_cast<int>(code.size()));
      });
    }
  }

  void setup() override {
    world_ = arena_new<litmus_world>();
    init_litmus(world_);
    std::fill(std::begin(seen), std::end(seen), 0);
  }
  std::vector<thread_spec> threads() override {
    std::vector<thread_spec> result;
    for (const auto& each : threads_) {
      result.push_back({fmt::format("thread {}", result.size()),
                        {{"operation", [this, &each] { each(world_); }}}});
    }
    return result;
  }
  void at_end() override {
    if (forbidden_ != nullptr && forbidden_(outcome_now())) {
      checker_violation("forbidden", "the forbidden outcome");
    }
  }

  litmus_outcome outcome_now() const {
    return {std::to_array(seen), world_->x, world_->y, world_->z};
  }

 private:
  bool (*forbidden_)(const litmus_outcome&) = nullptr;
  std::vector<thread_function> threads_;
  litmus_world* world_ = nullptr;
};

struct observed {
  std::set<litmus_outcome> outcomes;
  std::set<std::string> kinds;  ///< of violations
  result found;
};

observed observe(litmus_test subject, memory_model model, explore::search search) {
  observed all;
  explore::options how;
  how.memory_model = model;
  how.search = search;
  how.data_races = data_race_policy::off;
  how.minimize = false;
  how.check_announcements = false;
  how.after_violation = ~std::uint64_t{0};
  how.on_execution_end = [&](bool stuck) {
    if (!stuck) all.outcomes.insert(subject.outcome_now());
  };
  all.found = explore::run(subject, how);
  for (const auto& group : all.found.violations) all.kinds.insert(group.kind);
  return all;
}

const litmus_program& program_of(const litmus& test) {
  for (int i = 0; i < litmus_program_count; ++i) {
    if (std::string(litmus_programs[i].name) == test.name) return litmus_programs[i];
  }
  throw std::logic_error(std::string("no litmus test is called ") + test.name);
}

bool shown(const litmus& test, memory_model model, explore::search search) {
  const auto all = observe(litmus_test(program_of(test)), model, search);
  EXPECT_TRUE(all.found.error.empty()) << all.found.error;
  return std::ranges::any_of(all.outcomes, test.is);
}

// ---- The table ---------------------------------------------------------------------------------

TEST(litmus, shows_what_the_table_says) {
  for (const auto& test : litmus_table()) {
    SCOPED_TRACE(test.name);
    using explore::search;
    EXPECT_EQ(shown(test, memory_model::sc, search::dpor), test.shown_by_sc);
    EXPECT_EQ(shown(test, memory_model::sc, search::brute_force), test.shown_by_sc);
    EXPECT_EQ(shown(test, memory_model::c11, search::dpor), test.shown_by_c11);
    EXPECT_EQ(shown(test, memory_model::c11, search::brute_force), test.shown_by_c11);
  }
}

TEST(litmus, shows_nothing_that_a_model_forbids) {
  for (const auto& test : litmus_table()) {
    EXPECT_FALSE(test.shown_by_sc && !test.shown_by_c11) << test.name;
    EXPECT_FALSE(test.shown_by_c11 && test.by_cpp11 == allowed::no) << test.name;
    EXPECT_FALSE(test.shown_by_c11 && test.by_lkmm == allowed::no) << test.name;
  }
}

TEST(litmus, every_difference_is_explained) {
  for (const auto& test : litmus_table()) {
    const bool differs = (test.by_cpp11 == allowed::yes && !test.shown_by_c11) ||
                         (test.by_lkmm == allowed::yes && !test.shown_by_c11) ||
                         test.by_cpp11 != test.by_lkmm;
    EXPECT_EQ(differs, *test.why != '\0') << test.name;
  }
}

std::string word_of(allowed value) {
  return value == allowed::yes ? "yes" : value == allowed::no ? "no" : "-";
}

std::string table_text() {
  std::string text =
      "| test | outcome | `sc` | `c11` | C++11 | LKMM | difference |\n"
      "| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const auto& test : litmus_table()) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", test.name, test.outcome,
                        test.shown_by_sc ? "shown" : "-", test.shown_by_c11 ? "shown" : "-",
                        word_of(test.by_cpp11), word_of(test.by_lkmm), test.why);
  }
  return text;
}

TEST(litmus, table_is_the_one_in_the_docs) {
  const std::string path = PTLCHECK_LIMITS;
  const std::string begin = "<!-- litmus table: tests/engine/litmus_table.cpp -->\n";
  const std::string end = "<!-- end of litmus table -->";
  std::stringstream read;
  read << std::ifstream(path).rdbuf();
  auto text = read.str();
  const auto from = text.find(begin), to = text.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << path;
  const auto first = from + begin.size();
  if (std::getenv("PTLCHECK_UPDATE_GOLDEN") != nullptr) {
    text.replace(first, to - first, table_text());
    std::ofstream(path) << text;
    return;
  }
  EXPECT_EQ(text.substr(first, to - first), table_text())
      << path << " differs; run with PTLCHECK_UPDATE_GOLDEN=1 and review";
}

// ---- Verdicts ----------------------------------------------------------------------------------

const litmus& row(const std::string& name) {
  for (const auto& test : litmus_table()) {
    if (test.name == name) return test;
  }
  throw std::logic_error("no row is called " + name);
}

result verdict_of(const std::string& name, memory_model model) {
  litmus_test subject(program_of(row(name)), row(name).is);
  explore::options how;
  how.memory_model = model;
  return explore::run(subject, how);
}

TEST(weak_memory, missing_barrier_is_a_violation_under_c11_only) {
  EXPECT_EQ(verdict_of("MP+wmb+po", memory_model::sc).outcome, verdict::verified);
  const auto found = verdict_of("MP+wmb+po", memory_model::c11);
  ASSERT_EQ(found.outcome, verdict::violation);
  EXPECT_TRUE(found.violations[0].repeats) << found.violations[0].divergence;
  EXPECT_EQ(found.violations[0].counterexample.memory_model, "c11");
  EXPECT_EQ(verdict_of("MP+wmb+rmb", memory_model::c11).outcome, verdict::verified);
}

TEST(weak_memory, a_trace_replays_under_its_model) {
  const auto original = verdict_of("SB", memory_model::c11).violations.at(0).counterexample;
  const auto again = trace::from_json(trace::to_json(original));
  litmus_test subject(program_of(row("SB")), row("SB").is);
  const auto replayed = explore::replay(subject, again, {});
  EXPECT_TRUE(replayed.fits) << replayed.divergence;
  EXPECT_EQ(replayed.recorded.result.kind, "forbidden");
  EXPECT_EQ(replayed.recorded.memory_model, "c11");
  EXPECT_TRUE(replayed.recorded.steps == again.steps);
  std::string notes;
  for (const auto& step : again.steps) {
    for (const auto& note : step.notes) notes += note;
  }
  EXPECT_THAT(notes, HasSubstr("an older store is seen"));

  auto elsewhere = again;
  elsewhere.memory_model = "sc";
  EXPECT_FALSE(explore::replay(subject, elsewhere, {}).fits);
}

TEST(weak_memory, more_stores_than_relacy_keeps_make_the_verdict_bounded) {
  litmus_test subject(program_of(row("look-back")));
  explore::options how;
  how.memory_model = memory_model::c11;
  const auto found = explore::run(subject, how);
  EXPECT_EQ(found.outcome, verdict::bounded);
  EXPECT_THAT(found.bound, HasSubstr("newest three"));
}

// ---- DPOR against brute force ------------------------------------------------------------------

using code = std::vector<litmus_operation>;
using type = litmus_operation::type;

class generator {
 public:
  /// `known`: only operations that the axioms know.
  explicit generator(std::uint64_t seed, bool known = false) : random_(seed), known_(known) {}

  std::vector<code> program() {
    std::vector<code> threads(2 + below(2));
    registers_ = 0;
    for (auto& each : threads) each = thread(threads.size() == 2 ? 4 : 2 + below(2));
    return threads;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
  int one_of(std::initializer_list<int> values) { return values.begin()[below(values.size())]; }

  code thread(unsigned length) {
    code result;
    const bool locked = !known_ && below(4) == 0;
    const int which = static_cast<int>(below(2));
    if (locked) result.push_back({type::lock, 0, which, 0});
    for (unsigned i = 0; i < length; ++i) result.push_back(operation());
    if (locked) {
      const auto at = 1 + below(static_cast<unsigned>(result.size()));
      result.insert(result.begin() + at, {type::unlock, 0, which, 0});
    }
    return result;
  }

  litmus_operation operation() {
    const int place = static_cast<int>(below(2));
    const std::uint64_t value = 1 + below(3);
    const auto kind =
        known_ ? static_cast<unsigned>(one_of({0, 0, 8, 8, 13, 15, 19, 19})) : below(21);
    if (kind == 20) return {type::inspect, 0, place, value};
    if (kind < 8 && registers_ < litmus_registers) {
      return {type::load, one_of({__ATOMIC_RELAXED, __ATOMIC_ACQUIRE, __ATOMIC_SEQ_CST}), place,
              registers_++};
    }
    if (kind < 13) {
      return {type::store, one_of({__ATOMIC_RELAXED, __ATOMIC_RELEASE, __ATOMIC_SEQ_CST}), place,
              value};
    }
    if (kind < 15) {
      return {type::add, one_of({__ATOMIC_RELAXED, __ATOMIC_ACQ_REL, __ATOMIC_SEQ_CST}), place, 1};
    }
    if (kind < 16) return {type::exchange, 0, place, value};
    if (kind < 17) return {type::half_store, 0, place, value};
    if (kind < 18) return {type::wait, 0, place, value};
    return {type::fence, one_of({__ATOMIC_ACQUIRE, __ATOMIC_RELEASE, __ATOMIC_SEQ_CST}), 0, 0};
  }

  std::mt19937_64 random_;
  bool known_;
  std::uint64_t registers_ = 0;
};

std::string listing(const std::vector<code>& threads) {
  static constexpr const char* names[] = {"load", "store",  "add",        "exchange", "fence",
                                          "lock", "unlock", "half store", "wait",     "inspect"};
  std::string text;
  for (const auto& each : threads) {
    for (const auto& next : each) {
      text += fmt::format("{}(order {}, {}, {}); ", names[static_cast<int>(next.what)], next.order,
                          "xyz"[next.place], next.value);
    }
    text += "\n";
  }
  return text;
}

TEST(weak_memory, shows_nothing_that_the_axioms_forbid) {
  const char* const asked = std::getenv("PTLCHECK_PROGRAMS");
  const std::uint64_t programs = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 2000;
  std::uint64_t all_shown = 0;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    const auto threads = generator(seed, true).program();
    SCOPED_TRACE(fmt::format("seed {}:\n{}", seed, listing(threads)));
    const auto shown = observe(litmus_test(threads), memory_model::c11, explore::search::dpor);
    const auto allowed = outcomes_by_axioms(threads);
    ASSERT_TRUE(shown.found.error.empty()) << shown.found.error;
    ASSERT_TRUE(std::ranges::includes(allowed, shown.outcomes));
    if (allowed == shown.outcomes) ++all_shown;
  }
  RecordProperty("all_shown", std::to_string(all_shown));
  // What is missing is what docs/limits.md lists; most programs have nothing of it.
  EXPECT_GT(all_shown * 2, programs);
}

TEST(weak_memory, dpor_sees_what_brute_force_sees) {
  const char* const asked = std::getenv("PTLCHECK_PROGRAMS");
  const std::uint64_t programs = asked != nullptr ? std::strtoull(asked, nullptr, 10) : 400;
  std::uint64_t weak = 0, reduced = 0, all = 0;
  for (std::uint64_t seed = 1; seed <= programs; ++seed) {
    const auto threads = generator(seed).program();
    SCOPED_TRACE(fmt::format("seed {}:\n{}", seed, listing(threads)));
    const litmus_test subject(threads);
    const auto one = observe(subject, memory_model::c11, explore::search::dpor);
    const auto other = observe(subject, memory_model::c11, explore::search::brute_force);
    ASSERT_TRUE(one.found.error.empty()) << one.found.error;
    ASSERT_TRUE(other.found.error.empty()) << other.found.error;
    // What was cut short by a bound of the memory model is so with either search.
    ASSERT_EQ(one.found.outcome, other.found.outcome);
    ASSERT_EQ(one.kinds.contains("inspected"), other.kinds.contains("inspected"));
    // An execution that ends in a violation hides what would have come after it: where there is
    // one, not all others need be seen.
    ASSERT_TRUE(std::ranges::includes(other.outcomes, one.outcomes));
    if (other.kinds.contains("inspected")) continue;
    ASSERT_EQ(one.outcomes.size(), other.outcomes.size());
    ASSERT_EQ(one.kinds, other.kinds);
    const auto strong = observe(subject, memory_model::sc, explore::search::dpor);
    ASSERT_TRUE(std::ranges::includes(one.outcomes, strong.outcomes));
    if (strong.outcomes != one.outcomes) ++weak;
    reduced += one.found.executions;
    all += other.found.executions;
  }
  // Or nothing was tested.
  EXPECT_GT(weak * 10, programs);
  EXPECT_LT(reduced * 2, all);
}

}  // namespace
}  // namespace checker::engine_tests
