// SPDX-License-Identifier: GPL-2.0-only
// Other programs this one needs: ctags, the compiler, apt.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace checker::source {

struct program_outcome {
  int status = -1;  ///< exit status; 128 and up: the signal that ended it; 127: it is not installed
  std::string out, err;
};

/// Runs it to its end, with an empty standard input, the C locale, and `directory` as its own if
/// that is not empty. Throws std::system_error if there is no process to be had.
program_outcome run_program(const std::vector<std::string>& arguments,
                            const std::filesystem::path& directory = {});

/// The same, but its standard error is ours, and once `stop` is set it is asked to end (SIGTERM).
program_outcome run_program_until(const std::vector<std::string>& arguments,
                                  const std::atomic<bool>& stop);

/// The last line of what a program said on standard error, for a message of one line.
std::string last_words(const program_outcome& outcome);

}  // namespace checker::source
