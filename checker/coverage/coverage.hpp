// SPDX-License-Identifier: GPL-2.0-only
// What an exploration reached, as values; and what of its scenario it did not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker {

/// A set of threads or of values below 32, one bit each.
using coverage_bits = std::uint32_t;

/// A choice, at one place of the code under test.
struct choice_coverage {
  std::string label;
  trace::frame place;
  unsigned alternatives = 0;
  coverage_bits taken = 0;  ///< values

  bool operator==(const choice_coverage&) const = default;
};

/// The locks of a class.
struct lock_coverage {
  std::string lock_class;
  coverage_bits taken_by = 0;   ///< threads
  coverage_bits waited_by = 0;  ///< threads that stood before the lock while another held it
  bool shared = false;          ///< two threads took the same one, not both for reading only

  bool operator==(const lock_coverage&) const = default;
};

/// A lock was taken while another was held. Classes as lockdep prints them: "ptlock", "ptlock/1".
struct lock_pair {
  std::string held, taken;

  bool operator==(const lock_pair&) const = default;
};

struct operation_coverage {
  std::string thread, name;
  bool began = false, returned = false;

  bool operator==(const operation_coverage&) const = default;
};

/// Of the executions of one search: not of what checks or replays it.
struct coverage {
  bool measured = false;  ///< there was a search
  /// A byte for each point of the code under test (marks.hpp), not 0 if it was reached. Means
  /// something to this program only.
  std::vector<std::uint8_t> marks;
  std::vector<choice_coverage> choices;
  std::vector<std::string> choices_meant;  ///< labels: program::choices()
  std::vector<lock_coverage> locks;
  std::vector<lock_pair> lock_pairs;
  std::vector<operation_coverage> operations;  ///< thread by thread

  bool operator==(const coverage&) const = default;
};

/// Adds what another part of the same exploration reached.
void merge(coverage& into, const coverage& from);

/// The parts of the scenario that no execution reached, one line each: an operation that never
/// began or never returned, a choice that the scenario is meant to make, a value of a choice. Not a
/// wait for a lock: a reduced search need not show one, though it is possible.
std::vector<std::string> unreached_parts(const coverage& value);

}  // namespace checker
