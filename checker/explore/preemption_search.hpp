// SPDX-License-Identifier: GPL-2.0-only
// Explores a state graph as far as few preemptions lead.
//
// A preemption is a switch away from a thread that could have gone on. What is explored is the
// graph of state_graph.hpp, by the same rules and with the same thread chosen first at each state,
// but for steps that take more preemptions than allowed, on each of the ways explored to them. So
// the states and steps visited are among those that an unbounded search visits, and the more
// preemptions are allowed, the more they are. They don't depend on the order in which they are
// explored: a state that is come to in a cheaper way is looked at again. (But for what
// execution::target_of_copy() makes of a load: it may depend on the way to a state.)
//
// That is not every execution with so few preemptions. The graph holds one order of each class of
// equivalent ones, and another order of the same class may have fewer. (A search that covers each
// execution within the bound must explore more threads at each state: Coons, Musuvathi, McKinley,
// "Bounded partial-order reduction", OOPSLA 2013; it can then visit more states than one without a
// bound.) What is found is real; where nothing was left out, it is all there is.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "checker/explore/state_graph.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class preemption_search final : public strategy {
 public:
  /// REQUIRES: nobody else works on the graph, and nothing is in it.
  preemption_search(state_graph& graph, unsigned most) : graph_(graph), most_(most) {}

  /// Takes a step within the bound. False if there is none.
  /// REQUIRES: no execution is under way.
  bool find_work();
  /// find_work() would find some. Where it would not, what is left needs more preemptions.
  bool has_work();

  bool wants_keys() const override { return true; }
  bool diverged() const override { return diverged_; }
  void begin_execution() override;
  bool goes_back() const override { return true; }
  int common_picks() const override { return common_; }
  void resume_execution(int picks) override;
  int pick(const moment& now) override;
  void executed(int thread, footprint touched, const lockset& held) override;
  unsigned choose(int thread, unsigned alternatives) override;
  bool end_execution(outcome how, std::span<const blocked_thread> blocked) override;

 private:
  using node_number = state_graph::node_number;
  using edge_number = state_graph::edge_number;
  static constexpr std::uint8_t never = 255;

  /// A state and the step made from it. The first one is the origin, whose step is the start.
  struct position {
    node_number node;
    int thread;
    access_sets::set_number touched;
    bool known;    ///< `touched` is
    bool in_work;  ///< all of this step's choices are to be tried; else it is on the way only
  };
  struct choice_point {
    std::size_t depth;  ///< positions on the path when it was made
    std::uint8_t value, alternatives;
  };
  struct arrival {
    node_number node;
    std::uint8_t last;  ///< the thread that ran last
  };
  /// Least preemptions to come to the state, by the thread that ran last.
  using costs = std::array<std::uint8_t, state_graph::max_threads>;

  void gather();
  unsigned cost_of(node_number node, int thread) const;
  int thread_within(node_number node) const;
  int claim_within(node_number node);
  void offer(node_number node);
  void improve(node_number node, int last, unsigned cost);
  state_graph::step last_step();
  void go_to(node_number node, int thread);
  bool next_choice();
  bool backtrack();
  void note_outgoing(edge_number added);

  state_graph& graph_;
  unsigned most_;
  std::vector<costs> least_;                ///< by node
  std::vector<edge_number> outgoing_;       ///< by node: the last one; they are linked
  std::vector<edge_number> next_outgoing_;  ///< by edge
  std::vector<node_number> open_;  ///< states with a step to explore; may name some without
  std::vector<arrival> improved_;
  std::vector<position> path_;
  std::vector<choice_point> choices_;
  std::vector<std::uint8_t> values_;
  std::size_t depth_ = 0, choices_seen_ = 0;
  int common_ = -1;
  bool arrived_ = false, diverged_ = false;
};

}  // namespace checker::explore
