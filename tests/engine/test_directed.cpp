// SPDX-License-Identifier: GPL-2.0-only
// Programs written by hand for what generated ones seldom depend on, searched in every way like
// those.
#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <utility>

#include "tests/engine/generated/compare.hpp"
#include "tests/engine/generated/reference_model.hpp"

namespace checker::generated {
namespace {

/// Makes instructions, each with a place of its own.
class code_writer {
 public:
  instruction load(std::uint8_t word, std::uint8_t reg) {
    return placed({.code = opcode::load, .word = word, .reg = reg});
  }
  instruction store(std::uint8_t word, std::uint8_t value) {
    return placed({.code = opcode::store, .word = word, .value = value});
  }
  instruction store_register(std::uint8_t word, std::int8_t reg) {
    return placed({.code = opcode::store, .word = word, .from = reg});
  }

 private:
  instruction placed(instruction made) {
    made.marked = true;
    made.place = places_++;
    return made;
  }

  std::uint8_t places_ = 0;
};

instruction on_lock(opcode code, std::uint8_t lock, checker_lock_mode mode = checker_lock_write) {
  return {.code = code, .word = lock, .mode = mode};
}

instruction wait_for(std::uint8_t word, std::uint8_t value) {
  return {.code = opcode::wait, .word = word, .value = value, .other = 3};
}

/// The values that the word has in the end, by the reference; all searches must agree with it.
std::set<std::uint64_t> values_of(const program_spec& program, std::size_t word) {
  limits bounds;
  bounds.brute_executions = bounds.dpor_executions = bounds.rest_executions = 20'000;
  bounds.sampled_executions = 100;
  bounds.costly_executions = 20'000;
  const auto found = compare(program, bounds);
  EXPECT_TRUE(found.failure.empty()) << found.failure << listing(program);
  EXPECT_FALSE(found.skipped || found.violation || found.deadlock);
  std::set<std::uint64_t> values;
  for (const auto& state : search_states(program, bounds.states).finals) {
    values.insert(state.at(word));
  }
  return values;
}

const std::set<std::uint64_t> both{0, 1};

// Readers keep no reader out: the order of what they do to a word, each as a reader, matters.
TEST(directed, readers_do_not_exclude_each_other) {
  code_writer code;
  const auto take = on_lock(opcode::acquire, 0, checker_lock_read);
  const auto give = on_lock(opcode::release, 0, checker_lock_read);
  program_spec program;
  program.locks = {{checker_lock_rwsem, 0}};
  program.threads = {{{take, code.store(0, 1), give}},
                     {{take, code.load(0, 0), code.store_register(1, 0), give}}};
  EXPECT_EQ(values_of(program, 1), both);
  program.threads.push_back({{on_lock(opcode::acquire, 0), on_lock(opcode::release, 0)}});
  EXPECT_EQ(values_of(program, 1), both);
}

// A writer does: what readers did comes before all of its section, or after.
TEST(directed, writers_exclude_readers) {
  code_writer code;
  program_spec program;
  program.words = 3;
  program.locks = {{checker_lock_rwsem, 0}};
  program.threads = {{{on_lock(opcode::acquire, 0), code.store(0, 1), code.store(1, 1),
                       on_lock(opcode::release, 0)}},
                     {{on_lock(opcode::acquire, 0, checker_lock_read),
                       code.load(0, 0),
                       code.load(1, 1),
                       on_lock(opcode::release, 0, checker_lock_read),
                       {.code = opcode::skip_if_equal, .reg = 0, .value = 1, .skip = 1},
                       code.store_register(2, 1)}}};
  EXPECT_EQ(values_of(program, 2), std::set<std::uint64_t>{0});
}

// The first thread goes on as if it held the bit lock, which another one has released, so that the
// third one holds it, too.
TEST(directed, a_bit_lock_that_another_thread_releases_orders_nothing) {
  constexpr std::uint8_t x = 0, taken = 1, given = 2, seen = 3;
  code_writer code;
  program_spec program;
  program.words = 4;
  program.locks = {{checker_lock_bit, 0}};
  program.threads = {
      {{on_lock(opcode::acquire, 0), code.store(taken, 1), code.store(x, 1), wait_for(given, 1)}},
      {{wait_for(taken, 1), on_lock(opcode::release_if_locked, 0), code.store(given, 1)}},
      {{wait_for(taken, 1), on_lock(opcode::acquire, 0), code.load(x, 0),
        code.store_register(seen, 0), on_lock(opcode::release_if_locked, 0)}}};
  EXPECT_EQ(values_of(program, seen), both);
}

// One that its holder releases keeps others out like any lock.
TEST(directed, a_bit_lock_orders_where_its_holder_releases_it) {
  code_writer code;
  program_spec program;
  program.words = 3;
  program.locks = {{checker_lock_bit, 0}};
  const auto take = on_lock(opcode::acquire, 0), give = on_lock(opcode::release, 0);
  program.threads = {{{take, code.store(0, 1), code.store(0, 0), give}},
                     {{take, code.load(0, 0), code.store_register(1, 0), give}}};
  EXPECT_EQ(values_of(program, 1), std::set<std::uint64_t>{0});
}

// After it has forgotten its locals, nothing but the subclass tells in which way the thread took
// the lock; what it takes next is an order of locks of its own in each.
TEST(directed, the_subclass_of_a_held_lock_is_part_of_the_state) {
  code_writer code;
  program_spec program;
  program.locks = {{checker_lock_spin, 0}, {checker_lock_spin, 1}, {checker_lock_spin, 2}};
  auto nested = on_lock(opcode::acquire, 0);
  nested.subclass = 1;
  program.threads = {{{{.code = opcode::choose, .reg = 0, .value = 2},
                       {.code = opcode::skip_if_equal, .reg = 0, .value = 0, .skip = 1},
                       nested,
                       {.code = opcode::skip_if_differs, .reg = 0, .value = 0, .skip = 1},
                       on_lock(opcode::acquire, 0),
                       {.code = opcode::forget},
                       on_lock(opcode::acquire, 1),
                       on_lock(opcode::acquire, 2),
                       on_lock(opcode::release, 2),
                       on_lock(opcode::release, 1),
                       on_lock(opcode::release, 0)}},
                     {{code.store(0, 1)}}};
  values_of(program, 0);
  EXPECT_EQ(search_states(program, 1'000).lock_edges.size(), 5U);
}

// A thread that looks at a lock sees it held or not, whoever comes first.
TEST(directed, looks_and_tries_come_before_and_after_a_release) {
  code_writer code;
  program_spec program;
  program.locks = {{checker_lock_mutex, 0}};
  const auto take = on_lock(opcode::acquire, 0), give = on_lock(opcode::release, 0);
  program.threads = {{{take, give}}, {{on_lock(opcode::is_locked, 0), code.store_register(1, 0)}}};
  EXPECT_EQ(values_of(program, 1), both);
  program.threads.back() = {{on_lock(opcode::try_acquire, 0),
                             {.code = opcode::skip_if_equal, .reg = 0, .value = 0, .skip = 1},
                             give,
                             code.store_register(1, 0)}};
  EXPECT_EQ(values_of(program, 1), both);
}

}  // namespace
}  // namespace checker::generated
