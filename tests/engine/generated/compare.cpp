// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "tests/engine/generated/observe.hpp"
#include "tests/engine/generated/reference_model.hpp"

namespace checker::generated {
namespace {

void note(std::string& failure, const char* who, const std::string& difference) {
  if (!difference.empty())
    failure += fmt::format(" {} against the reference:\n{}", who, difference);
}

// ---- Shrinking ---------------------------------------------------------------------------------

/// Takes instruction `index` out; skips over it get shorter.
void remove_instruction(operation_code& code, std::size_t index) {
  for (std::size_t i = 0; i < index; ++i) {
    if (i + code[i].skip >= index && code[i].skip != 0) --code[i].skip;
  }
  code.erase(code.begin() + static_cast<std::ptrdiff_t>(index));
}

/// Atomic blocks have two ends, and nothing skips into or out of them.
bool well_formed(const operation_code& code) {
  std::vector<int> depth{0};
  for (const auto& each : code) {
    const int change = each.code == opcode::atomic_begin ? 1
                       : each.code == opcode::atomic_end ? -1
                                                         : 0;
    depth.push_back(depth.back() + change);
    if (depth.back() < 0) return false;
  }
  for (std::size_t i = 0; i < code.size(); ++i) {
    for (std::size_t k = i; k <= i + code[i].skip; ++k) {
      if (k >= code.size() || depth[k + 1] < depth[i]) return false;
    }
    if (depth[i + code[i].skip + 1] != depth[i + 1]) return false;
  }
  return depth.back() == 0;
}

class shrinker {
 public:
  shrinker(program_spec program, const limits& bounds, comparer how)
      : best_(std::move(program)), bounds_(bounds), how_(how) {}

  program_spec run() {
    bool smaller = true;
    while (smaller) {
      smaller = fewer_threads() || fewer_operations() || fewer_instructions() || fewer_pairs() ||
                fewer_hooks() || simpler_values();
    }
    return std::move(best_);
  }

 private:
  bool take(program_spec candidate) {
    for (const auto& thread : candidate.threads) {
      if (thread.empty()) return false;
      if (!std::ranges::all_of(thread, well_formed)) return false;
    }
    if (candidate.threads.empty() || how_(candidate, bounds_).failure.empty()) return false;
    best_ = std::move(candidate);
    return true;
  }

  bool fewer_threads() {
    for (std::size_t i = 0; i < best_.threads.size(); ++i) {
      auto candidate = best_;
      candidate.threads.erase(candidate.threads.begin() + static_cast<std::ptrdiff_t>(i));
      if (take(std::move(candidate))) return true;
    }
    return false;
  }

  bool fewer_operations() {
    for (std::size_t t = 0; t < best_.threads.size(); ++t) {
      for (std::size_t i = 0; i < best_.threads[t].size(); ++i) {
        auto candidate = best_;
        auto& operations = candidate.threads[t];
        operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(i));
        if (take(std::move(candidate))) return true;
      }
    }
    return false;
  }

  bool fewer_instructions() {
    for (std::size_t t = 0; t < best_.threads.size(); ++t) {
      for (std::size_t i = 0; i < best_.threads[t].size(); ++i) {
        for (std::size_t pc = 0; pc < best_.threads[t][i].size(); ++pc) {
          auto candidate = best_;
          remove_instruction(candidate.threads[t][i], pc);
          if (take(std::move(candidate))) return true;
        }
      }
    }
    return false;
  }

  /// A lock and its unlock, the two ends of a block.
  bool fewer_pairs() {
    for (std::size_t t = 0; t < best_.threads.size(); ++t) {
      for (std::size_t i = 0; i < best_.threads[t].size(); ++i) {
        const auto count = best_.threads[t][i].size();
        for (std::size_t first = 0; first < count; ++first) {
          for (std::size_t second = first + 1; second < count; ++second) {
            auto candidate = best_;
            remove_instruction(candidate.threads[t][i], second);
            remove_instruction(candidate.threads[t][i], first);
            if (take(std::move(candidate))) return true;
          }
        }
      }
    }
    return false;
  }

  bool fewer_hooks() {
    for (std::size_t i = 0; i < best_.hooks.size(); ++i) {
      auto candidate = best_;
      candidate.hooks.erase(candidate.hooks.begin() + static_cast<std::ptrdiff_t>(i));
      if (take(std::move(candidate))) return true;
    }
    for (int i = 0; i < best_.words; ++i) {
      if (!best_.watched[i]) continue;
      auto candidate = best_;
      candidate.watched[i] = false;
      if (take(std::move(candidate))) return true;
    }
    return false;
  }

  bool simpler_values() {
    for (std::size_t t = 0; t < best_.threads.size(); ++t) {
      for (std::size_t i = 0; i < best_.threads[t].size(); ++i) {
        for (std::size_t pc = 0; pc < best_.threads[t][i].size(); ++pc) {
          auto candidate = best_;
          auto& code = candidate.threads[t][i][pc];
          code.from = -1;
          code.part = 0;
          code.marked = true;
          if (code == best_.threads[t][i][pc]) continue;
          if (take(std::move(candidate))) return true;
        }
      }
    }
    return false;
  }

  program_spec best_;
  limits bounds_;
  comparer how_;
};

}  // namespace

comparison compare(const program_spec& program, const limits& bounds) {
  comparison result;
  auto reference = search_states(program, bounds.states);
  merge_alike(reference, program);
  if (reference.too_large) {
    result.skipped = true;
    return result;
  }
  result.violation = !reference.violations.empty();
  result.deadlock = !reference.deadlocks.empty();
  std::map<int, std::string> counts;  // by reduction
  for (const auto& row : searches()) {
    const auto most = bounds.*row.most;
    result.executions.push_back(0);
    result.given_up.push_back(false);
    if (most == 0) continue;
    auto seen = row.search(program, most);
    merge_alike(seen, program);
    result.executions.back() = seen.executions;
    result.states = std::max(result.states, seen.states);
    result.given_up.back() = seen.too_large;
    if (seen.too_large) continue;
    note(result.failure, row.name,
         row.exhaustive ? difference(reference, seen) : impossible(reference, seen));
    if (seen.counts.empty()) continue;
    auto& expected = counts[row.reduction];
    if (expected.empty()) expected = seen.counts;
    if (expected != seen.counts) {
      note(result.failure, row.name, fmt::format("  {}, not {}\n", seen.counts, expected));
    }
  }
  return result;
}

comparison compare_weak(const program_spec& program, const limits& bounds) {
  comparison result;
  const auto all =
      observe(program, method::brute_force, bounds.brute_executions, memory_model::c11);
  const auto seen = observe(program, method::dpor, bounds.dpor_executions, memory_model::c11);
  result.skipped = all.too_large || seen.too_large;
  if (result.skipped) return result;
  result.violation = !all.violations.empty();
  result.deadlock = !all.deadlocks.empty();
  result.executions = {all.executions, seen.executions};
  note(result.failure, "DPOR under c11", difference(all, seen));
  const auto strong = observe(program, method::dpor, bounds.dpor_executions, memory_model::sc);
  result.skipped = strong.too_large;
  // Where there are violations, it depends on the search what else is seen.
  if (result.skipped || result.violation) return result;
  note(result.failure, "sc, of which c11 shows all", impossible(all, strong));
  result.weak = all.finals != strong.finals;
  return result;
}

program_spec shrink(program_spec program, const limits& bounds, comparer how) {
  return shrinker(std::move(program), bounds, how).run();
}

}  // namespace checker::generated
