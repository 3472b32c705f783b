// SPDX-License-Identifier: GPL-2.0-only
// A counterexample: a recorded, replayable execution that ends in a violation. Plain values; JSON
// in json.hpp (schema in docs/trace.schema.json), pictures of it in checker/report and
// checker/lockgraph.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace checker::trace {

inline constexpr int format_version = 1;

/// One function on a call stack.
struct frame {
  std::string function;  ///< demangled, without arguments: "copy_pte_range"
  std::string file;      ///< relative to the source root where possible
  int line = 0;          ///< 1-based; 0 if unknown

  bool operator==(const frame&) const = default;
};

enum class lock_mode : std::uint8_t { write, read };

/// A lock held by a thread.
struct held_lock {
  std::string name;        ///< instance: "child ptlock[0]"
  std::string lock_class;  ///< as lockdep prints it: "ptlock"
  std::string kind;        ///< "spinlock", "rwsem", "mutex", "bit lock"
  int subclass = 0;
  lock_mode mode = lock_mode::write;
  int thread = 0;
  int acquired_step = 0;              ///< index into document::steps; -1 if held from the start
  std::vector<frame> acquired_stack;  ///< outermost first

  bool operator==(const held_lock&) const = default;
};

enum class step_kind : std::uint8_t {
  load,     ///< plain or marked load
  store,    ///< plain or marked store
  rmw,      ///< atomic read-modify-write
  lock,     ///< acquire of a blocking lock
  trylock,  ///< `after` is "1" or "0"
  unlock,   ///< release
  choice,   ///< a nondeterministic value; `object` is its label, `after` the value
  atomic,   ///< an atomic block; `object` is its label
  wait,     ///< a wait for a memory word
  fence,    ///< a memory barrier
  begin,    ///< start of an operation
  end,      ///< end of an operation
};

struct step {
  int index = 0;
  int thread = 0;
  int operation = 0;  ///< index into the thread's operations
  step_kind kind = step_kind::load;
  bool marked = false;     ///< READ_ONCE/WRITE_ONCE or atomic; false for a plain access
  std::string object;      ///< what is accessed: "parent pte[1]", a lock's name, a label
  std::string lock_class;  ///< for lock, trylock, unlock
  int subclass = 0;        ///< for lock, trylock
  lock_mode mode = lock_mode::write;
  std::uint64_t address = 0;       ///< in the arena; 0 if none
  int size = 0;                    ///< bytes; 0 if none
  std::string before;              ///< value before, as people read it
  std::string after;               ///< value after (store, rmw) or the value read (load)
  std::vector<frame> stack;        ///< outermost first; the last is where the access stands
  std::vector<held_lock> held;     ///< locks held by this thread before the step
  std::vector<std::string> notes;  ///< what changed in the world

  bool operator==(const step&) const = default;
};

/// Whether the step stores to memory.
inline bool writes(const step& value) {
  return value.kind == step_kind::store || value.kind == step_kind::rmw;
}

/// A thread that can't go on, at the end of a deadlock.
struct wait {
  int thread = 0;
  std::string lock;  ///< name of the lock (or word) it waits for
  std::string lock_class;
  std::vector<int> holders;  ///< threads that hold it
  std::vector<frame> stack;  ///< where it waits

  bool operator==(const wait&) const = default;
};

/// A held-to-acquired edge of the lock-order graph: `thread` acquired `to` at `stack` while it held
/// `from`.
struct lock_edge {
  std::string from, from_class;
  int from_subclass = 0;
  std::string to, to_class;
  int to_subclass = 0;
  int thread = 0;
  int step = -1;                  ///< index into document::steps; -1 if seen in another execution
  std::vector<frame> from_stack;  ///< where `from` was acquired
  std::vector<frame> stack;       ///< where `to` was acquired

  bool operator==(const lock_edge&) const = default;
};

/// One decision of the schedule: which thread ran, or which value a choice took.
struct decision {
  bool is_choice = false;
  int value = 0;      ///< thread index, or the value chosen
  std::string label;  ///< of a choice

  bool operator==(const decision&) const = default;
};

/// Steps from one to another, both of them included.
struct step_range {
  int first = 0, last = 0;  ///< indices into document::steps

  bool operator==(const step_range&) const = default;
};

struct violation {
  std::string kind;                    ///< "deadlock", "rss", "isolation", ...
  std::string message;                 ///< one line
  int thread = -1;                     ///< whose step broke it; -1 for a final check
  int step = -1;                       ///< index into document::steps; -1 for a final check
  std::vector<int> conflicting_steps;  ///< the two accesses behind it, where there are two
  std::string covering_lock;  ///< the lock that should have covered them; empty if none is known
  std::string covering_lock_class;    ///< empty if it is not known
  std::string covering_lock_kind;     ///< "spinlock"; empty if it is not known
  std::vector<wait> waits;            ///< for a deadlock
  std::vector<held_lock> held;        ///< all locks held at that point, by all threads
  std::vector<lock_edge> cycle;       ///< for an inversion: the shortest cycle
  std::optional<step_range> repeats;  ///< for a livelock: after them all is as it was before them

  bool operator==(const violation&) const = default;
};

struct thread {
  std::string name;
  std::vector<std::string> operations;

  bool operator==(const thread&) const = default;
};

struct document {
  int version = format_version;
  std::string tool_version;
  std::string scenario, kernel, patch;
  std::map<std::string, std::int64_t> parameters;
  std::string memory_model = "sc";  ///< or "c11"
  std::string search;               ///< "dpor", "random seed 7", ...
  std::vector<std::string> code;    ///< folders of the code under test; empty: not known
  std::vector<thread> threads;
  std::vector<decision> schedule;  ///< what replay needs
  std::vector<step> steps;
  violation result;
  std::vector<lock_edge> lock_edges;  ///< of this execution

  bool operator==(const document&) const = default;
};

}  // namespace checker::trace
