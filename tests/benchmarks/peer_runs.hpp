// SPDX-License-Identifier: GPL-2.0-only
// toy/fork_faults under each of the searches that are compared. Times are of the search alone: no
// compilation, no start of a process.
#pragma once

#include "tests/benchmarks/measurement.hpp"
#include "tests/peers/verifier.hpp"

namespace benchmarks {

/// Ours. Throws std::runtime_error unless the outcome is `verified`, or `bounded` by the time.
measurement run_ours(world_size size, peer which, double most_seconds);

/// Two searches at once that have nothing to do with each other: what the machine gives two
/// processes. The seconds are those of the slower one. Throws std::runtime_error unless both are
/// `verified` or given up.
measurement run_ours_twice(world_size size, double most_seconds);
/// What each of the two processes does: prints seconds and states; no states if it was given up.
void print_run_alone(world_size size, unsigned jobs, double most_seconds);

/// Relacy's own search, in a process of its own that is killed when the time is up. Not complete
/// for a size that stock_full_search() does not know, either.
measurement run_stock_relacy(world_size size, double most_seconds);
/// What that process does: prints executions and seconds.
void print_stock_run(world_size size);

/// tests/benchmarks/fork_faults.pml, compiled for one size.
class spin_twin {
 public:
  /// Runs it once, to see how large its hash table is to be: one slot per state or more is fastest.
  explicit spin_twin(world_size size);
  measurement run() const;

 private:
  world_size size_;
  peers::verifier verifier_;
  std::string arguments_;
};

/// Processor, how busy it is with other things, compiler, Spin: what the figures depend on, one
/// line.
std::string machine();

}  // namespace benchmarks
