// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/generator.hpp"

#include <algorithm>

namespace checker::generated {
namespace {

/// What a part of a program may do, given what stands around it.
struct surroundings {
  std::uint8_t held = 0;  ///< locks held, one bit each
  bool spin_held = false;
  bool in_atomic = false;
  int depth = 0;  ///< of statements inside others
};

class maker {
 public:
  maker(std::uint64_t seed, program_size size) : random_(seed), size_(size) { result_.seed = seed; }

  program_spec make() {
    pick_features();
    make_world();
    make_hooks();
    const int threads = pick_threads();
    for (int i = 0; i < threads; ++i) result_.threads.push_back(make_thread(pick_steps(threads)));
    if (size_ == program_size::counting || size_ == program_size::alike) make_counts();
    if (size_ == program_size::alike) make_alike();
    return std::move(result_);
  }

 private:
  /// Each program uses some of the features only: what is rare when everything is mixed becomes
  /// common.
  void pick_features() {
    careless_ = random_.chance(8);
    choices_left_ = random_.chance(30) ? 1 + random_.below(2) : 0;
    waits_ = random_.chance(20);
    atomics_ = random_.chance(30);
    ghosts_ = random_.chance(20);
    forgets_ = random_.chance(25);
    halves_ = random_.chance(20);
    copies_ = random_.chance(15);
    branches_ = random_.chance(60);
    sequences_ = random_.chance(6);
    marked_percent_ = random_.chance(50) ? 100 : 50;
    if (!converges()) return;
    careless_ = ghosts_ = halves_ = copies_ = sequences_ = false;
    choices_left_ = random_.below(3);
    waits_ = random_.chance(30);
    atomics_ = random_.chance(75);
    atomic_percent_ = 35;
    forgets_ = random_.chance(30);
    marked_percent_ = 80;
  }

  void make_world() {
    result_.words = copies_ ? 4 : 1 + random_.below(3);
    if (converges()) result_.words = 2 + random_.below(3);
    for (int i = 0; i < result_.words; ++i) {
      result_.initial[i] = static_cast<std::uint8_t>(random_.chance(70) ? 0 : random_.below(3));
    }
    if (sequences_) {
      sequence_word_ = result_.words++;
    }
    const bool none = random_.chance(converges() ? 55 : 25);
    const int locks = none ? 0 : 1 + random_.below(3);
    const bool all_spin = random_.chance(40);
    for (int i = 0; i < locks; ++i) {
      lock_spec lock;
      constexpr checker_lock_kind kinds[] = {checker_lock_spin, checker_lock_rwsem,
                                             checker_lock_rwsem, checker_lock_mutex,
                                             checker_lock_bit};
      lock.kind = all_spin ? checker_lock_spin : kinds[random_.below(5)];
      lock.lock_class = static_cast<std::uint8_t>(i);
      // Two locks of one class now and then; they nest with subclasses.
      if (i > 0 && result_.locks[0].kind == lock.kind && random_.chance(25)) lock.lock_class = 0;
      result_.locks.push_back(lock);
    }
  }

  void make_hooks() {
    if (!random_.chance(45)) return;
    const int count = 1 + random_.below(max_hooks - 1);
    for (int i = 0; i < count; ++i) {
      hook made;
      constexpr trigger triggers[] = {trigger::store, trigger::store, trigger::release,
                                      trigger::operation_end};
      made.when = triggers[random_.below(4)];
      made.a = word();
      made.b = word();
      made.a_value = static_cast<std::uint8_t>(random_.below(3));
      made.b_value = static_cast<std::uint8_t>(random_.below(3));
      made.in_arena = random_.chance(30);
      result_.hooks.push_back(made);
      result_.watched[random_.chance(50) ? made.a : word()] = true;
    }
  }

  int pick_threads() {
    const int roll = random_.below(100);
    if (converges()) return roll < 50 ? 3 : 4;
    return roll < 45 ? 2 : roll < 85 ? 3 : 4;
  }

  /// Steps of one thread, about.
  int pick_steps(int threads) {
    if (size_ != program_size::small) {
      constexpr int most[] = {0, 0, 14, 9, 6};
      return most[threads] / 2 + random_.below(most[threads] / 2 + 1);
    }
    constexpr int most[] = {0, 0, 6, 4, 2};
    return std::max(1, most[threads] - random_.below(3));
  }

  thread_code make_thread(int steps) {
    thread_code thread;
    const int operations = 1 + (random_.chance(50) ? random_.below(3) : 0);
    for (int i = 0; i < operations && steps > 0; ++i) {
      const int share = i == operations - 1 ? steps : 1 + random_.below(steps);
      operation_code code;
      steps_left_ = share;
      while (steps_left_ > 0) part(code, {});
      steps -= share;
      thread.push_back(std::move(code));
    }
    return thread;
  }

  std::uint8_t word() { return static_cast<std::uint8_t>(random_.below(plain_words())); }
  int plain_words() const { return result_.words - (sequence_word_ >= 0 ? 1 : 0); }
  std::uint8_t reg() { return static_cast<std::uint8_t>(random_.below(registers)); }

  /// Appends one statement, with what belongs to it.
  void part(operation_code& code, surroundings around) {
    if (++around.depth > 4) return access(code);
    const int roll = random_.below(100);
    if (roll < 30 && !result_.locks.empty() && lock_part(code, around)) return;
    if (roll < 38 && branches_ && !code.empty()) return branch(code, around);
    if (roll < 44 && choices_left_ > 0 && !around.in_atomic) return choice(code);
    if (roll < 50 && waits_ && !around.in_atomic && (careless_ || !around.spin_held)) {
      return wait(code);
    }
    if (roll < 50 + atomic_percent_ && atomics_ && (!around.in_atomic || random_.chance(10))) {
      return atomic(code, around);
    }
    if (roll < 64 && ghosts_) return ghost(code);
    if (roll < 70 && forgets_ && !around.in_atomic) {
      code.push_back(instruction{.code = opcode::forget});
      return;
    }
    if (roll < 76 && sequence_word_ >= 0 && !around.in_atomic) return sequence(code, around);
    access(code);
  }

  void body(operation_code& code, surroundings around, int statements) {
    for (int i = 0; i < statements; ++i) part(code, around);
  }

  void emit_access(operation_code& code, instruction made) {
    made.place = static_cast<std::uint8_t>(next_place_++ % max_places);
    code.push_back(made);
  }

  void access(operation_code& code) {
    --steps_left_;
    instruction made;
    made.word = word();
    made.reg = reg();
    made.marked = random_.chance(marked_percent_);
    made.value = static_cast<std::uint8_t>(random_.below(3));
    if (random_.chance(40)) made.from = static_cast<std::int8_t>(reg());
    if (halves_ && random_.chance(50)) made.part = static_cast<std::uint8_t>(1 + random_.below(2));
    const int roll = random_.below(100);
    if (roll < 38) {
      made.code = opcode::load;
    } else if (roll < 76) {
      made.code = opcode::store;
    } else if (roll < 84) {
      made.code = opcode::add;
    } else if (roll < 89) {
      made.code = opcode::exchange;
    } else if (roll < 93 || (roll < 96 && !copies_)) {
      made.code = opcode::compare_exchange;
      made.other = static_cast<std::uint8_t>(random_.below(2));
    } else if (roll < 97 || !copies_) {
      made.code = opcode::assign;
      made.part = 0;
      made.other = word();
      --steps_left_;
    } else {
      made.code = opcode::copy;
      made.word = static_cast<std::uint8_t>(random_.below(2) * 2);
      made.other = static_cast<std::uint8_t>(2 - made.word);
      --steps_left_;
    }
    emit_access(code, made);
  }

  /// A locked section, a trylock, or a look at a lock. False if the lock picked won't do here.
  bool lock_part(operation_code& code, surroundings around) {
    const int index = random_.below(static_cast<int>(result_.locks.size()));
    const auto& lock = result_.locks[static_cast<std::size_t>(index)];
    instruction made;
    made.word = static_cast<std::uint8_t>(index);
    made.reg = reg();
    if (lock.kind == checker_lock_rwsem && random_.chance(60)) made.mode = checker_lock_read;
    if (random_.chance(12)) {
      made.code = opcode::is_locked;
      --steps_left_;
      code.push_back(made);
      return true;
    }
    if (careless_ && random_.chance(10)) {
      made.code = around.in_atomic || random_.chance(50) ? opcode::release : opcode::acquire;
      --steps_left_;
      code.push_back(made);
      return true;
    }
    if ((around.held >> index & 1) != 0 && !careless_) return false;
    if (around.in_atomic || random_.chance(25)) return trylock(code, around, made);
    if (lock.kind != checker_lock_spin && around.spin_held && !careless_) return false;
    pick_subclass(made);
    locked_section(code, around, made);
    return true;
  }

  /// Locks of a shared class nest: the first one is taken with subclass 0, others with their index.
  void pick_subclass(instruction& made) {
    const auto lock_class = result_.locks[made.word].lock_class;
    for (std::size_t i = 0; i < result_.locks.size(); ++i) {
      if (i != made.word && result_.locks[i].lock_class == lock_class) made.subclass = made.word;
    }
  }

  void locked_section(operation_code& code, surroundings around, instruction made) {
    const auto& lock = result_.locks[made.word];
    made.code = opcode::acquire;
    steps_left_ -= 2;
    code.push_back(made);
    around.held |= static_cast<std::uint8_t>(1U << made.word);
    around.spin_held |= lock.kind == checker_lock_spin;
    body(code, around, random_.below(3));
    made.code = opcode::release;
    // A bit lock may be gone already.
    if (lock.kind == checker_lock_bit && !careless_) made.code = opcode::release_if_locked;
    if (lock.kind == checker_lock_bit && random_.chance(30)) {
      code.push_back(made);
      made.code = opcode::release_if_locked;
    }
    code.push_back(made);
  }

  bool trylock(operation_code& code, surroundings around, instruction made) {
    const auto& lock = result_.locks[made.word];
    pick_subclass(made);
    made.code = opcode::try_acquire;
    steps_left_ -= 2;
    code.push_back(made);
    const auto skip_at = code.size();
    code.push_back(instruction{.code = opcode::skip_if_equal, .reg = made.reg, .value = 0});
    around.held |= static_cast<std::uint8_t>(1U << made.word);
    around.spin_held |= lock.kind == checker_lock_spin;
    body(code, around, random_.below(2));
    made.code = lock.kind == checker_lock_bit ? opcode::release_if_locked : opcode::release;
    code.push_back(made);
    code[skip_at].skip = static_cast<std::uint8_t>(code.size() - skip_at - 1);
    return true;
  }

  void branch(operation_code& code, surroundings around) {
    const auto skip_at = code.size();
    instruction made;
    made.code = random_.chance(50) ? opcode::skip_if_equal : opcode::skip_if_differs;
    made.reg = reg();
    made.value = static_cast<std::uint8_t>(random_.below(2));
    code.push_back(made);
    body(code, around, 1 + random_.below(2));
    code[skip_at].skip = static_cast<std::uint8_t>(code.size() - skip_at - 1);
  }

  void choice(operation_code& code) {
    --choices_left_;
    instruction made;
    made.code = opcode::choose;
    made.reg = reg();
    made.value = static_cast<std::uint8_t>(2 + random_.below(2));
    code.push_back(made);
    if (!converges()) return;
    // What was chosen matters only to whom it is shown.
    --steps_left_;
    instruction shown;
    shown.code = opcode::store;
    shown.word = word();
    shown.from = static_cast<std::int8_t>(made.reg);
    shown.marked = true;
    emit_access(code, shown);
  }

  void wait(operation_code& code) {
    --steps_left_;
    instruction made;
    made.code = opcode::wait;
    made.word = word();
    made.other = static_cast<std::uint8_t>(random_.chance(50) ? 1 : 3);
    made.value = static_cast<std::uint8_t>(random_.below(made.other + 1));
    code.push_back(made);
  }

  void atomic(operation_code& code, surroundings around) {
    code.push_back(instruction{.code = opcode::atomic_begin});
    around.in_atomic = true;
    const int before = steps_left_;
    body(code, around, 1 + random_.below(3));
    steps_left_ = before - 1;
    code.push_back(instruction{.code = opcode::atomic_end});
  }

  void ghost(operation_code& code) {
    instruction made;
    made.code = opcode::ghost_add;
    made.word = word();
    made.value = static_cast<std::uint8_t>(1 + random_.below(2));
    code.push_back(made);
    --steps_left_;
  }

  void sequence(operation_code& code, surroundings around) {
    instruction made;
    made.word = static_cast<std::uint8_t>(sequence_word_);
    made.reg = reg();
    steps_left_ -= 2;
    const bool writes = random_.chance(50);
    made.code = writes ? opcode::write_begin : opcode::read_begin;
    code.push_back(made);
    body(code, around, random_.below(2));
    made.code = writes ? opcode::write_end : opcode::read_retry;
    code.push_back(made);
  }

  bool converges() const { return size_ != program_size::small && size_ != program_size::large; }

  /// The first two threads or more.
  void make_alike() {
    random_source random(result_.seed ^ 0x616c696b65);
    result_.alike = 2 + random.below(static_cast<int>(result_.threads.size()) - 1);
    for (int i = 1; i < result_.alike; ++i) {
      result_.threads[static_cast<std::size_t>(i)] = result_.threads[0];
    }
  }

  /// Half of all additions, and some stores, become counts.
  void make_counts() {
    random_source random(result_.seed ^ 0x636f756e74);
    for (auto& thread : result_.threads) {
      for (auto& code : thread) {
        for (auto& each : code) {
          if (each.code == opcode::add && random.chance(50)) each.code = opcode::count;
          if (each.code == opcode::store && random.chance(35)) each.code = opcode::count;
        }
      }
    }
  }

  random_source random_;
  program_size size_;
  program_spec result_;
  int steps_left_ = 0;
  int choices_left_ = 0;
  int next_place_ = 0;
  int sequence_word_ = -1;
  int marked_percent_ = 100;
  int atomic_percent_ = 8;
  /// Breaks rules on purpose, so executions may end in a violation.
  bool careless_ = false;
  bool waits_ = false, atomics_ = false, ghosts_ = false, forgets_ = false, halves_ = false,
       copies_ = false, branches_ = false, sequences_ = false;
};

}  // namespace

std::uint64_t random_source::bits() {
  std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

double interleavings(const program_spec& program) {
  double result = 1;
  int total = 0;
  for (const auto& thread : program.threads) {
    int steps = 0, depth = 0;
    for (const auto& code : thread) {
      for (const auto& each : code) {
        if (each.code == opcode::atomic_end) --depth;
        if (each.code == opcode::choose) result *= each.value;
        const bool silent = each.code >= opcode::ghost_add && each.code <= opcode::forget;
        if (depth == 0 && !silent && each.code != opcode::choose &&
            each.code != opcode::atomic_end) {
          steps += each.code == opcode::copy || each.code == opcode::assign ? 2 : 1;
        }
        if (each.code == opcode::atomic_begin) ++depth;
      }
    }
    for (int i = 1; i <= steps; ++i) result *= static_cast<double>(++total) / i;
  }
  return result;
}

program_spec generate(std::uint64_t seed, program_size size) {
  const double most = size == program_size::small ? 6'000 : 1.2e5;
  for (std::uint64_t attempt = 0;; ++attempt) {
    auto program = maker(seed + attempt * 0x1234567, size).make();
    if (interleavings(program) <= most) return program;
  }
}

}  // namespace checker::generated
