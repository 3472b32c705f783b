// SPDX-License-Identifier: GPL-2.0-only
#include "checker/coverage/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <tuple>

#include "checker/detect/lock_order.hpp"
#include "checker/intercept/arena.hpp"
#include "checker/intercept/lock_registry.hpp"
#include "checker/intercept/recorder.hpp"

namespace checker {
namespace {

std::string_view folder_of(const trace::frame& frame) {
  const std::string_view file = frame.file;
  return file.substr(0, std::min(file.rfind('/'), file.size()));
}

/// A choice mostly stands in a function of the kernel API ("need_resched()"); people look for it
/// where that was called: in the innermost function of another folder, if that is not what the
/// operation begins with.
trace::frame place_of_choice(const raw_stack& stack) {
  const auto frames = symbolize(stack);
  if (frames.empty()) return {};
  const auto inner = folder_of(frames.back());
  for (std::size_t i = frames.size() - 1; i > 0; --i) {
    if (folder_of(frames[i]) == inner) continue;
    return folder_of(frames[i]) == folder_of(frames.front()) ? frames.back() : frames[i];
  }
  return frames.back();
}

std::string with_subclass(const std::string& lock_class, int subclass) {
  return subclass == 0 ? lock_class : fmt::format("{}/{}", lock_class, subclass);
}

}  // namespace

coverage_log::coverage_log(const std::vector<thread_spec>& threads)
    : lock_numbers_(arena_words, 0) {
  for (const auto& thread : threads) {
    first_.push_back(operations_.size());
    for (const auto& each : thread.operations) {
      operations_.push_back({thread.name, each.name, false, false});
    }
  }
}

void coverage_log::chose(const char* label, unsigned alternatives, unsigned value,
                         std::span<const std::uintptr_t> calls, std::uintptr_t pc) {
  const auto from_end = [&](std::size_t i) {
    return i <= calls.size() ? calls[calls.size() - i] : 0;
  };
  auto& seen = choices_[{label, pc, from_end(1), from_end(2)}];
  if (seen.stack.empty()) {
    short_stack stack;
    stack.assign(calls, pc);
    seen.stack = stack.to_raw();
  }
  seen.alternatives = std::max(seen.alternatives, alternatives);
  seen.taken |= coverage_bits{1} << value;
}

std::uint16_t coverage_log::new_lock() {
  constexpr auto all = ~std::uint64_t{0};
  locks_.emplace_back().always_held.fill({all, all});
  return static_cast<std::uint16_t>(locks_.size());
}

/// Two threads take the lock, not both for reading, one of them not by trying only, and no other
/// lock keeps them apart.
bool coverage_log::could_wait(const lock_use& use) {
  const auto is_in = [](std::uint8_t set, std::size_t thread) { return (set >> thread & 1) != 0; };
  for (std::size_t a = 0; a < max_coverage_threads; ++a) {
    for (std::size_t b = 0; b < max_coverage_threads; ++b) {
      if (a == b || !is_in(use.blockers, a) || !is_in(use.users, b)) continue;
      if (!is_in(use.writers, a) && !is_in(use.writers, b)) continue;
      if (!exclude(use.always_held[a], use.always_held[b])) return true;
    }
  }
  return false;
}

coverage coverage_log::summary(const lock_order_log& order) const {
  coverage out;
  out.measured = true;
  out.operations = operations_;
  for (const auto& [site, seen] : choices_) {
    coverage one;
    one.choices.push_back({site.label, place_of_choice(seen.stack), seen.alternatives, seen.taken});
    merge(out, one);
  }
  std::ranges::sort(out.choices, {}, [](const choice_coverage& each) {
    return std::tie(each.place.file, each.place.line, each.label);
  });
  const auto& classes = lock_registry::instance().classes();
  for (const auto& use : locks_) {
    if ((use.users | use.waiters) == 0) continue;
    coverage one;
    one.locks.push_back({classes.at(use.lock_class).name, use.users, use.waiters, could_wait(use)});
    merge(out, one);
  }
  for (const auto& edge : order.edges()) {
    out.lock_pairs.push_back({with_subclass(edge.from_class, edge.from_subclass),
                              with_subclass(edge.to_class, edge.to_subclass)});
  }
  return out;
}

}  // namespace checker
