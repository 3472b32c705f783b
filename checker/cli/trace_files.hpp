// SPDX-License-Identifier: GPL-2.0-only
// Where `run` puts counterexamples.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "checker/run/result.hpp"

namespace checker::cli {

/// Writes traces into one directory, which it makes when there is a first trace. The name of a file
/// depends on the case and the kind alone, so the next run replaces it.
class trace_files {
 public:
  explicit trace_files(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Writes a file for each kind of violation and sets `trace_file` to the first. What goes wrong
  /// is said on standard error, once per run.
  void write(result& value);
  bool all_written() const { return !failed_; }

 private:
  std::filesystem::path directory_;
  bool failed_ = false;
};

/// "fork-vs-write-fault+no-src-ptl.trace.json"; `kind` is added for all but the first of a case.
std::string trace_file_name(const result& value, std::string_view kind);

/// `text` as one word of a shell command.
std::string shell_quoted(const std::string& text);

}  // namespace checker::cli
