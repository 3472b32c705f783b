// SPDX-License-Identifier: GPL-2.0-only
#include <string>

#include "checker/intercept/arena.hpp"
#include "checker/run/registry.hpp"
#include "checker/toys/mutex.hpp"

namespace checker::toys {
namespace {

class mutex_program final : public program {
 public:
  mutex_program(int threads, int rounds, bool locked)
      : threads_(threads), rounds_(rounds), locked_(locked) {}

  void setup() override {
    shared_ = arena_new<counter>();
    checker_lock_init(&shared_->lock, checker_lock_spin, "counter_lock", "counter_lock");
  }

  std::vector<thread_spec> threads() override {
    std::vector<thread_spec> result;
    for (int i = 0; i < threads_; ++i) {
      result.push_back({"thread " + std::to_string(i),
                        {{"increment", [this] { increment(shared_, rounds_, locked_); }}}});
    }
    return result;
  }

  std::vector<std::uint32_t> interchangeable_threads() const override {
    return {(std::uint32_t{1} << threads_) - 1};
  }

  void at_end() override {
    const auto expected =
        static_cast<std::uint64_t>(threads_) * static_cast<std::uint64_t>(rounds_);
    if (shared_->value != expected) {
      checker_violation("lost-update", "the counter is %llu after %llu increments",
                        static_cast<unsigned long long>(shared_->value),
                        static_cast<unsigned long long>(expected));
    }
  }

  place describe(const void* address) const override {
    return {address == &shared_->value ? "counter" : ""};
  }

 private:
  int threads_, rounds_;
  bool locked_;
  counter* shared_ = nullptr;
};

const registry::registration mutex_registered{[] {
  scenario value;
  value.name = "toy/mutex";
  value.summary = "N threads increment a counter K times each, under a lock";
  value.parameters = {{"threads", "threads that increment", 2, 1, 8},
                      {"rounds", "increments of each", 2, 1, 16},
                      {"locked", "1: under the lock; 0: without it, a violation", 1, 0, 1}};
  value.in_default_suite = false;
  value.data_races = data_race_policy::off;
  value.make = [](const parameter_values& set, const std::string&, const std::string&) {
    return std::make_unique<mutex_program>(static_cast<int>(set.at("threads")),
                                           static_cast<int>(set.at("rounds")),
                                           set.at("locked") != 0);
  };
  registry::add(std::move(value));
}};

}  // namespace
}  // namespace checker::toys
