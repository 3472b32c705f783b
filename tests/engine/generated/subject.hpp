// SPDX-License-Identifier: GPL-2.0-only
// A generated program as the checker runs it.
#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "checker/intercept/shared_array.hpp"
#include "checker/run/scenario.hpp"
#include "tests/engine/generated/program.hpp"

namespace checker::generated {

inline constexpr const char* lock_names[max_locks] = {"A", "B", "C", "D"};
inline constexpr const char* class_names[max_locks] = {"class a", "class b", "class c", "class d"};

/// Words, flags in the arena, lock states.
std::vector<std::uint64_t> final_state(const program_spec& program, const world& shared);

/// What several processes have seen of one program: final states, and flags raised outside of the
/// arena.
class shared_log {
 public:
  shared_log();

  void add(const std::vector<std::uint64_t>& final_state);
  void add(std::uint64_t flags) { counts_[0].flags |= flags; }
  std::set<std::vector<std::uint64_t>> finals() const;
  std::uint64_t flags() const { return counts_[0].flags; }

 private:
  static constexpr std::size_t most = 1 << 16, longest = max_words + 1 + max_locks;
  struct counts {
    std::atomic<std::uint32_t> finals;
    std::atomic<std::uint64_t> flags;
  };
  struct entry {
    std::uint32_t length;
    std::uint64_t state[longest];
  };

  shared_array<counts> counts_;
  shared_array<entry> entries_;
  std::set<std::vector<std::uint64_t>> added_;  ///< by this process
};

class subject final : public checker::program {
 public:
  /// `log`, if there is one, gets final states and flags, of whatever process runs the program.
  explicit subject(const program_spec& spec, shared_log* log = nullptr) : spec_(spec), log_(log) {}

  void setup() override;
  std::vector<thread_spec> threads() override;
  void on_watched_store(void* /*address*/) override { hooks(trigger::store); }
  void on_lock_released(checker_lock* /*lock*/) override { hooks(trigger::release); }
  void on_operation_end(int /*thread*/, int /*index*/) override { hooks(trigger::operation_end); }
  void at_end() override {
    if (log_ != nullptr) log_->add(final_state(spec_, *shared_));
  }
  std::vector<std::uint32_t> interchangeable_threads() const override {
    if (spec_.alike < 2) return {};
    return {(std::uint32_t{1} << spec_.alike) - 1};
  }
  std::span<char> outside_arena() override {
    return {reinterpret_cast<char*>(outside_.threads), sizeof outside_.threads};
  }

  /// From now on; nullptr: nobody.
  void log_to(shared_log* log) { log_ = log; }
  /// Forgets the flags that were raised.
  void lower_flags() { outside_.flags = 0; }

  const world& shared() const { return *shared_; }
  const outside_state& outside() const { return outside_; }

 private:
  void hooks(trigger when);

  const program_spec& spec_;
  shared_log* log_;
  world* shared_ = nullptr;
  outside_state outside_{};
};

}  // namespace checker::generated
