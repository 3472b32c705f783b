// SPDX-License-Identifier: GPL-2.0-only
// Every state of a program and every step between them: each enabled thread is run at each state,
// and each value of a choice. No reduction, and nothing of the state graph; the answer to what has
// a fair cycle is found in another way, too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "checker/intercept/strategy.hpp"

namespace checker::loops {

class all_states final : public strategy {
 public:
  explicit all_states(std::size_t most) : most_(most) {}

  bool wants_keys() const override { return true; }
  void begin_execution() override { depth_ = 0; }
  int pick(const moment& now) override;
  void executed(int /*thread*/, footprint /*touched*/, const lockset& /*held*/) override {}
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

  bool too_many() const { return states_.size() > most_; }
  std::size_t size() const { return states_.size(); }

  struct answer {
    bool cycle = false;         ///< there is one
    bool livelock = false;      ///< a fair one, with no choice other than 0
    bool other_values = false;  ///< a fair one, where each thread's choices come out 0 as well
  };
  /// `threads`: how many there are.
  answer look(int threads) const;

 private:
  static constexpr int nobody = -1;
  struct state {
    thread_set enabled;
    std::array<thread_set, 8> holders;
  };
  struct step {
    std::uint32_t source, target;
    int thread;
    bool zero, other;  ///< a choice after it was, or was not, 0
  };
  struct decision {
    bool is_choice;
    std::uint32_t at;    ///< the state, of a thread
    std::uint32_t left;  ///< threads or values still to be taken
    int taken;
  };
  struct key_hash {
    std::size_t operator()(const state_key& key) const { return key.low; }
  };

  int decide(bool is_choice, std::uint32_t at, std::uint32_t alternatives);
  void arrive(std::uint32_t target);
  bool goes_round(int threads, thread_set running, const std::array<int, 8>& holders,
                  thread_set free) const;
  bool any_holders(int threads, int thread, thread_set running, std::array<int, 8>& holders,
                   bool other_values) const;

  std::size_t most_;
  std::vector<state> states_;
  std::vector<step> steps_;
  std::unordered_map<state_key, std::uint32_t, key_hash> numbers_;
  std::vector<decision> path_;
  std::size_t depth_ = 0;
};

}  // namespace checker::loops
