// SPDX-License-Identifier: GPL-2.0-only
// Where `run` puts counterexamples.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "checker/run/result.hpp"

namespace checker::cli {

/// Writes traces into one directory, which it makes when there is something to write. The name of a
/// file depends on the case and the kind alone, so the next run that finds it replaces it.
class trace_files {
 public:
  explicit trace_files(std::filesystem::path directory) : directory_(std::move(directory)) {}

  /// Writes a file for each kind of violation and sets its `trace_file`. What goes wrong is said on
  /// standard error, once per run.
  void write(result& value);
  /// Writes the reports of data races into one file, "data-races.txt", and returns its path: empty
  /// if there are none or it could not be written, which is said.
  std::string write_data_races(const std::vector<result>& results);
  bool all_written() const { return !failed_; }

 private:
  void make_directory() const;

  std::filesystem::path directory_;
  bool failed_ = false;
};

/// "fork-vs-write-fault+no-src-ptl.trace.json"; `kind` is added for all but the one
/// that leads (result.hpp).
std::string trace_file_name(const result& value, std::string_view kind);

}  // namespace checker::cli
