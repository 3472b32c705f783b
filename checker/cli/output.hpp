// SPDX-License-Identifier: GPL-2.0-only
// Where text goes: standard output that may fail, and what the terminal can show.
#pragma once

#include <string>
#include <string_view>

namespace checker::cli {

/// Standard output. When it fails, that is said once on standard error, and unless its reader has
/// gone away, everything from the failed piece on is written to standard error: nothing gets lost.
class output {
 public:
  void write(std::string_view text);
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
  bool to_stderr_ = false;
};

/// "ptlcheck: " and `message` on standard error, as one line.
void complain(std::string_view message);

/// Writes a file the user asked for; "-" is `standard_output`. False, after saying so, if that
/// failed.
bool write_result_file(const std::string& path, std::string_view text, output& standard_output);

struct terminal {
  bool colour = false;
  bool unicode = false;
  int width = 80;
};

/// What standard output can show. `colour` is "auto", "always" or "never".
terminal describe_terminal(const std::string& colour);

/// A line that is overwritten in place on standard error; silent where that is no terminal.
class progress_line {
 public:
  progress_line();
  ~progress_line() { clear(); }
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  void show(std::string text);
  /// A line that stays; silent where show() is.
  void print(const std::string& text);
  /// Before anything else is printed.
  void clear();

 private:
  bool enabled_;
  bool shown_ = false;
};

/// Gives descriptors 0 to 2 that the caller closed something to refer to, so that no file we open
/// takes their place.
void occupy_standard_descriptors();

}  // namespace checker::cli
