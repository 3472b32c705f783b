// SPDX-License-Identifier: GPL-2.0-only
// Starts the program under test as a shell would, and sees what its user sees.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace end_to_end {

struct outcome {
  int status = -1;  ///< exit status; -1 if a signal ended it
  int signal = 0;   ///< that signal
  std::string out, err;
};

struct process_options {
  std::filesystem::path directory = ".";  ///< to run in
  std::string standard_output = {};       ///< a file to open for it; empty: a pipe that is read
  bool output_without_reader = false;     ///< a pipe whose other end is closed
  bool output_closed = false;
  std::string program = PTLCHECK_PROGRAM;
  std::vector<std::string> environment = {};  ///< "NAME=VALUE", beside what all processes get
};

class process {
 public:
  process(const std::vector<std::string>& arguments, const process_options& options);
  process(const process&) = delete;
  process& operator=(const process&) = delete;
  ~process();

  pid_t id() const { return child_; }
  void signal(int number) const;
  /// Reads until the process has written `text` to standard output. False if it ended before, or
  /// took over half a minute.
  bool wait_for_output(const std::string& text);
  /// Reads until the process ends. After two and a half minutes it is killed, which fails the
  /// test.
  outcome wait();

 private:
  bool read_some(std::chrono::milliseconds longest);

  pid_t child_ = -1;
  int out_ = -1, err_ = -1;
  outcome seen_;
};

/// Runs ptlcheck to its end.
outcome ptlcheck(const std::vector<std::string>& arguments, const process_options& options = {});

/// Runs `command` as a shell would if somebody pasted it.
outcome shell(const std::string& command, const std::filesystem::path& directory);

/// A test with an empty directory of its own, which is gone afterwards.
class in_directory : public testing::Test {
 protected:
  in_directory();
  ~in_directory() override;

  outcome run(const std::vector<std::string>& arguments) const;
  /// Exit status 2, nothing on standard output, and exactly `message` as the one line on standard
  /// error.
  void expect_refused(const std::vector<std::string>& arguments, const std::string& message) const;
  std::filesystem::path file(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text) const;

  std::filesystem::path directory_;
  std::vector<std::string> environment_;  ///< of the programs run
};

std::string read_text(const std::filesystem::path& path);
std::size_t count_lines(const std::string& text);
/// In terminal columns, one for each code point.
std::size_t widest_line(const std::string& text);
/// The first line that holds `part`, without the spaces before it; empty if there is none.
std::string line_with(const std::string& text, const std::string& part);

}  // namespace end_to_end
