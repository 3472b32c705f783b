// SPDX-License-Identifier: GPL-2.0-only
// An exploration on disk: what has been explored so far, to go on from there later.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "checker/explore/crew_messages.hpp"
#include "checker/explore/state_graph.hpp"
#include "checker/intercept/lock_numbers.hpp"

namespace checker::explore {

/// A checkpoint can't be used. what() is one line.
struct checkpoint_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What is kept beside the graph.
struct checkpoint_notes {
  std::string identity;  ///< program, scenario, options: a checkpoint is good for no other
  std::uint64_t steps = 0, depth = 0;
  bool cut = false, states_may_recur = false;
  /// What the search took for granted; one that goes on from there must do so, too.
  bool bit_locks_order = true, threads_merged = false;
  std::vector<crew_message> found;  ///< data races and lock orders
};

/// Replaces the file in one go. Throws trace::file_error. REQUIRES: nobody is at work on the graph,
/// or in the middle of a step.
void save_checkpoint(const std::filesystem::path& path, const checkpoint_notes& notes,
                     const state_graph& graph, const lock_numbers& numbers);

/// Of a checkpoint, what the search took for granted, without its graph. Nothing if there is no
/// file, or none that can be used: load_checkpoint() says why.
std::optional<checkpoint_notes> premises_of_checkpoint(const std::filesystem::path& path);

/// Throws checkpoint_error if the file can't be read, is damaged, of another identity, or too large
/// for the memory. REQUIRES: a new graph, and numbers of which none was given.
checkpoint_notes load_checkpoint(const std::filesystem::path& path, const std::string& identity,
                                 state_graph& graph, lock_numbers& numbers);

}  // namespace checker::explore
