// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <ctime>

namespace checker::interrupt {
namespace {

// One ctrl-C may arrive twice: timeout(1) signals its child and then the whole process group.
constexpr std::int64_t same_keypress_ms = 300;
constexpr int exit_interrupted = 3;

std::atomic<bool> stop{false};
std::atomic<bool> quits{true};
std::atomic<std::int64_t> first_ms{0};
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

void on_signal(int /*signal*/) {
  if (!stop.exchange(true)) {
    first_ms = now_ms();
  } else if (quits && now_ms() - first_ms > same_keypress_ms) {
    _exit(exit_interrupted);
  }
}

}  // namespace

void install() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);
}

const std::atomic<bool>& requested() { return stop; }

void never_quit() { quits = false; }

}  // namespace checker::interrupt
