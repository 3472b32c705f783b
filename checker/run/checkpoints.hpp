// SPDX-License-Identifier: GPL-2.0-only
// A suite on disk, to go on with it after it was stopped or killed: the results of the cases that
// have ended, and a checkpoint of each that has not.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "checker/explore/explore.hpp"
#include "checker/run/result.hpp"
#include "checker/run/selection.hpp"

namespace checker {

class checkpoints {
 public:
  /// `directory` empty: nothing is kept. Creates it; throws trace::file_error if that can't be
  /// done. `resume`: goes on from what is there; otherwise it is overwritten as the cases run.
  checkpoints(std::filesystem::path directory, double every_seconds, bool resume);

  bool enabled() const { return !directory_.empty(); }

  /// Resuming was asked for, and there is no result and no checkpoint.
  bool nothing_to_resume() const { return resume_ && empty_; }

  /// Where the case is kept, and for what; nowhere if not enabled().
  explore::checkpoint_plan plan_for(const suite_case& subject, const explore::options& how) const;

  /// The case's result, if it had ended; nothing if not, or if resuming was not asked for.
  std::optional<result> ended(const suite_case& subject, const explore::options& how) const;

  /// The case has ended: its result replaces its checkpoint. A result of verdict bounded or error
  /// is not kept, so that the case goes on next time. Throws trace::file_error.
  void keep(const suite_case& subject, const explore::options& how, const result& outcome) const;

 private:
  std::filesystem::path file_for(const suite_case& subject, const char* extension) const;
  std::string identity_of(const suite_case& subject, const explore::options& how) const;

  std::filesystem::path directory_;
  double every_seconds_;
  bool resume_;
  bool empty_ = true;    ///< the directory, at first
  std::string program_;  ///< a hash of this executable
};

}  // namespace checker
