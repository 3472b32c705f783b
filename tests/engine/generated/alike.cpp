// SPDX-License-Identifier: GPL-2.0-only
// Deadlocks, but for which of several threads that run the same code is which.
#include <algorithm>
#include <iterator>

#include "tests/engine/generated/observe.hpp"

namespace checker::generated {
namespace {

using numbers = std::vector<std::uint64_t>;

constexpr std::size_t wait_numbers = 5 + registers;

/// One lock's state: its holder, who stands for all that run the same code, and readers.
std::uint64_t without_name(std::uint64_t lock, int alike) {
  const auto holder = lock & 0xffffffff;
  return holder > 1 && holder <= static_cast<std::uint64_t>(alike) ? lock - holder + 1 : lock;
}

/// Threads as bits: how many of those that run the same code, and which others.
std::uint64_t without_names(std::uint64_t threads, int alike) {
  const auto same = threads & ((std::uint64_t{1} << alike) - 1);
  return (threads ^ same) | static_cast<std::uint64_t>(__builtin_popcountll(same)) << 32;
}

numbers without_names(const numbers& deadlock, const program_spec& program) {
  const auto world = static_cast<std::size_t>(program.words) + 1 + program.locks.size();
  numbers result(deadlock.begin(), deadlock.begin() + static_cast<std::ptrdiff_t>(world));
  for (auto at = static_cast<std::size_t>(program.words) + 1; at < world; ++at) {
    result[at] = without_name(result[at], program.alike);
  }
  std::vector<numbers> waits;
  for (auto at = world; at < deadlock.size(); at += wait_numbers) {
    numbers wait(deadlock.begin() + static_cast<std::ptrdiff_t>(at),
                 deadlock.begin() + static_cast<std::ptrdiff_t>(at + wait_numbers));
    if (wait.front() < static_cast<std::uint64_t>(program.alike)) wait.front() = 0;
    wait.back() = without_names(wait.back(), program.alike);
    waits.push_back(std::move(wait));
  }
  std::ranges::sort(waits);
  for (const auto& wait : waits) result.insert(result.end(), wait.begin(), wait.end());
  return result;
}

}  // namespace

void merge_alike(observations& seen, const program_spec& program) {
  if (program.alike < 2) return;
  decltype(seen.deadlocks) merged;
  for (const auto& each : seen.deadlocks) merged.insert(without_names(each, program));
  seen.deadlocks = std::move(merged);
}

}  // namespace checker::generated
