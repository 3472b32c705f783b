// SPDX-License-Identifier: GPL-2.0-only
#pragma once

#include <filesystem>

namespace checker::source {

/// An empty directory that is gone when this is.
class temporary_directory {
 public:
  /// Throws std::runtime_error with one line.
  temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace checker::source
