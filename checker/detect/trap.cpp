// SPDX-License-Identifier: GPL-2.0-only
#include "checker/detect/trap.hpp"

#include <sys/mman.h>
#include <ucontext.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <string>

#include "checker/detect/moved_bytes.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/execution.hpp"

namespace checker {
namespace {

constexpr std::uintptr_t page_bytes = 4096;
constexpr std::size_t most_unseen = 100;
constexpr std::size_t most_pages = 4;  // that one instruction touches
constexpr greg_t trap_flag = 0x100;
constexpr greg_t write_fault = 2;

struct open_page {
  std::uintptr_t address = 0;
  std::array<std::uint64_t, page_bytes / 8> before{};
};

// Everything a handler needs, allocated beforehand.
struct {
  bool installed = false;
  std::array<open_page, most_pages> pages;
  std::size_t open = 0;
  bool code = false;  ///< the instruction is code under test
  std::uintptr_t pc = 0;
  std::uint64_t accesses = 0;
  std::vector<unseen_access> unseen;
  struct sigaction old_fault, old_trap;
} now;

void protect(std::uintptr_t page, int protection) {
  if (mprotect(reinterpret_cast<void*>(page), page_bytes, protection) != 0) std::abort();
}

void note(std::uintptr_t address, bool writes) {
  ++now.accesses;
  if (!writes && is_constant(reinterpret_cast<const void*>(address), 1)) return;
  const auto word = static_cast<std::uint32_t>((address - arena_base) / 8);
  const auto* const running = execution::running;
  if (running == nullptr || running->announced(word, writes)) return;
  if (now.unseen.size() < most_unseen) now.unseen.push_back({address, now.pc, writes});
}

void close_pages() {
  for (std::size_t i = 0; i < now.open; ++i) protect(now.pages[i].address, PROT_NONE);
  now.open = 0;
}

/// A fault of the code's own: whoever handled them before does (and may not come back).
void pass_on(int signal, siginfo_t* info, void* context) {
  close_pages();
  if ((now.old_fault.sa_flags & SA_SIGINFO) != 0) {
    now.old_fault.sa_sigaction(signal, info, context);
  } else {
    std::signal(SIGSEGV, SIG_DFL);  // again, and dies of it
  }
}

void on_first_touch(int signal, siginfo_t* info, void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  if (!in_arena(info->si_addr) || now.open == most_pages) return pass_on(signal, info, context);
  now.pc = static_cast<std::uintptr_t>(registers[REG_RIP]);
  auto* const running = execution::running;
  // Final checks read what they like: nobody runs beside them.
  now.code = running != nullptr && running->in_code_under_test() && running->thread() >= 0;
  auto& page = now.pages[now.open++];
  page.address = address / page_bytes * page_bytes;
  protect(page.address, PROT_READ | PROT_WRITE);
  std::memcpy(page.before.data(), reinterpret_cast<void*>(page.address), page_bytes);
  if (now.code) {
    const bool writes = (registers[REG_ERR] & write_fault) != 0;
    const auto bytes = moved_bytes(reinterpret_cast<const unsigned char*>(now.pc));
    note(address, writes);
    // A fault in the middle of an access is reported at its first byte on that page.
    for (auto next = address / 8 * 8 + 8;
         next < address + bytes && in_arena(reinterpret_cast<void*>(next)); next += 8) {
      note(next, writes);
    }
  }
  registers[REG_EFL] |= trap_flag;
}

void on_trap(int /*signal*/, siginfo_t* /*info*/, void* context) {
  auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  registers[REG_EFL] &= ~trap_flag;
  for (std::size_t i = 0; i < now.open; ++i) {
    const auto& page = now.pages[i];
    const auto* const after = reinterpret_cast<const std::uint64_t*>(page.address);
    for (std::size_t k = 0; now.code && k < page.before.size(); ++k) {
      if (after[k] != page.before[k]) note(page.address + k * 8, true);
    }
  }
  close_pages();
}

}  // namespace

bool trap::possible() {
#ifdef __x86_64__
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("TracerPid:")) return line.ends_with("\t0");
  }
  return true;
#else
  return false;
#endif
}

trap::trap() {
  if (now.installed) throw std::logic_error("one trap at a time");
  now.installed = true;
  now.open = 0;
  now.accesses = 0;
  now.unseen.clear();
  now.unseen.reserve(most_unseen);
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
  action.sa_sigaction = on_first_touch;
  sigaction(SIGSEGV, &action, &now.old_fault);
  action.sa_sigaction = on_trap;
  sigaction(SIGTRAP, &action, &now.old_trap);
}

trap::~trap() {
  disarm();
  sigaction(SIGSEGV, &now.old_fault, nullptr);
  sigaction(SIGTRAP, &now.old_trap, nullptr);
  now.installed = false;
}

void trap::arm() {
  for (std::uintptr_t at = 0; at < arena_capacity; at += page_bytes) {
    protect(arena_base + at, PROT_NONE);
  }
}

void trap::disarm() {
  for (std::uintptr_t at = 0; at < arena_capacity; at += page_bytes) {
    protect(arena_base + at, PROT_READ | PROT_WRITE);
  }
}

const std::vector<unseen_access>& trap::unseen() const { return now.unseen; }
std::uint64_t trap::accesses() const { return now.accesses; }

}  // namespace checker
