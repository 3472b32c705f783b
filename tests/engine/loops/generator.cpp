// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include "checker/explore/random_source.hpp"
#include "tests/engine/loops/program.hpp"

namespace checker::loops {
namespace {

/// Writes one thread. A loop's way back leads to its head, which is where states may recur.
class thread_writer {
 public:
  explicit thread_writer(explore::random_source& random) : random_(random) {}

  void block(unsigned held, int depth) {
    switch (below(18)) {
      case 0:
        return store();
      case 1:
        return spin();
      case 2:
        return spin_and_store();
      case 3:
        return exchange_loop();
      case 4:
        return back_off(held);
      case 5:
        return poll_under_lock(held);
      case 6:
        return choice_loop();
      case 7:
        return choice_beside_a_flag();
      case 8:
        return try_until_taken(held);
      case 9:
        return under_lock(held, depth);
      case 10:
        return semaphore(held);
      case 11:
        return held == 0 ? add({.code = opcode::wait, .what = word(), .value = 1}) : store();
      default:
        return add({.code = opcode::store, .what = word(), .value = 1});
    }
  }

  thread_code code;
  bool uses_semaphore = false;

 private:
  int below(int limit) { return static_cast<int>(random_.below(static_cast<unsigned>(limit))); }
  std::uint8_t word() { return static_cast<std::uint8_t>(below(words)); }
  std::uint8_t value() { return static_cast<std::uint8_t>(below(3) == 0 ? 0 : 1); }
  int here() const { return static_cast<int>(code.size()); }
  void add(instruction one) { code.push_back(one); }
  int head() {
    add({.code = opcode::head});
    return here() - 1;
  }
  void jump(int target) { add({.code = opcode::jump, .target = target}); }
  void jump_if(std::uint8_t wanted, int target) {
    add({.code = opcode::jump_if_equal, .value = wanted, .target = target});
  }
  void take(int lock) { add({.code = opcode::acquire, .what = static_cast<std::uint8_t>(lock)}); }
  void drop(int lock) { add({.code = opcode::release, .what = static_cast<std::uint8_t>(lock)}); }
  void attempt(int lock) {
    add({.code = opcode::try_acquire, .what = static_cast<std::uint8_t>(lock)});
  }
  /// A spinlock that is not held; -1: none.
  int free_lock(unsigned held) {
    const int first = below(spinlocks);
    for (int i = 0; i < spinlocks; ++i) {
      const int lock = (first + i) % spinlocks;
      if ((held >> lock & 1) == 0) return lock;
    }
    return -1;
  }

  void store() { add({.code = opcode::store, .what = word(), .value = value()}); }

  void spin() {
    const int top = head();
    add({.code = opcode::load, .what = word()});
    jump_if(value() == 0 ? 0 : 1, here() + 2);
    jump(top);
  }

  /// Goes on for ever storing, until somebody else stores.
  void spin_and_store() {
    const int top = head();
    const auto own = word();
    for (int i = below(3); i >= 0; --i) {
      add({.code = opcode::store, .what = own, .value = static_cast<std::uint8_t>(i)});
    }
    add({.code = opcode::load, .what = word()});
    jump_if(1, here() + 2);
    jump(top);
  }

  void exchange_loop() {
    const int top = head();
    const auto where = word();
    add({.code = opcode::compare_exchange, .what = where, .value = 1, .other = 0});
    jump_if(1, here() + 2);
    jump(top);
    if (below(4) != 0) add({.code = opcode::store, .what = where, .value = 0});
  }

  void back_off(unsigned held) {
    if (held != 0) return store();
    const int first = below(spinlocks), second = 1 - first;
    const bool blocking = below(2) == 0;
    const int top = head();
    if (blocking) {
      take(first);
    } else {
      attempt(first);
      jump_if(0, top);
    }
    attempt(second);
    jump_if(1, here() + 3);
    drop(first);
    jump(top);
    if (below(2) == 0) store();
    drop(second);
    drop(first);
  }

  void poll_under_lock(unsigned held) {
    const int lock = free_lock(held);
    if (lock < 0) return spin();
    const int top = head();
    take(lock);
    add({.code = opcode::load, .what = word()});
    jump_if(1, here() + 3);
    drop(lock);
    jump(top);
    drop(lock);
  }

  /// Ends by one value of a choice; now and then another one has to come out between.
  void choice_loop() {
    const bool two = below(3) == 0;
    const int top = head();
    add({.code = opcode::choose, .value = 2});
    jump_if(static_cast<std::uint8_t>(below(5) == 0 ? 1 : 0), here() + (two ? 4 : 3));
    store();
    if (!two) return jump(top);
    add({.code = opcode::choose, .value = 2});
    jump_if(0, top);
  }

  void choice_beside_a_flag() {
    const int top = head();
    add({.code = opcode::choose, .value = 2});
    jump_if(static_cast<std::uint8_t>(below(2)), here() + 2);
    store();
    add({.code = opcode::load, .what = word()});
    jump_if(1, here() + 2);
    jump(top);
  }

  void try_until_taken(unsigned held) {
    const int lock = free_lock(held);
    if (lock < 0) return store();
    const int top = head();
    attempt(lock);
    jump_if(0, top);
    store();
    drop(lock);
  }

  void under_lock(unsigned held, int depth) {
    const int lock = free_lock(held);
    if (lock < 0 || depth == 0) return store();
    take(lock);
    block(held | 1U << lock, depth - 1);
    drop(lock);
  }

  /// A sleeping lock: not under a spinlock.
  void semaphore(unsigned held) {
    if (held != 0) return store();
    uses_semaphore = true;
    const auto lock = static_cast<std::uint8_t>(spinlocks);
    const auto mode = below(3) == 0 ? checker_lock_write : checker_lock_read;
    const bool loops = below(3) != 0;
    const int top = loops ? head() : 0;
    add({.code = opcode::acquire, .what = lock, .mode = mode});
    if (loops) {
      if (below(2) == 0) store();
      add({.code = opcode::load, .what = word()});
      jump_if(1, here() + 3);
      add({.code = opcode::release, .what = lock, .mode = mode});
      jump(top);
    } else {
      store();
    }
    add({.code = opcode::release, .what = lock, .mode = mode});
  }

  explore::random_source& random_;
};

}  // namespace

program_spec generate(std::uint64_t seed) {
  explore::random_source random(seed * 2 + 1);
  for (int i = 0; i < 8; ++i) random.below(2);
  program_spec program;
  const int threads = 2 + static_cast<int>(random.below(8) >= 5 ? 1 : 0);
  for (int t = 0; t < threads; ++t) {
    thread_writer writer(random);
    const int blocks = 1 + static_cast<int>(random.below(threads == 2 ? 3 : 2));
    for (int i = 0; i < blocks; ++i) writer.block(0, 1);
    program.uses_semaphore |= writer.uses_semaphore;
    program.threads.push_back(std::move(writer.code));
  }
  return program;
}

std::string listing(const program_spec& program) {
  constexpr const char* names[] = {
      "load", "store", "compare_exchange", "acquire", "try", "release", "choose",
      "wait", "jump",  "jump_if_equal",    "head"};
  std::string text;
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    text += fmt::format("thread {}\n", t);
    for (std::size_t i = 0; i < program.threads[t].size(); ++i) {
      const auto& one = program.threads[t][i];
      text += fmt::format("  {:2} {} what {} value {} other {} mode {} target {}\n", i,
                          names[static_cast<int>(one.code)], one.what, one.value, one.other,
                          static_cast<int>(one.mode), one.target);
    }
  }
  return text;
}

}  // namespace checker::loops
