// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

namespace checker::source {
namespace {

struct pipe_ends {
  int read = -1, write = -1;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  return {ends[0], ends[1]};
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const char* directory, int out,
                         int err) {
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  setenv("LC_ALL", "C", 1);
  if (*directory != '\0' && chdir(directory) != 0) _exit(126);
  std::vector<char*> words;
  for (const auto& each : arguments) words.push_back(const_cast<char*>(each.c_str()));
  words.push_back(nullptr);
  execvp(words.front(), words.data());
  _exit(errno == ENOENT ? 127 : 126);
}

/// False once there is no more.
bool read_some(int descriptor, std::string& into) {
  std::array<char, 65536> buffer;
  const ssize_t count = read(descriptor, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR;
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

/// Reads both to their ends; -1 stands for one that is not there. `look` is called now and then.
template <typename Look>
void read_all(int out, int err, program_outcome& outcome, Look look) {
  std::array<pollfd, 2> open{{{out, POLLIN, 0}, {err, POLLIN, 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    constexpr int now_and_then_ms = 100;
    if (poll(open.data(), open.size(), now_and_then_ms) < 0 && errno != EINTR) break;
    look();
    for (auto& each : open) {
      if (each.fd < 0 || each.revents == 0) continue;
      if (read_some(each.fd, &each == &open[0] ? outcome.out : outcome.err)) continue;
      close(each.fd);
      each.fd = -1;
    }
  }
}

void wait_for(pid_t child, program_outcome& outcome) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

program_outcome run_program(const std::vector<std::string>& arguments,
                            const std::filesystem::path& directory) {
  const pipe_ends out = make_pipe(), err = make_pipe();
  const std::string where = directory.string();
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) become(arguments, where.c_str(), out.write, err.write);
  close(out.write);
  close(err.write);
  program_outcome outcome;
  read_all(out.read, err.read, outcome, [] {});
  wait_for(child, outcome);
  return outcome;
}

program_outcome run_program_until(const std::vector<std::string>& arguments,
                                  const std::atomic<bool>& stop) {
  const pipe_ends out = make_pipe();
  const pid_t child = fork();
  if (child < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (child == 0) become(arguments, "", out.write, STDERR_FILENO);
  close(out.write);
  program_outcome outcome;
  bool told = false;
  read_all(out.read, -1, outcome, [&] {
    if (!stop || told) return;
    told = true;
    kill(child, SIGTERM);
  });
  wait_for(child, outcome);
  return outcome;
}

std::string last_words(const program_outcome& outcome) {
  if (outcome.status == 127 && outcome.err.empty()) return "it is not installed";
  std::string text = outcome.err;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  const auto begin = text.rfind('\n');
  if (begin != std::string::npos) text.erase(0, begin + 1);
  if (text.empty()) text = "exit status " + std::to_string(outcome.status);
  return text;
}

}  // namespace checker::source
