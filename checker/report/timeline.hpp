// SPDX-License-Identifier: GPL-2.0-only
// A counterexample as rows of nested calls, in time order. What the table and the CPU columns are
// laid out from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::report {

struct timeline_row {
  enum class type : std::uint8_t {
    operation,  ///< a thread begins an operation; `name` is its name
    call,       ///< a function is entered; `name` is its name
    step,       ///< `step` is its index
    folded,     ///< `count` steps that are not shown
    blocked,    ///< the thread waits for the lock `name` and never gets it
    repeats,    ///< what follows repeats for ever (trace::violation::repeats); of no thread
    repeated,   ///< what repeats ends here; of no thread
  };

  type kind = type::step;
  int thread = 0;
  int depth = 0;  ///< nesting: 0 for an operation
  std::string name;
  int step = -1;
  int count = 0;
  bool switched = false;  ///< another thread ran before
};

/// Rows for the steps with `shown[index]`, with the calls they stand in; runs of other steps are
/// folded. Without `helpers`, only calls of the code under test (code_under_test.hpp) have rows.
std::vector<timeline_row> timeline_of(const trace::document& document,
                                      const std::vector<bool>& shown, bool helpers = false);

}  // namespace checker::report
