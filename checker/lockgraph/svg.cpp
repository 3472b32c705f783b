// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <system_error>

#include "checker/lockgraph/lockgraph.hpp"
#include "checker/report/text.hpp"

namespace checker::lockgraph {
namespace {

using clock = std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(60);

[[noreturn]] void fail(const std::string& what, int error) {
  throw render_error(
      fmt::format("cannot draw the graph: {}: {}", what, std::system_category().message(error)));
}

/// A file descriptor that is closed.
class descriptor {
 public:
  explicit descriptor(int number, const char* what) : number_(number) {
    if (number < 0) fail(what, errno);
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() { close(); }

  int number() const { return number_; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

/// A file without a name: a child that does not read its input can't block or signal its parent.
void fill(const descriptor& file, const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(file.number(), text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", errno);
    written += static_cast<std::size_t>(count);
  }
  ::lseek(file.number(), 0, SEEK_SET);
}

std::string first_line(const descriptor& file) {
  char text[512];
  const ssize_t count = ::pread(file.number(), text, sizeof text, 0);
  const std::string_view all(text, count > 0 ? static_cast<std::size_t>(count) : 0);
  return report::printable(all.substr(0, all.find('\n')));
}

/// A running child; killed and collected if nobody waited for it.
class child {
 public:
  child(const descriptor& input, const descriptor& output, const descriptor& errors) {
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, input.number(), STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, output.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, errors.number(), STDERR_FILENO);
    std::string program = "dot", format = "-Tsvg";
    char* arguments[] = {program.data(), format.data(), nullptr};
    const int error = ::posix_spawnp(&pid_, "dot", &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT)
      throw render_error("cannot draw the graph: Graphviz' program dot was not found");
    if (error != 0) fail("dot", error);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_ = -1;
};

/// How a child that did not succeed ended.
std::string end_of(int status) {
  if (!WIFSIGNALED(status)) return fmt::format("failed with exit status {}", WEXITSTATUS(status));
  const int signal = WTERMSIG(status);
  const char* const name = ::sigabbrev_np(signal);
  return fmt::format("was killed by SIG{} ({})", name != nullptr ? name : std::to_string(signal),
                     ::strsignal(signal));
}

/// Everything until the other end is closed.
std::string read_all(const descriptor& pipe_end, clock::time_point deadline) {
  std::string text;
  char buffer[65536];
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    if (left.count() <= 0) {
      throw render_error(fmt::format("cannot draw the graph: dot took more than {} s",
                                     std::chrono::seconds(patience).count()));
    }
    pollfd entry{.fd = pipe_end.number(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno != EINTR) fail("poll", errno);
    if (ready <= 0) continue;
    const ssize_t count = ::read(pipe_end.number(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", errno);
    if (count == 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string svg(const trace::document& document) {
  const clock::time_point deadline = clock::now() + patience;
  const descriptor input(::memfd_create("graph", MFD_CLOEXEC), "memfd_create");
  const descriptor errors(::memfd_create("errors", MFD_CLOEXEC), "memfd_create");
  fill(input, to_dot(document));
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe", errno);
  const descriptor reading(ends[0], "pipe");
  descriptor writing(ends[1], "pipe");
  child dot(input, writing, errors);
  writing.close();
  std::string drawing = read_all(reading, deadline);
  const int status = dot.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    const std::string said = first_line(errors);
    throw render_error(fmt::format("cannot draw the graph: dot {}{}{}", end_of(status),
                                   said.empty() ? "" : ": ", said));
  }
  return drawing;
}

}  // namespace checker::lockgraph
