// SPDX-License-Identifier: GPL-2.0-only
// Runs the cases of a selection, several at a time, each in a worker process.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "checker/explore/explore.hpp"
#include "checker/run/checkpoints.hpp"
#include "checker/run/result.hpp"
#include "checker/run/selection.hpp"

namespace checker {

struct suite_status {
  std::size_t done = 0, total = 0;
  struct running_case {
    const suite_case* subject;
    explore::progress progress;
  };
  std::vector<running_case> running;
};

struct suite_options {
  explore::options how;  ///< for every case; data_races only where the next member is empty
  std::optional<data_race_policy> data_races;  ///< empty: as each scenario says
  unsigned jobs = 1;                           ///< cases at a time
  bool stop_at_first_unexpected = false;
  bool source_is_asked_for = false;         ///< by_source() will be: what it reads, workers share
  const std::atomic<bool>* stop = nullptr;  ///< set from outside: finish with what was found
  checkpoints kept{{}, 0, false};           ///< where results and checkpoints are kept
  /// What went wrong beside the cases, one line.
  std::function<void(const std::string&)> on_warning;
  /// Called with each result in suite order, as soon as it and all before it are there.
  std::function<void(result&)> on_result;
  /// About five times a second.
  std::function<void(const suite_status&)> on_status;
};

/// The results, in the order of `cases`: one for each, whatever happens. A case that `stop` kept
/// from running is `bounded` "interrupted".
std::vector<result> run_suite(const std::vector<suite_case>& cases, const suite_options& options);

}  // namespace checker
