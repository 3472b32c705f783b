// SPDX-License-Identifier: GPL-2.0-only
// Writing result files that are never half there.
#pragma once

#include <filesystem>
#include <span>
#include <stdexcept>
#include <string_view>

namespace checker::trace {

/// A file could not be written. what() is one line: "cannot write out.xml: No space left on
/// device".
class file_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes `text` to a temporary file beside `path`, flushes it to the disk and renames it. A path
/// that exists and is no regular file (/dev/stdout, a pipe) is written in place. Throws file_error;
/// the temporary file is gone then.
void write_atomically(const std::filesystem::path& path, std::string_view text);
/// The same for a text that is in pieces.
void write_atomically(const std::filesystem::path& path, std::span<const std::string_view> pieces);

}  // namespace checker::trace
