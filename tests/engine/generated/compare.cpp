// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
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
  shrinker(program_spec program, const limits& bounds)
      : best_(std::move(program)), bounds_(bounds) {}

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
    if (candidate.threads.empty() || compare(candidate, bounds_).failure.empty()) return false;
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
  const auto check = [&](method how, std::uint64_t most, std::uint64_t& executions) {
    if (most == 0) return;
    auto seen = observe(program, how, most);
    merge_alike(seen, program);
    executions = seen.executions;
    result.states = std::max(result.states, seen.states);
    result.skipped |= seen.too_large;
    if (!seen.too_large) note(result.failure, to_string(how), difference(reference, seen));
  };
  check(method::brute_force, bounds.brute_executions, result.brute_executions);
  check(method::dpor, bounds.dpor_executions, result.dpor_executions);
  check(method::dpor_with_cache, bounds.cached_executions, result.cached_executions);
  check(method::graph, bounds.cached_executions, result.graph_executions);
  check(method::graph_with_blocks, bounds.cached_executions, result.graph_executions);
  check(method::graph_reduced, bounds.cached_executions, result.graph_executions);
  return result;
}

program_spec shrink(program_spec program, const limits& bounds) {
  return shrinker(std::move(program), bounds).run();
}

}  // namespace checker::generated
