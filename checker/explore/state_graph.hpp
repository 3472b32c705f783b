// SPDX-License-Identifier: GPL-2.0-only
// The states of a program and the steps between them, as far as they need to be explored.
//
// What has to be explored is the least solution of rules about the graph, so it does not depend on
// the order in which it is explored, nor on how many processes do it:
//
//   1. From each state one enabled thread is explored, chosen by the state alone.
//   2. If the step of thread t at state s races (access_sets.hpp) with an access that thread p
//      makes below, p is explored at s too; where p waits, a thread that p waits for.
//   3. Of the states of each cycle, one is explored with all its enabled threads (close_cycles()),
//      or a thread might be put off for ever. Of each cycle, not of each strongly connected part: a
//      run that keeps to one of several loops must be there, too (fair_cycles.hpp). What threads
//      wait for at the states of cycles counts as if they had come to do it: a thread whose lock is
//      taken at each state that has all threads explored might be put off as well.
//
// Every state keeps what may be touched from it on: its accesses below, the union over its explored
// steps. (Persistent sets computed on the way, as in Yang, Chen, Gopalakrishnan, Kirby, "Efficient
// stateful dynamic partial order reduction", SPIN 2008, but over the finished graph instead of a
// stack. Happens-before is not used, so more may be explored than needed, never less.)
//
// The graph lives in memory that forked processes share. A process may be killed at any instant:
// everything is published by a single store, and a step that was begun and not ended is done again.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "checker/explore/access_sets.hpp"
#include "checker/explore/rehearsal.hpp"
#include "checker/explore/state_index.hpp"
#include "checker/intercept/shared_array.hpp"
#include "checker/intercept/strategy.hpp"

namespace checker::explore {

class state_graph {
 public:
  using node_number = std::uint32_t;
  using edge_number = std::uint32_t;
  static constexpr int max_threads = 8;
  /// Before the program's start: its one step, of "thread" 0, leads to the initial state.
  static constexpr node_number origin = 0;
  /// Target of a step after which nothing follows.
  static constexpr node_number nowhere = ~node_number{0};

  struct node {
    state_key key;
    std::atomic<access_sets::set_number> below;  ///< accesses of all explored steps from here on
    std::atomic<edge_number> incoming;           ///< the last one; they are linked
    access_sets::set_number waiting;             ///< what threads wait for that are not enabled
    std::atomic<std::uint16_t> owner;  ///< the worker on whose path it is, + 1; 0: on nobody's
    std::atomic<std::uint8_t> wanted;  ///< threads to explore
    std::atomic<std::uint8_t> begun;   ///< claimed by a worker
    std::atomic<std::uint8_t> done;    ///< each of its steps is in the graph
    std::atomic<std::uint8_t> again;   ///< begun more than once, since a worker gave it back
    std::atomic<bool> published;       ///< it is in the index
    std::array<std::uint8_t, max_threads> instead;  ///< of thread i: who has to run, for i to go on
    std::uint32_t enabled : 8;
    /// Of its threads (moment::order). States that differ in that only are one node, and its
    /// threads go by the names they had when it was found.
    std::uint32_t order : 24;
  };

  struct edge {
    node_number source;
    /// Stored last of all: until then it is `origin`, to which no step leads, and nothing else of
    /// the edge counts. It stays so where the worker that added it died in between.
    std::atomic<node_number> target;
    edge_number next_incoming;  ///< of the target
    std::uint32_t label;        ///< of the step: where in labels_

    bool added() const { return target != origin; }
    /// A state comes after it.
    bool goes_on() const { return added() && target != nowhere; }
  };

  /// What many steps have in common. If there are choices, how many and their values follow.
  struct label {
    access_sets::set_number touched;
    std::uint32_t renames : 24;  ///< of the target's threads, to what they are called at the source
    std::uint32_t thread : 3;
    std::uint32_t chooses : 1;
  };

  struct step {
    int thread;
    access_sets::set_number touched;
    std::span<const std::uint8_t> choices;  ///< values chosen after it, in order
  };

  struct arrival {
    node_number node;
    bool fresh;
  };

  /// `max_bytes` for everything. `holders_release`: see race(). `merged`: see access_sets. Throws
  /// std::system_error.
  state_graph(std::size_t max_bytes, bool holders_release, std::vector<thread_set> merged = {});

  access_sets& sets() { return sets_; }
  const access_sets& sets() const { return sets_; }
  step_guide& guide() { return guide_; }
  node& at(node_number number) const { return nodes_[number]; }
  const edge& step_at(edge_number number) const { return edges_[number]; }

  /// arrive() is going to be asked for this state. Only saves time.
  void foresee(const state_key& key) const { index_.prefetch(key); }
  /// Adds the step from `source` to the state of `now`, and the state if it is new: then `worker`
  /// owns it and has begun the first thread that is wanted there.
  arrival arrive(node_number source, const step& by, const moment& now, int worker);
  /// Adds a step after which nothing follows; `waiting` is what threads wait for then.
  void end(node_number source, const step& by, access_sets::set_number waiting);

  /// Each step of `thread` at the node has been added.
  void finish(node_number number, int thread) {
    nodes_[number].done |= static_cast<std::uint8_t>(1U << thread);
  }
  /// A thread to explore at the node that nobody has begun; it is the caller's now. -1: none.
  int claim(node_number number);
  /// Takes the node off the path of its owner, after all that was explored from it. False if it has
  /// to go on with it, since somebody wants one more thread explored.
  bool leave(node_number number, int worker);

  /// Threads and choices that lead from the origin to the node.
  struct decision {
    int thread;
    std::vector<std::uint8_t> choices;
  };
  std::vector<decision> path_to(node_number number) const;
  /// The step that discovered the state: the first of those that lead there.
  const edge& discovery(node_number number) const {
    auto each = nodes_[number].incoming.load();
    while (edges_[each].next_incoming != 0) each = edges_[each].next_incoming;
    return edges_[each];
  }
  const label& label_of(const edge& by) const {
    return *reinterpret_cast<const label*>(labels_.data() + by.label);
  }
  std::vector<std::uint8_t> choices_of(const edge& by) const;

  /// A node that has a thread nobody has begun; nowhere if there is none.
  node_number take_ready();

  /// A process that may have held a lock is gone, and has left things half done.
  void release_locks_of(int process);
  /// There is something in it for a worker without work.
  bool has_ready() const { return shared_->ready.load() != 0; }
  void make_ready(node_number number);
  /// Tells a state what is known by now below the step that discovered `target`.
  void tell(node_number source, access_sets::set_number touched, node_number target);

  /// Applies the rules to the whole graph once more, and makes ready what is to be explored still.
  /// True if there is nothing. REQUIRES: nobody is at work.
  bool closed();
  /// The parts of closed(), in their order. What was begun and not done is to be begun anew.
  void give_back();
  void begin_settling();
  /// Applies the rules once more to the steps [from, to). True if nothing changed. Several
  /// processes may do that, each to its own part.
  bool settled(edge_number from, edge_number to);
  /// The same for all steps.
  bool settled();
  bool all_explored();
  /// Rule 3: wants all threads explored at a state of each cycle where none is. True if there was
  /// nothing to add. What it adds depends on the graph alone. REQUIRES: closed().
  bool close_cycles();
  /// close_cycles() found a cycle: some execution need not end.
  bool has_cycles() const { return shared_->cycles; }

  /// While several processes are at work, a few more than there are.
  std::uint64_t states() const {
    return shared_->nodes.load(std::memory_order_relaxed) -
           shared_->unused.load(std::memory_order_relaxed);
  }
  /// Makes states() exact. REQUIRES: nobody is at work.
  void count_states();
  /// More than the highest number.
  edge_number edges() const { return shared_->edges.load(std::memory_order_relaxed); }
  /// By node: it and all below it has been explored. REQUIRES: closed() was called.
  std::vector<bool> find_complete() const;
  /// The state's node; nowhere if it is not known.
  node_number find(const state_key& key) const;
  struct counts {
    std::uint64_t states;  ///< distinct
    std::uint64_t steps;   ///< between states, or to an end; each once
    std::uint64_t ends;    ///< steps after which nothing followed
  };
  /// Does not depend on the order of exploration, nor on who did it, once that is complete. Known
  /// without looking if closed() has just returned true.
  counts count() const;
  /// Makes room for more states; full() if there is none. REQUIRES: nobody is at work.
  void grow() {
    if (!index_.grow()) shared_->full = true;
  }
  /// Gets memory for that while others are at work, when the time draws near.
  void prepare_to_grow() { index_.prepare_to_grow(shared_->nodes); }
  bool wants_to_grow() const { return index_.wants_to_grow(shared_->nodes + shared_->slack); }
  /// From now on, only grow() grows: several processes are at work. They may add so many states
  /// between two looks at wants_to_grow().
  void share(std::uint64_t slack) {
    shared_->slack = slack;
    free_nodes_ = free_edges_ = {};
  }
  /// To be called by each process that was forked to work on it.
  void joined() {
    nodes_.forget_prefaulted();
    edges_.forget_prefaulted();
    index_.joined();
    sets_.joined();
  }
  /// The memory behind the graph, for checkpoints, and how many there are of everything in it.
  /// Where several processes are at work, they must pause.
  struct sizes {
    std::uint32_t nodes, edges, labels;
    access_sets::sizes sets;
  };
  sizes size() const { return {shared_->nodes, shared_->edges, shared_->labels, sets_.size()}; }
  std::vector<std::span<char>> sections() const;
  /// Makes room for what is then put into sections(). False if that is more than there is room for.
  /// REQUIRES: nothing was added. Call loaded() then.
  bool resize(const sizes& to);
  void loaded();

  std::size_t bytes() const;
  bool full() const { return shared_->full.load(std::memory_order_relaxed) || sets_.full(); }

 private:
  /// What changes often has a cache line of its own.
  struct shared_counts {
    std::atomic<std::uint64_t> slack;   ///< 0: one process is at work
    std::atomic<std::uint32_t> unused;  ///< nodes that are no states, as far as is known
    std::atomic<bool> full, cycles;
    std::atomic<bool> repeats;  ///< some node has `again` set
    std::atomic<bool> died;     ///< a process, which may have been about to say what it had done
    std::atomic<bool> tallied;  ///< the tally is that of the whole graph
    /// What settled() came by: steps and ends, but those that may be there twice.
    std::atomic<std::uint64_t> steps, ends;
    std::atomic<std::uint32_t> repeated;  ///< those; as many as there is room for in repeated_
    alignas(64) std::atomic<std::uint32_t> nodes, edges, labels;
    alignas(64) shared_lock ready_lock;
    std::atomic<std::uint32_t> ready;  ///< entries in ready_
  };
  /// Numbers of nodes or edges that this process alone gives away: the next one, and how many.
  struct reserve {
    std::uint32_t next = 0, left = 0;
  };

  static thread_set runs_instead(const moment& now, int thread);
  std::uint32_t take(std::atomic<std::uint32_t>& from, reserve& mine) const;
  node_number new_node(const moment& now, int worker);
  /// Without its target.
  edge_number new_edge(node_number source, const step& by);
  std::uint32_t find_label(const step& by, thread_order renames);
  std::uint32_t add_label(const label& head, std::span<const std::uint8_t> choices);
  void link(edge_number number);
  /// What is known below a step, in its source's words.
  access_sets::set_number below(const edge& by) {
    if (!by.goes_on()) return access_sets::empty;
    return sets_.renamed(nodes_[by.target].below, thread_order(label_of(by).renames));
  }
  void find_ready();
  /// It may be in the graph a second time: one worker made a part of its source's steps, and
  /// another one all.
  bool may_be_repeated(const edge& by) const {
    return shared_->repeats && (nodes_[by.source].again >> label_of(by).thread & 1) != 0;
  }
  void note_repeated(edge_number number);
  /// Rule 2 for one step, with what is known below it by now.
  void apply(const edge& by);
  void want(node_number number, thread_set threads);
  bool raise(node_number number, access_sets::set_number touched, access_sets::set_number after);
  void propagate(node_number number);

  access_sets sets_;
  step_guide guide_{sets_};
  shared_array<shared_counts> counts_;
  shared_counts* shared_;
  shared_array<node> nodes_;
  shared_array<edge> edges_;
  shared_array<std::uint32_t> labels_;
  /// To this process. Those without choices by their two words.
  std::unordered_map<std::uint64_t, std::uint32_t> plain_labels_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> other_labels_;
  state_index index_;
  shared_array<std::atomic<node_number>> ready_;
  shared_array<edge_number> repeated_;
  std::vector<node_number> worklist_;
  reserve free_nodes_, free_edges_;
};

}  // namespace checker::explore
