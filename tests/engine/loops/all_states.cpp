// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/loops/all_states.hpp"

#include <algorithm>
#include <functional>

namespace checker::loops {

int all_states::decide(bool is_choice, std::uint32_t at, std::uint32_t alternatives) {
  if (depth_ == path_.size()) {
    const int first = __builtin_ctz(alternatives);
    path_.push_back({is_choice, at, alternatives & (alternatives - 1), first});
  }
  return path_[depth_++].taken;
}

int all_states::pick(const moment& now) {
  if (depth_ < path_.size()) return decide(false, 0, now.enabled);
  const auto [place, fresh] =
      numbers_.try_emplace(now.key, static_cast<std::uint32_t>(states_.size()));
  if (fresh) states_.push_back({now.enabled, now.holders});
  arrive(place->second);
  if (!fresh || too_many()) return -1;
  return decide(false, place->second, now.enabled);
}

unsigned all_states::choose(int /*thread*/, unsigned alternatives) {
  return static_cast<unsigned>(decide(true, 0, ~0U >> (32 - alternatives)));
}

/// The step made last, with the choices after it, led there.
void all_states::arrive(std::uint32_t target) {
  step made{0, target, nobody, false, false};
  for (auto at = path_.rbegin(); at != path_.rend() && made.thread == nobody; ++at) {
    if (!at->is_choice) {
      made.source = at->at;
      made.thread = at->taken;
    } else {
      (at->taken == 0 ? made.zero : made.other) = true;
    }
  }
  if (made.thread != nobody) steps_.push_back(made);
}

bool all_states::end_execution(outcome /*how*/, std::span<const blocked_thread> /*blocked*/) {
  while (!path_.empty() && path_.back().left == 0) path_.pop_back();
  if (path_.empty() || too_many()) return true;
  auto& last = path_.back();
  last.taken = __builtin_ctz(last.left);
  last.left &= last.left - 1;
  return false;
}

// ---- Fair cycles -------------------------------------------------------------------------------

namespace {

struct arrow {
  std::uint32_t source, target;
  thread_set thread;
};

/// Of the strongly connected parts: is there one in which each of `running` makes a step? Tarjan's
/// algorithm.
class parts {
 public:
  parts(std::size_t states, const std::vector<arrow>& arrows) : next_(states) {
    for (const auto& each : arrows) next_[each.source].push_back(each.target);
    index_.assign(states, 0);
    low_.assign(states, 0);
    part.assign(states, 0);
    for (std::uint32_t i = 0; i < states; ++i) {
      if (index_[i] == 0) visit(i);
    }
  }
  std::vector<std::uint32_t> part;
  std::uint32_t count = 0;

 private:
  void visit(std::uint32_t from) {
    index_[from] = low_[from] = ++time_;
    stack_.push_back(from);
    for (const auto to : next_[from]) {
      if (index_[to] == 0) visit(to);
      if (part[to] == 0) low_[from] = std::min(low_[from], low_[to]);
    }
    if (low_[from] != index_[from]) return;
    ++count;
    for (;;) {
      const auto member = stack_.back();
      stack_.pop_back();
      part[member] = count;
      if (member == from) break;
    }
  }

  std::vector<std::vector<std::uint32_t>> next_;
  std::vector<std::uint32_t> index_, low_, stack_;
  std::uint32_t time_ = 0;
};

}  // namespace

/// On some cycle, exactly the threads `running` can run, and each of them does, while each other
/// thread waits for a lock that `holders[thread]` holds, or for none. `free`: threads whose choices
/// come out 0 and may come out other than 0 as well.
bool all_states::goes_round(int threads, thread_set running, const std::array<int, 8>& holders,
                            thread_set free) const {
  const auto fits = [&](std::uint32_t number) {
    const auto& here = states_[number];
    if ((here.enabled & ~running) != 0) return false;
    for (int i = 0; i < threads; ++i) {
      const auto held = here.holders[static_cast<std::size_t>(i)];
      const int by = holders[static_cast<std::size_t>(i)];
      if ((running >> i & 1) == 0 && (by == nobody ? held != 0 : (held >> by & 1) == 0)) {
        return false;
      }
    }
    return true;
  };
  std::vector<arrow> arrows;
  std::vector<bool> zero;
  for (const auto& each : steps_) {
    const auto by = thread_set{1} << each.thread;
    if ((each.other && (free & by) == 0) || !fits(each.source) || !fits(each.target)) continue;
    arrows.push_back({each.source, each.target, by});
    zero.push_back(each.zero);
  }
  const parts found(states_.size(), arrows);
  std::vector<thread_set> ran(found.count + 1, 0), ordinary(found.count + 1, 0);
  for (std::size_t i = 0; i < arrows.size(); ++i) {
    const auto own = found.part[arrows[i].source];
    if (own != found.part[arrows[i].target]) continue;
    ran[own] |= arrows[i].thread;
    if (zero[i]) ordinary[own] |= arrows[i].thread;
  }
  for (std::uint32_t own = 1; own <= found.count; ++own) {
    if (ran[own] == running && (free & ~ordinary[own]) == 0) return true;
  }
  return false;
}

bool all_states::any_holders(int threads, int thread, thread_set running,
                             std::array<int, 8>& holders, bool other_values) const {
  if (thread == threads) {
    for (thread_set free = 0; free <= running; ++free) {
      if ((free & ~running) == 0 && goes_round(threads, running, holders, free)) return true;
      if (!other_values) return false;
    }
    return false;
  }
  for (int by = nobody; by < threads; ++by) {
    holders[static_cast<std::size_t>(thread)] = by;
    if (any_holders(threads, thread + 1, running, holders, other_values)) return true;
    if ((running >> thread & 1) != 0) break;
  }
  return false;
}

all_states::answer all_states::look(int threads) const {
  answer found;
  std::vector<arrow> all;
  for (const auto& each : steps_) all.push_back({each.source, each.target, 1});
  const parts whole(states_.size(), all);
  found.cycle = std::ranges::any_of(
      all, [&](const arrow& each) { return whole.part[each.source] == whole.part[each.target]; });
  std::array<int, 8> holders{};
  for (thread_set running = 1; running < thread_set{1} << threads; ++running) {
    if (!found.cycle) break;
    found.livelock = found.livelock || any_holders(threads, 0, running, holders, false);
    found.other_values = found.other_values || any_holders(threads, 0, running, holders, true);
  }
  return found;
}

}  // namespace checker::loops
