// SPDX-License-Identifier: GPL-2.0-only
// Counterexamples as text: the versioned JSON format of docs/trace.schema.json.
//
// Frames, stacks and held locks repeat in almost every step, so the text keeps them in tables and
// refers to them by index. Members that hold their default are left out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "checker/trace/trace.hpp"

namespace checker::trace {

/// The text or file is not a trace this program can read. what() is one line and says where:
/// "steps[3].thread: expected an integer, found a string".
class format_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Limits on what is read, so that no file can make a reader run out of memory.
inline constexpr std::size_t max_file_bytes = std::size_t{256} << 20;
inline constexpr std::size_t max_json_values = 8'000'000;  ///< values in one text
inline constexpr std::size_t max_json_depth = 32;          ///< nesting of arrays and objects
inline constexpr std::size_t max_expanded_bytes = std::size_t{512} << 20;  ///< stacks written out
/// Of a document that surely stays within them, with deep stacks and several locks held throughout:
/// no execution that may have to be recorded should take more.
inline constexpr std::size_t max_recorded_steps = 50'000;

/// The document as text, ended by a newline. Bytes that are not UTF-8 become U+FFFD.
std::string to_json(const document& value);

/// The document in `text`; every index in it is in range. Throws format_error.
document from_json(std::string_view text);

/// Reads a trace from a regular file. Throws format_error, the file's name first.
document read_file(const std::filesystem::path& path);

/// Writes a trace so that the file is either the old or the whole new one. Throws file_error
/// (atomic_file.hpp).
void write_file(const std::filesystem::path& path, const document& value);

}  // namespace checker::trace
