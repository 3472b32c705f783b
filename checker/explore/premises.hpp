// SPDX-License-Identifier: GPL-2.0-only
// What an exploration takes for granted, until it is seen not to be so: then another one starts
// from better premises.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "checker/explore/access_sets.hpp"
#include "checker/explore/explore.hpp"
#include "checker/explore/graph_exploration.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/lock_numbers.hpp"

namespace checker::explore {

struct premises {
  bool bit_locks_order = true;  ///< see execution::released_for_others()
  bool threads_may_be_merged = true;
  std::shared_ptr<lock_numbers> numbers = std::make_shared<lock_numbers>(arena_words);
  std::vector<learned_access> learned;  ///< with these numbers
};

/// Those of the checkpoint that is to be resumed, if there is one.
premises first_premises(const checkpoint_plan& plan);

/// To start over with, where an exploration that began with `given` can't be relied on; else
/// nothing. `released_for_others`: it saw that a lock was. `graph`: null if it had none.
std::optional<premises> better_premises(const premises& given, bool released_for_others,
                                        graph_exploration* graph);

/// To do all of it again from the same premises, by one process: as if nothing had been explored.
premises anew(const premises& given);

}  // namespace checker::explore
