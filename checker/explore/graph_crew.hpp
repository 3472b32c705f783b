// SPDX-License-Identifier: GPL-2.0-only
// Several processes that explore one state graph.
//
// The graph is in memory they share; what is to be done next is in the graph. Workers take what is
// ready, and one that has more than enough shares it when another one has nothing to do. The
// coordinator does none of the work: it hears what they find, makes room in the graph while they
// pause, replaces those that die (what they had begun is done again), and says when all is done.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checker/explore/crew_messages.hpp"
#include "checker/explore/graph_search.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/execution.hpp"

namespace checker::explore {

class graph_crew {
 public:
  static constexpr unsigned max_workers = 256;

  enum class ending : std::uint8_t {
    complete,  ///< all was explored, without a violation
    /// A worker met one, or saw that the program is not deterministic: so will one process alone.
    violation,
    restart,  ///< execution::released_for_others(), or access_sets::broken()
    stopped,  ///< `keep_going` said so
    full,     ///< the graph is
    failed,   ///< workers died one after the other; see failure()
  };

  struct callbacks {
    /// Asked every few milliseconds, with the steps made so far. False: stop.
    std::function<bool(std::uint64_t)> keep_going;
    /// Gets what workers found out, in no certain order.
    std::function<void(const crew_message&)> hears;
    /// Asked as often. True: `in_pause` is to be called while nobody is at work.
    std::function<bool()> wants_pause;
    std::function<void()> in_pause;
    /// The search relies on execution::released_for_others() being false: restart where it is not.
    bool bit_locks_order = true;
  };

  /// `blocks`: see graph_search. `recurs`: see execution::states_may_recur().
  graph_crew(state_graph& graph, execution& engine, unsigned workers, bool blocks, callbacks calls,
             bool recurs);
  graph_crew(const graph_crew&) = delete;
  graph_crew& operator=(const graph_crew&) = delete;
  ~graph_crew();

  /// REQUIRES: nobody is at work on the graph. Throws std::system_error if there are no processes
  /// to be had.
  ending run();

  const std::string& failure() const { return failure_; }
  std::uint64_t steps() const;
  std::uint64_t depth() const;
  /// Executions that led to an end.
  std::uint64_t executions() const;
  /// An execution was longer than allowed.
  bool cut() const { return control_[0].cut; }
  /// A worker saw that the program is not deterministic.
  bool diverged() const { return control_[0].diverged; }
  bool states_may_recur() const { return control_[0].recurs; }
  const std::vector<pid_t>& processes() const { return processes_; }
  unsigned deaths() const { return deaths_; }

 private:
  /// In cache lines of its own: the others look at `busy` all the time.
  struct worker_state {
    alignas(64) std::atomic<bool> busy;
    std::atomic<bool> on_path;  ///< it has work under way, though it may stand still
    alignas(64) std::atomic<std::uint64_t> steps;
    std::atomic<std::uint64_t> depth, executions;
    std::uint64_t steps_of_dead;  ///< of those it has replaced
  };
  struct control {
    alignas(64) std::atomic<bool> paused, finish, violation, restart, cut, diverged, recurs;
    /// While all workers look through the graph's steps: see settle_together().
    std::atomic<bool> settling, unsettled;
    alignas(64) std::atomic<std::uint64_t> next_edge, settled_edges;
    std::array<worker_state, max_workers> workers;
  };

  void start(unsigned worker);
  [[noreturn]] void work(unsigned worker, int pipe);
  bool after_execution(unsigned worker, graph_search& search, crew_reporter& reporter);
  bool anybody_idle() const;
  bool anybody_busy() const;
  bool anybody_on_path() const;
  void listen();
  void drain(unsigned worker);
  void bury();
  void pause();
  void wait_for_rest();
  void wait_until(const std::function<bool()>& done);
  bool count_out_dead();
  void count_out(unsigned worker);
  void resume() { control_[0].paused = false; }
  bool all_explored();
  bool settle_together();
  void settle(unsigned worker);
  std::optional<ending> good_for_nothing() const;
  void dismiss();

  state_graph& graph_;
  execution& engine_;
  unsigned workers_;
  bool blocks_;
  callbacks calls_;
  shared_array<control> control_;
  std::vector<pid_t> processes_;
  std::vector<int> pipes_;
  std::vector<std::string> received_;
  std::vector<char> buffer_ = std::vector<char>(std::size_t{1} << 16);
  std::string failure_;
  std::uint64_t steps_before_ = 0;  ///< of the engine, when the workers began
  unsigned deaths_ = 0;
  std::uint64_t told_at_ = 0;  ///< of a worker: its steps then
};

}  // namespace checker::explore
