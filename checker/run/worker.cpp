// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/worker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "checker/run/interrupt.hpp"
#include "checker/run/result_json.hpp"

#ifdef PTLCHECK_COVERAGE
extern "C" {
#include <gcov.h>
}
#endif

namespace checker {
namespace {

// Lines of the pipe: progress, or the result, which is the last.
constexpr char progress_line = 'P';
constexpr char result_line = 'R';

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void send_progress(int file, const explore::progress& now) {
  const auto& made = now.estimate;
  write_all(file,
            fmt::format("{}[{},{},{},{},{},{},{},{},{},{},{},{}]\n", progress_line, now.executions,
                        now.blocked, now.cached, now.steps, now.states, now.bytes, now.seconds,
                        made.seconds, made.known, made.states, made.low, made.high));
}

[[noreturn]] void child_main(const suite_case& subject, const explore::options& asked, int file) {
  interrupt::never_quit();
  explore::options how = asked;
  how.stop = &interrupt::requested();
  how.on_progress = [file](const explore::progress& now) { send_progress(file, now); };
  const result outcome = run_case(subject, how);
  const bool sent = write_all(file, result_line + result_to_line(outcome) + "\n");
  std::fflush(nullptr);
#ifdef PTLCHECK_COVERAGE
  __gcov_dump();  // which exit() would do
#endif
  // Not exit(): what the parent registered to happen at its end is not the child's business.
  _exit(sent ? 0 : 1);
}

}  // namespace

result empty_result(const suite_case& subject) {
  result out;
  out.scenario = subject.subject->name;
  out.kernel = subject.kernel;
  out.patch = subject.patch;
  out.parameters = subject.parameters;
  out.expected = subject.expected;
  return out;
}

result run_case(const suite_case& subject, const explore::options& how) try {
  auto program = subject.subject->make(subject.parameters, subject.kernel, subject.patch);
  if (program == nullptr) throw std::runtime_error("the scenario made no program");
  result out = explore::run(*program, how);
  out.scenario = subject.subject->name;
  out.kernel = subject.kernel;
  out.patch = subject.patch;
  out.parameters = subject.parameters;
  out.expected = subject.expected;
  // Nothing was learned about the code under test then, whatever else was found.
  for (auto& group : out.violations) {
    if (group.kind == model_limit_kind) {
      out.outcome = verdict::error;
      out.error = "the model is too small for this: " + group.counterexample.result.message;
    }
    group.counterexample.scenario = out.scenario;
    group.counterexample.kernel = out.kernel;
    group.counterexample.patch = out.patch;
    group.counterexample.parameters = out.parameters;
  }
  return out;
} catch (const std::exception& error) {
  result out = empty_result(subject);
  out.error = error.what();
  return out;
}

worker::worker(const suite_case& subject, const explore::options& how) : subject_(subject) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot create a pipe");
  }
  std::fflush(nullptr);  // or the child would print it again
  const pid_t parent = getpid();
  child_ = fork();
  if (child_ < 0) {
    const int reason = errno;
    close(ends[0]);
    close(ends[1]);
    throw std::system_error(reason, std::generic_category(), "cannot start a worker process");
  }
  if (child_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);  // the parent died before it could be watched
    close(ends[0]);
    child_main(subject, how, ends[1]);
  }
  close(ends[1]);
  pipe_ = ends[0];
  fcntl(pipe_, F_SETFL, O_NONBLOCK);
}

worker::~worker() {
  if (child_ > 0) {
    ::kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  if (pipe_ >= 0) close(pipe_);
}

bool worker::receive() {
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t count = read(pipe_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return false;
    if (count <= 0) break;
    std::string_view fresh(buffer.data(), static_cast<std::size_t>(count));
    for (auto end = fresh.find('\n'); end != std::string_view::npos; end = fresh.find('\n')) {
      received_ += fresh.substr(0, end);
      take_line(received_);
      received_.clear();
      fresh.remove_prefix(end + 1);
    }
    received_ += fresh;
  }
  finish();
  return true;
}

void worker::take_line(std::string_view line) try {
  if (line.starts_with(progress_line)) {
    const auto values = nlohmann::json::parse(line.substr(1));
    progress_ = {
        values.at(0), values.at(1),
        values.at(2), values.at(3),
        values.at(4), values.at(5),
        values.at(6), {values.at(7), values.at(8), values.at(9), values.at(10), values.at(11)}};
  } else if (line.starts_with(result_line)) {
    result_ = result_from_line(line.substr(1));
  }
} catch (const std::exception& error) {
  result_ = empty_result(subject_);
  result_->error = fmt::format("the worker's answer makes no sense: {}", error.what());
}

void worker::finish() {
  int status = 0;
  while (waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
  if (result_) return;
  result_ = empty_result(subject_);
  result_->executions = progress_.executions;
  result_->blocked = progress_.blocked;
  result_->cached = progress_.cached;
  result_->steps = progress_.steps;
  result_->states = progress_.states;
  result_->seconds = progress_.seconds;
  result_->last_estimate = progress_.estimate;
  if (!killed_.empty()) {
    result_->error = killed_;
  } else if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    was_killed_ = signal == SIGKILL;
    const char* name = sigabbrev_np(signal);
    result_->error =
        fmt::format("the worker process was killed by SIG{} ({})",
                    name != nullptr ? name : std::to_string(signal), strsignal(signal));
  } else {
    result_->error = fmt::format("the worker process ended with exit status {} and no result",
                                 WEXITSTATUS(status));
  }
}

void worker::stop() {
  if (child_ > 0) ::kill(child_, SIGTERM);  // to -1 it would go to every process there is
}

void worker::kill(const std::string& why) {
  killed_ = why;
  if (child_ > 0) ::kill(child_, SIGKILL);
}

}  // namespace checker
