// SPDX-License-Identifier: GPL-2.0-only
// A program put together in a test: a world, threads that are lists of calls, and hooks.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "checker/explore/explore.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/run/scenario.hpp"

namespace checker::engine_tests {

/// `World` is built in the arena, zeroed, and set up by `init`. Everything that is called must be
/// code under test, but for the lambdas that call it.
template <typename World>
class simple_program final : public program {
 public:
  using call = void (*)(World*);

  explicit simple_program(call init) : init_(init) {}

  /// Adds a thread with one operation for each call.
  simple_program& thread(std::vector<call> calls) {
    threads_.push_back(std::move(calls));
    return *this;
  }
  /// Stores to the word call the hook.
  simple_program& on_store(std::uint64_t World::*word, call hook) {
    watched_.push_back(word);
    store_hook_ = hook;
    return *this;
  }
  simple_program& on_release(call hook) {
    release_hook_ = hook;
    return *this;
  }
  simple_program& on_end_of_operation(call hook) {
    operation_hook_ = hook;
    return *this;
  }
  simple_program& finally(call hook) {
    end_hook_ = hook;
    return *this;
  }
  /// Threads that may be taken for one another, one bit each.
  simple_program& interchangeable(std::uint32_t threads) {
    interchangeable_.push_back(threads);
    return *this;
  }

  void setup() override {
    world_ = arena_new<World>();
    init_(world_);
    for (const auto word : watched_) watch(&(world_->*word), sizeof(std::uint64_t));
  }
  std::vector<thread_spec> threads() override {
    std::vector<thread_spec> result;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      thread_spec spec{"thread " + std::to_string(i), {}};
      for (std::size_t k = 0; k < threads_[i].size(); ++k) {
        spec.operations.push_back(
            {"operation " + std::to_string(k), [this, run = threads_[i][k]] { run(world_); }});
      }
      result.push_back(std::move(spec));
    }
    return result;
  }
  std::vector<std::uint32_t> interchangeable_threads() const override { return interchangeable_; }
  void on_watched_store(void* /*address*/) override { run(store_hook_); }
  void on_lock_released(checker_lock* /*lock*/) override { run(release_hook_); }
  void on_operation_end(int /*thread*/, int /*index*/) override { run(operation_hook_); }
  void at_end() override { run(end_hook_); }

  const World* world() const { return world_; }

 private:
  void run(call hook) {
    if (hook != nullptr) hook(world_);
  }

  call init_, store_hook_ = nullptr, release_hook_ = nullptr, operation_hook_ = nullptr,
              end_hook_ = nullptr;
  std::vector<std::vector<call>> threads_;
  std::vector<std::uint32_t> interchangeable_;
  std::vector<std::uint64_t World::*> watched_;
  World* world_ = nullptr;
};

/// The kinds of violation found, in the order found.
inline std::vector<std::string> kinds_of(const result& found) {
  std::vector<std::string> kinds;
  for (const auto& group : found.violations) kinds.push_back(group.kind);
  return kinds;
}

}  // namespace checker::engine_tests
