// SPDX-License-Identifier: GPL-2.0-only
// Cycles of a finished state graph that an execution can follow for ever although every thread gets
// its turn: livelocks.
//
// A cycle is fair if each thread that can run at one of its states makes a step in it. (Strong
// fairness: the kernel's scheduler and its queued spinlocks leave nobody waiting who can run over
// and over again.) Values of choices are fair, too: a choice comes out 0, its ordinary value, in
// the end. What goes round with ordinary values only is a livelock; where a thread gets another
// value over and over and 0 now and then, nothing is claimed; a loop in which all values of a
// thread's choices have to be other ones for ever (an allocation that never succeeds) does not
// count.
//
// If the program has a fair cycle, the graph has one, although it does not contain all states:
//
//   Take an execution that is fair and never ends. At each state of the graph, some thread that is
//   explored there makes a step in it that can be made first, since all before it are independent
//   of it: else a thread that can run would never do so, and the execution were not fair; or one
//   that is not explored there would race with it, against rule 2. So the graph has a path of which
//   each part is made of steps of this execution, in an order that differs only for independent
//   steps. By rule 3 the path comes over and over again to states where all threads are explored.
//   There, it takes the step that comes first in what is left of the execution. So no step is put
//   off for ever, and the path has the same steps of each thread, and the same order of accesses to
//   each word that do not commute. Whether a thread can run is a function of what it did and of one
//   word. So a thread that can run over and over on the path can in the execution, and runs. The
//   graph is finite: the steps that the path makes over and over form a fair cycle.
//
// One wait does not depend on the order of such accesses only: readers of a semaphore commute, and
// whether the writer who waits for all of them can ever run does not follow. The kernel's
// semaphores queue. So a thread that waits for a lock also gets its turn if nobody holds it all the
// time, which does follow; see livelock.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/explore/state_graph.hpp"

namespace checker::explore {

class fair_cycles {
 public:
  using node_number = state_graph::node_number;
  using edge_number = state_graph::edge_number;

  /// A way round, and the way there from the origin, as steps of the graph.
  struct walk {
    std::vector<edge_number> prefix, round;
  };

  /// Looks for them. REQUIRES: state_graph::close_cycles() had nothing to add. Nothing is added to
  /// the graph as long as this is used.
  explicit fair_cycles(const state_graph& graph);

  /// For one state of each livelock that can be told from others, those first that are reached by
  /// the fewest switches and steps: a short way there and round, on which each thread that can run
  /// makes a step. At most `most`. Depends on the graph alone, not on the order in which it was
  /// explored.
  std::vector<walk> walks(std::size_t most) const;
  /// No livelock was found, but a loop in which a thread's choices come out 0 now and then, and
  /// otherwise over and over again.
  bool only_with_other_values() const { return only_with_other_values_; }

 private:
  struct part {
    std::vector<node_number> nodes;
    std::vector<edge_number> steps;
  };
  enum class values : std::uint8_t { ordinary, fair };

  bool is_ordinary(edge_number number) const;
  std::vector<part> cyclic_parts(const part& of) const;
  std::vector<part> find(const part& all, values allowed) const;
  bool narrow(part& candidate, values allowed) const;

  const state_graph& graph_;
  std::vector<part> found_;
  bool only_with_other_values_ = false;
};

}  // namespace checker::explore
