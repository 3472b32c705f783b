// SPDX-License-Identifier: GPL-2.0-only
#include "tests/end_to_end/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace end_to_end {
namespace {

using clock = std::chrono::steady_clock;

void check(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  check(pipe2(ends.data(), O_CLOEXEC) == 0 ? 0 : errno, "pipe2");
  return ends;
}

// What the tests' own surroundings are must not decide what they see.
std::vector<char*> plain_environment(std::vector<std::string>& further) {
  static std::array<std::string, 3> fixed{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TERM=dumb"};
  std::vector<char*> environment;
  for (auto& each : fixed) environment.push_back(each.data());
  for (auto& each : further) environment.push_back(each.data());
  environment.push_back(nullptr);
  return environment;
}

}  // namespace

process::process(const std::vector<std::string>& arguments, const process_options& options) {
  const auto out = make_pipe();
  const auto err = make_pipe();
  posix_spawn_file_actions_t actions;
  check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  if (options.output_closed) {
    posix_spawn_file_actions_addclose(&actions, 1);
  } else if (!options.standard_output.empty()) {
    posix_spawn_file_actions_addopen(&actions, 1, options.standard_output.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0666);
  } else {
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  }
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  posix_spawn_file_actions_addchdir_np(&actions, options.directory.c_str());

  std::vector<std::string> words{options.program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& each : words) pointers.push_back(each.data());
  pointers.push_back(nullptr);
  auto further = options.environment;
  if (options.output_without_reader) close(out[0]);
  const int error = posix_spawn(&child_, options.program.c_str(), &actions, nullptr,
                                pointers.data(), plain_environment(further).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  out_ = options.output_without_reader ? -1 : out[0];
  err_ = err[0];
  if (error != 0) child_ = -1;
  check(error, "posix_spawn");
}

process::~process() {
  if (child_ > 0) {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
}

void process::signal(int number) const {
  if (child_ > 0) kill(child_, number);  // to -1 it would go to every process there is
}

// False once both ends are closed by the process.
bool process::read_some(std::chrono::milliseconds longest) {
  std::array<pollfd, 2> polled{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
  if (out_ < 0 && err_ < 0) return false;
  poll(polled.data(), polled.size(), static_cast<int>(longest.count()));
  auto take = [](pollfd& from, int& descriptor, std::string& text) {
    if (descriptor < 0 || from.revents == 0) return;
    std::array<char, 65536> buffer{};
    const ssize_t count = read(descriptor, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(count));
    } else {
      close(descriptor);
      descriptor = -1;
    }
  };
  take(polled[0], out_, seen_.out);
  take(polled[1], err_, seen_.err);
  return true;
}

bool process::wait_for_output(const std::string& text) {
  const auto end = clock::now() + std::chrono::seconds(30);
  while (seen_.out.find(text) == std::string::npos) {
    if (clock::now() > end || !read_some(std::chrono::milliseconds(100))) return false;
  }
  return true;
}

outcome process::wait() {
  const auto end = clock::now() + std::chrono::seconds(150);
  while (read_some(std::chrono::milliseconds(100))) {
    if (clock::now() > end) {
      ADD_FAILURE() << "still running after two and a half minutes, killed; it said:\n"
                    << seen_.err;
      kill(child_, SIGKILL);
    }
  }
  int status = 0;
  waitpid(child_, &status, 0);
  child_ = -1;
  if (WIFEXITED(status)) seen_.status = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) seen_.signal = WTERMSIG(status);
  return seen_;
}

outcome ptlcheck(const std::vector<std::string>& arguments, const process_options& options) {
  return process(arguments, options).wait();
}

outcome shell(const std::string& command, const std::filesystem::path& directory) {
  process_options options;
  options.directory = directory;
  options.program = "/bin/bash";
  return process({"-c", command}, options).wait();
}

in_directory::in_directory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "ptlcheck-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = pattern;
}

in_directory::~in_directory() { std::filesystem::remove_all(directory_); }

outcome in_directory::run(const std::vector<std::string>& arguments) const {
  return ptlcheck(arguments, {.directory = directory_, .environment = environment_});
}

void in_directory::expect_refused(const std::vector<std::string>& arguments,
                                  const std::string& message) const {
  const auto seen = run(arguments);
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.out, "");
  EXPECT_EQ(seen.err, "ptlcheck: " + message + "\n");
}

void in_directory::write(const std::string& name, const std::string& text) const {
  std::ofstream(file(name), std::ios::binary) << text;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string line_with(const std::string& text, const std::string& part) {
  const auto place = text.find(part);
  if (place == std::string::npos) return {};
  auto begin = text.rfind('\n', place);
  begin = begin == std::string::npos ? 0 : begin + 1;
  begin = text.find_first_not_of(' ', begin);
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto columns = std::count_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    });
    widest = std::max(widest, static_cast<std::size_t>(columns));
  }
  return widest;
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace end_to_end
