// SPDX-License-Identifier: GPL-2.0-only
// One case, explored in a process of its own: whatever code under test does to that process, the
// suite goes on.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "checker/explore/explore.hpp"
#include "checker/run/result.hpp"
#include "checker/run/selection.hpp"

namespace checker {

/// Explores the case in this process. Never throws: what goes wrong is a result of verdict `error`.
result run_case(const suite_case& subject, const explore::options& how);

/// A result for `subject` in which nothing has happened yet.
result empty_result(const suite_case& subject);

class worker {
 public:
  /// Forks. REQUIRES: the process has one thread. Throws std::system_error if there is no process
  /// to be had. The child ends with its parent.
  worker(const suite_case& subject, const explore::options& how);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  /// Kills the child if it still runs.
  ~worker();

  /// Becomes readable when the child has something to say or has ended.
  int descriptor() const { return pipe_; }
  /// Reads what has arrived. True once the child has ended: then result() is set.
  bool receive();
  /// Asks the child to finish soon with what it has.
  void stop();
  /// Ends the child, which did not do as asked; `why` ends up in the result.
  void kill(const std::string& why);

  const explore::progress& progress() const { return progress_; }
  /// REQUIRES: receive() returned true.
  const result& outcome() const { return *result_; }
  /// Somebody else (the kernel, for memory) killed the child before it came to say what came out.
  /// REQUIRES: receive() returned true.
  bool was_killed() const { return was_killed_; }

 private:
  void take_line(std::string_view line);
  void finish();

  const suite_case& subject_;
  pid_t child_ = -1;
  int pipe_ = -1;
  std::string received_;  // a line that is not complete yet
  std::string killed_;    // why, if by kill()
  bool was_killed_ = false;
  explore::progress progress_;
  std::optional<result> result_;
};

}  // namespace checker
