// SPDX-License-Identifier: GPL-2.0-only
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checker/intercept/arena.hpp"
#include "checker/run/registry.hpp"
#include "checker/toys/trylock.hpp"

namespace checker::toys {
namespace {

/// What both toys share: the world, and how it is told.
class trylock_program : public program {
 public:
  explicit trylock_program(std::string patch) : patch_(std::move(patch)) {}

  void setup() override {
    world_ = arena_new<trylock_world>();
    checker_lock_init(&world_->a, checker_lock_spin, "A lock", "A");
    checker_lock_init(&world_->b, checker_lock_spin, "B lock", "B");
  }

  place describe(const void* address) const override {
    if (address == &world_->done) return {"done"};
    if (address == &world_->flag) return {"flag"};
    return {};
  }

  std::string describe_value(const void* /*address*/, std::uint64_t value) const override {
    return std::to_string(value);
  }

 protected:
  std::string patch_;
  trylock_world* world_ = nullptr;
};

class backoff_program final : public trylock_program {
 public:
  backoff_program(std::int64_t threads, std::string patch)
      : trylock_program(std::move(patch)), threads_(threads) {}

  std::vector<thread_spec> threads() override {
    std::vector<thread_spec> result;
    for (std::int64_t i = 0; i < threads_; ++i) {
      const bool opposite = patch_ == "opposite-order" && i % 2 == 1;
      auto *first = &world_->a, *second = &world_->b;
      if (opposite) std::swap(first, second);
      result.push_back({"taker " + std::to_string(i),
                        {{opposite ? "take_both(B, A)" : "take_both(A, B)",
                          [this, first, second] { take_both(world_, first, second); }}}});
    }
    return result;
  }

  void at_end() override {
    if (world_->done != static_cast<std::uint64_t>(threads_)) {
      checker_violation("done", "%lu of %ld have been in", world_->done, threads_);
    }
  }

 private:
  std::int64_t threads_;
};

class flag_program final : public trylock_program {
 public:
  using trylock_program::trylock_program;

  std::vector<thread_spec> threads() override {
    auto* const held = patch_ == "spin-under-lock" ? &world_->a : nullptr;
    return {{"spinner", {{"spin_for_flag()", [this, held] { spin_for_flag(world_, held); }}}},
            {"setter", {{"set_flag()", [this] { set_flag(world_, &world_->a); }}}}};
  }
};

registry::registration trylock_registered{[] {
  registry::add(scenario{
      .name = "toy/trylock_backoff",
      .summary = "threads take one lock, try another one, and back off where that fails",
      .parameters = {{"threads", "threads that need both locks", 2, 2, 4}},
      .kernels = {},
      .in_default_suite = false,
      .data_races = data_race_policy::report,
      .expected_violations = {{"opposite-order", {"livelock"}}},
      .make =
          [](const parameter_values& values, const std::string&, const std::string& patch) {
            return std::make_unique<backoff_program>(values.at("threads"), patch);
          },
  });
  registry::add(patch{"opposite-order", "", "every other thread takes the locks the other way"});
  registry::add(scenario{
      .name = "toy/spin_for_flag",
      .summary = "a thread spins until another one, which takes a lock for it, sets a flag",
      .parameters = {},
      .kernels = {},
      .in_default_suite = false,
      .data_races = data_race_policy::report,
      .expected_violations = {{"spin-under-lock", {"livelock"}}},
      .make = [](const parameter_values&, const std::string&,
                 const std::string& patch) { return std::make_unique<flag_program>(patch); },
  });
  registry::add(patch{"spin-under-lock", "", "the spinner holds the lock that the setter takes"});
}};

}  // namespace
}  // namespace checker::toys
