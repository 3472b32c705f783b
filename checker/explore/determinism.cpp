// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/determinism.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"
#include "checker/intercept/hash.hpp"
#include "checker/intercept/stack_paint.hpp"

namespace checker::explore {
namespace {

struct garbage {
  std::uint64_t pattern;
  std::size_t shift;  ///< bytes by which frames stand lower; they are aligned to 16
};
/// Zero first: what is not set is mostly taken for false then, and for true the other times. The
/// shifts have every other bit set: whichever part of an address somebody looks at, one of them
/// changes it.
constexpr garbage first_garbage{0, 0};
constexpr garbage other_garbage[] = {{0xa5a5'a5a5'a5a5'a5a5, 0x550},
                                     {0x5a5a'5a5a'5a5a'5a5a, 0xaa0}};

/// What there is to see of a step without recording it.
struct observed_step {
  int thread = -1;  ///< -1: a choice
  std::uint64_t value = 0;
  state_key key;  ///< of the state it was taken in

  bool operator==(const observed_step&) const = default;
};

/// Follows a schedule as far as it goes; after that, and without one, the current thread goes on
/// while it can, and choices are 0.
class observing_replay final : public strategy {
 public:
  explicit observing_replay(const decision_list& guide) : guide_(guide) {}

  bool wants_keys() const override { return true; }
  void begin_execution() override {}
  int pick(const moment& now) override {
    int thread = now.current;
    if (thread < 0 || (now.enabled >> thread & 1) == 0) thread = __builtin_ctz(now.enabled);
    if (position_ < guide_.size()) {
      const auto& decision = guide_[position_++];
      const bool fits = !decision.is_choice && (now.enabled >> decision.value & 1) != 0;
      if (fits) thread = decision.value;
    }
    steps_.push_back({thread, now.enabled, now.key});
    return thread;
  }
  void executed(int /*thread*/, footprint touched, const lockset& /*held*/) override {
    for (const auto item : touched) {
      steps_.back().value = fold(steps_.back().value ^ item.bits(), 0x9e3779b97f4a7c15ULL) + 1;
    }
  }
  unsigned choose(int thread, unsigned alternatives) override {
    unsigned value = 0;
    if (position_ < guide_.size()) {
      const auto& decision = guide_[position_++];
      if (decision.is_choice) value = static_cast<unsigned>(decision.value);
    }
    value = std::min(value, alternatives - 1);
    steps_.push_back(
        {-1, static_cast<std::uint64_t>(thread) << 32 | alternatives << 8 | value, {}});
    return value;
  }
  bool end_execution(outcome how, std::span<const blocked_thread> /*blocked*/) override {
    steps_.push_back({-1, static_cast<std::uint64_t>(how), {}});
    return true;
  }

  const std::vector<observed_step>& steps() const { return steps_; }

 private:
  const decision_list& guide_;
  std::size_t position_ = 0;
  std::vector<observed_step> steps_;
};

struct observation {
  std::vector<observed_step> steps;
  std::string violation;  ///< kind; empty if none
  state_key memory;       ///< as the execution left it

  bool operator==(const observation&) const = default;
};

observation observe(execution& engine, const decision_list& guide, const garbage& with) {
  const stack_paint::scope paint(with.pattern, with.shift);
  observing_replay run(guide);
  state_key memory;
  engine.explore(run, [&](outcome) {
    for (std::uint32_t word = 0; word < (arena_used() + 7) / 8; ++word) {
      memory ^= word_hash(word, load_word(word));
    }
    return true;
  });
  return {run.steps(), engine.violation() ? engine.violation()->kind : "", memory};
}

std::vector<raw_step> recorded(execution& engine, const decision_list& guide, const garbage& with) {
  engine.record(true);
  (void)observe(engine, guide, with);
  auto steps = engine.recording_of_last().steps();
  engine.record(false);
  return steps;
}

bool same_place(const raw_step& a, const raw_step& b) {
  return a.step.thread == b.step.thread && a.step.kind == b.step.kind &&
         a.step.address == b.step.address && a.step.object == b.step.object && a.stack == b.stack;
}

bool same(const raw_step& a, const raw_step& b) {
  return same_place(a, b) && a.step.before == b.step.before && a.step.after == b.step.after &&
         a.step.notes == b.step.notes && a.touched == b.touched;
}

/// "thread 0 at f() model/a.cpp:7"
std::string words_of_place(const execution& engine, const raw_step& step) {
  const auto frames = symbolize(step.stack);
  const auto& name = engine.threads()[static_cast<std::size_t>(step.step.thread)].name;
  if (frames.empty()) return fmt::format("{} in {}", name, step.step.object);
  const auto& frame = frames.back();
  return fmt::format("{} in {}() {}:{}", name, frame.function, frame.file, frame.line);
}

std::string words_of_difference(const execution& engine, const raw_step& a, const raw_step& b) {
  const auto place = words_of_place(engine, a);
  if (!same_place(a, b)) {
    return fmt::format("{} with {} one time, {} with {} the other", place, a.step.object,
                       words_of_place(engine, b), b.step.object);
  }
  if (a.step.after != b.step.after) {
    return fmt::format("{}: {} is {} one time and {} the other", place, a.step.object, a.step.after,
                       b.step.after);
  }
  return fmt::format("{}: {} comes out differently", place, a.step.object);
}

/// The first run and the one that differs from it, once more and recorded.
std::string locate(execution& engine, const decision_list& guide, const garbage& differs) {
  const auto one = recorded(engine, guide, first_garbage);
  const auto other = recorded(engine, guide, differs);
  const auto shared = std::min(one.size(), other.size());
  for (std::size_t i = 0; i < shared; ++i) {
    if (same(one[i], other[i])) continue;
    return fmt::format("step {} differs, {}", i, words_of_difference(engine, one[i], other[i]));
  }
  const auto& longer = one.size() > other.size() ? one : other;
  if (longer.size() > shared) {
    return fmt::format("{} takes a step that it does not take the other time",
                       words_of_place(engine, longer[shared]));
  }
  if (one.empty()) return "no step was made";
  return fmt::format("something that no step shows, by the end of {}",
                     words_of_place(engine, one.back()));
}

}  // namespace

std::string nondeterminism(program& subject, std::uint64_t max_steps,
                           const std::vector<decision_list>& schedules,
                           const std::atomic<bool>* stop) {
  execution engine(subject, data_race_policy::off, max_steps);
  for (const auto& guide : schedules) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) break;
    const auto first = observe(engine, guide, first_garbage);
    for (const auto& other : other_garbage) {
      if (observe(engine, guide, other) == first) continue;
      return "the program is not deterministic: run twice under the same schedule, " +
             locate(engine, guide, other);
    }
  }
  return {};
}

void schedule_sample::offer(const execution& engine) {
  if (++seen_ < next_) return;
  next_ *= 4;
  schedules_.push_back(engine.decisions());
}

}  // namespace checker::explore
