// SPDX-License-Identifier: GPL-2.0-only
// The lock graph itself: what the pictures and the text are drawn from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "checker/lockgraph/boost_graph.hpp"
#include "checker/trace/trace.hpp"

namespace checker::lockgraph {

struct node {
  enum class type : std::uint8_t {
    thread,
    lock,
    object,  ///< what two accesses met at
  };

  node() = default;
  node(type wanted, std::string named) : kind(wanted), name(std::move(named)) {}

  type kind = type::lock;
  std::string name;
  std::string lock_class;  ///< of a lock; "ptlock/1" with its subclass
  std::string lock_kind;   ///< of a lock: "spinlock"
  bool covering = false;   ///< a lock that should have been held
  bool in_cycle = false;
  bool culprit = false;  ///< one of two locks of a class that one thread takes together
};

struct arc {
  enum class type : std::uint8_t {
    order,     ///< lock to lock: the second was acquired while the first was held
    waits,     ///< thread to lock
    held_by,   ///< lock to thread
    holds,     ///< thread to lock: at its access
    accesses,  ///< thread to object
    lacks,     ///< thread to lock: it should have held it
  };

  arc() = default;
  arc(type wanted, std::vector<std::string> told, bool on_cycle = false)
      : kind(wanted), labels(std::move(told)), in_cycle(on_cycle) {}

  type kind = type::order;
  std::vector<std::string> labels;  ///< thread, function, file:line
  bool in_cycle = false;
  bool culprit = false;  ///< leads to such a lock
};

using graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, node, arc>;

/// A deadlock: the threads that wait and the locks they hold and want. An inversion: the locks of
/// the cycle and what was acquired under what. Anything else: the threads of the conflicting
/// accesses (of the violating step where there are none), the locks they held, and the one they
/// should have held, with an arc from each thread that did not. In all of them the shortest cycle,
/// if there is one, is marked.
graph build(const trace::document& document);

/// True if the violation is of two accesses by two threads that held no lock in common.
bool share_no_lock(const trace::document& document);
inline constexpr const char* no_shared_lock = "No lock is held at both accesses.";

}  // namespace checker::lockgraph
