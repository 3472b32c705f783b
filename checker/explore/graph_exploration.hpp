// SPDX-License-Identifier: GPL-2.0-only
// Explores a program as a graph of its states, in this process or in several.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "checker/explore/crew_messages.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/execution.hpp"

namespace checker::explore {

class graph_exploration {
 public:
  enum class ending : std::uint8_t {
    complete,  ///< everything was explored
    stopped,   ///< `after_each` or `keep_going` said so
    full,      ///< there was no room for further states
    diverged,  ///< the program is not deterministic
    /// Several processes were at work, and one of them met a violation: the same search by one
    /// process alone meets one, too, and always the same.
    to_be_repeated,
    restart,  ///< execution::released_for_others()
    failed,   ///< see failure()
  };

  struct asked {
    std::size_t max_bytes;
    unsigned jobs = 1;
    bool bit_locks_order;
    /// After each execution of this process. True: stop.
    std::function<bool(outcome)> after_each;
    /// Now and then while several processes are at work. False: stop.
    std::function<bool()> keep_going;
  };

  /// Throws std::system_error if the memory for the states is not to be had.
  graph_exploration(program& subject, execution& engine, std::shared_ptr<lock_numbers> numbers,
                    asked how);

  ending run();

  state_graph& graph() { return graph_; }
  const std::string& failure() const { return failure_; }
  /// Of all processes.
  std::uint64_t steps() const { return steps_; }
  std::uint64_t depth() const { return depth_; }
  /// An execution was longer than allowed, in another process.
  bool cut() const { return cut_; }

 private:
  void rehearse(program& subject, std::shared_ptr<lock_numbers> numbers);
  ending run_alone(bool first_of_many);
  ending run_together();
  void hear(const crew_message& message);

  execution& engine_;
  asked how_;
  state_graph graph_;
  bool handed_over_ = false;
  bool closes_cycle_ = false;  ///< in the lock order of all processes
  bool cut_ = false;
  std::uint64_t steps_ = 0, depth_ = 0;
  std::string failure_;
};

}  // namespace checker::explore
