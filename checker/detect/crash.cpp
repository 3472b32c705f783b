// SPDX-License-Identifier: GPL-2.0-only
#include "checker/detect/crash.hpp"

#include <sys/time.h>

#include <array>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "checker/intercept/execution.hpp"
#include "checker/intercept/sanitizer.hpp"

namespace checker {
namespace {

constexpr std::array<int, 6> handled{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGVTALRM};
constexpr int quiet_ticks_allowed = 8;
constexpr suseconds_t tick_microseconds = 250'000;

std::array<struct sigaction, handled.size()> previous;
alignas(16) std::array<unsigned char, 64 * 1024> signal_stack;
stack_t previous_stack;
itimerval previous_timer;

std::jmp_buf rescue;
const char* rescue_stack_base = nullptr;
volatile bool rescuing = false;

const char* describe(int signal, const siginfo_t* info, char* buffer, std::size_t size) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  switch (signal) {
    case SIGSEGV:
    case SIGBUS:
      if (address < 4096) {
        std::snprintf(buffer, size, "null pointer dereference, address %#zx", address);
      } else {
        std::snprintf(buffer, size, "unable to handle page fault for address: %#zx", address);
      }
      return buffer;
    case SIGFPE:
      return "divide error";
    case SIGILL:
      return "invalid opcode";
    default:
      return "abort() called";
  }
}

void on_fault(int signal, siginfo_t* info, void* /*context*/) {
  static char buffer[128];
  auto* const running = execution::running;
  if (rescuing) {
    leave_frames(rescue_stack_base, 16 * 1024);
    _longjmp(rescue, 1);
  }
  if (running != nullptr && running->in_code_under_test()) {
    running->violate_from_signal("crash", describe(signal, info, buffer, sizeof buffer));
  }
  // The checker's own fault: die of it.
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void on_tick(int /*signal*/) {
  static std::uint64_t seen_steps = 0;
  static int quiet_ticks = 0;
  auto* const running = execution::running;
  if (running == nullptr || !running->in_code_under_test()) {
    quiet_ticks = 0;
    return;
  }
  const auto steps = running->counters().steps;
  quiet_ticks = steps == seen_steps ? quiet_ticks + 1 : 0;
  seen_steps = steps;
  if (quiet_ticks >= quiet_ticks_allowed) {
    quiet_ticks = 0;
    running->violate_from_signal("endless-loop", "a loop without any step");
  }
}

}  // namespace

bool survives(const std::function<void()>& call) {
  bool survived = false;
  rescue_stack_base = static_cast<const char*>(__builtin_frame_address(0));
  if (_setjmp(rescue) == 0) {
    rescuing = true;
    try {
      call();
      survived = true;
    } catch (...) {
      // As below: nothing is known.
    }
  }
  rescuing = false;
  return survived;
}

crash_guard::crash_guard() {
  stack_t stack{};
  stack.ss_sp = signal_stack.data();
  stack.ss_size = signal_stack.size();
  sigaltstack(&stack, &previous_stack);
  for (std::size_t i = 0; i < handled.size(); ++i) {
    struct sigaction action {};
    if (handled[i] == SIGVTALRM) {
      action.sa_handler = on_tick;
    } else {
      action.sa_sigaction = on_fault;
      action.sa_flags = SA_SIGINFO;
    }
    // Handlers are left by longjmp, so the signal must not stay blocked.
    action.sa_flags |= SA_ONSTACK | SA_NODEFER | SA_RESTART;
    sigaction(handled[i], &action, &previous[i]);
  }
  const itimerval timer{{0, tick_microseconds}, {0, tick_microseconds}};
  setitimer(ITIMER_VIRTUAL, &timer, &previous_timer);
}

crash_guard::~crash_guard() {
  setitimer(ITIMER_VIRTUAL, &previous_timer, nullptr);
  for (std::size_t i = 0; i < handled.size(); ++i) sigaction(handled[i], &previous[i], nullptr);
  if ((previous_stack.ss_flags & SS_DISABLE) != 0) previous_stack.ss_flags = SS_DISABLE;
  sigaltstack(&previous_stack, nullptr);
}

}  // namespace checker
