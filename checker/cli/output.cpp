// SPDX-License-Identifier: GPL-2.0-only
#include "checker/cli/output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "checker/cli/arguments.hpp"
#include "checker/trace/atomic_file.hpp"

namespace checker::cli {
namespace {

// Bytes written; less than asked for only if errno says why.
std::size_t write_to(int file, std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::write(file, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int window_width(int file) {
  winsize size{};
  if (ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

bool locale_is_utf8() {
  std::string name = environment("LC_ALL");
  if (name.empty()) name = environment("LC_CTYPE");
  if (name.empty()) name = environment("LANG");
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.find("utf-8") != std::string::npos || name.find("utf8") != std::string::npos;
}

}  // namespace

void output::write(std::string_view text) {
  if (!failed_) {
    const std::size_t written = write_to(STDOUT_FILENO, text);
    if (written == text.size()) return;
    const int reason = errno;
    failed_ = true;
    to_stderr_ = reason != EPIPE;
    complain(fmt::format("cannot write to standard output: {}", std::strerror(reason)));
    text.remove_prefix(written);
  }
  if (to_stderr_) write_to(STDERR_FILENO, text);
}

void complain(std::string_view message) {
  std::string line(message);
  std::replace(line.begin(), line.end(), '\n', ' ');
  write_to(STDERR_FILENO, fmt::format("ptlcheck: {}\n", line));
}

bool write_result_file(const std::string& path, std::string_view text, output& standard_output) {
  if (path == "-") {
    standard_output.write(text);
    return !standard_output.failed();
  }
  try {
    trace::write_atomically(path, text);
    return true;
  } catch (const std::exception& error) {
    complain(error.what());
    return false;
  }
}

terminal describe_terminal(const std::string& colour) {
  const auto choice = parse_choice("--colour", colour, {"auto", "always", "never"});
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  terminal found;
  found.unicode = locale_is_utf8();
  if (is_terminal) found.width = window_width(STDOUT_FILENO);
  const bool wants_colour =
      is_terminal && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  found.colour = choice == 1 || (choice == 0 && wants_colour);
  return found;
}

progress_line::progress_line()
    : enabled_(isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb") {}

void progress_line::show(std::string text) {
  if (!enabled_) return;
  // A line that wraps could not be overwritten.
  const auto width = static_cast<std::size_t>(std::max(20, window_width(STDERR_FILENO) - 1));
  if (text.size() > width) text.resize(width);
  write_to(STDERR_FILENO, "\r\x1b[K" + text);
  shown_ = true;
}

void progress_line::print(const std::string& text) {
  if (!enabled_) return;
  clear();
  write_to(STDERR_FILENO, text + "\n");
}

void progress_line::clear() {
  if (!shown_) return;
  write_to(STDERR_FILENO, "\r\x1b[K");
  shown_ = false;
}

void occupy_standard_descriptors() {
  for (int descriptor = 0; descriptor <= 2; ++descriptor) {
    // Read-only, so that writing to a closed standard output still fails.
    if (fcntl(descriptor, F_GETFD) == -1) open("/dev/null", O_RDONLY);
  }
}

}  // namespace checker::cli
