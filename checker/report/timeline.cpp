// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/timeline.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>

#include "checker/report/code_under_test.hpp"

namespace checker::report {
namespace {

using trace::step_kind;

class builder {
 public:
  builder(const trace::document& document, bool helpers)
      : document_(document),
        helpers_(helpers),
        subject_(document),
        threads_(document.threads.size()) {}

  void add(const trace::step& step, bool shown) {
    thread_state& state = state_of(step.thread);
    if (step.operation != state.operation || step.kind == step_kind::begin) {
      // What was folded in an operation that was never shown needs no row of its own.
      if (state.operation_printed) flush(step.thread);
      state.folded_before += std::exchange(state.folded, 0);
      state.operation = step.operation;
      state.operation_printed = false;
      state.calls.clear();
    }
    follow(state, visible(step.stack));
    if (!shown) {
      if (step.kind == step_kind::begin || step.kind == step_kind::end) return;
      if (state.folded + state.folded_before == 0) state.first_folded = step.index;
      ++state.folded;
      return;
    }
    flush_all();
    print_calls(step.thread);
    emit({.kind = timeline_row::type::step,
          .thread = step.thread,
          .depth = depth_of(state),
          .name = {},
          .step = step.index});
  }

  void add(const trace::wait& wait) {
    flush_all();
    follow(state_of(wait.thread), visible(wait.stack));
    print_calls(wait.thread);
    emit({.kind = timeline_row::type::blocked,
          .thread = wait.thread,
          .depth = depth_of(state_of(wait.thread)),
          .name = wait.lock});
  }

  /// One end of what repeats.
  void bracket(timeline_row::type end) {
    flush_all();
    timeline_row row;
    row.kind = end;
    rows_.push_back(std::move(row));
    last_thread_ = -1;
  }

  std::vector<timeline_row> finish() {
    flush_all();
    return std::move(rows_);
  }

 private:
  struct call {
    trace::frame frame;
    bool printed = false;
  };
  struct thread_state {
    int operation = 0;
    bool operation_printed = false;
    std::vector<call> calls;
    int folded = 0;         ///< in this operation
    int folded_before = 0;  ///< in whole operations before it
    int first_folded = 0;   ///< index of the first of them
  };

  thread_state& state_of(int thread) { return threads_[static_cast<std::size_t>(thread)]; }

  static int depth_of(const thread_state& state) {
    return static_cast<int>(std::count_if(state.calls.begin(), state.calls.end(),
                                          [](const call& entry) { return entry.printed; })) +
           1;
  }

  std::span<const trace::frame> visible(const std::vector<trace::frame>& stack) const {
    return helpers_ ? std::span<const trace::frame>(stack) : subject_.part_of(stack);
  }

  /// Makes the thread's calls those of `stack`. A frame that stands on another line than before is
  /// still the same call, but what it calls from there is a new one.
  static void follow(thread_state& state, std::span<const trace::frame> stack) {
    std::size_t common = 0;
    while (common < stack.size() && common < state.calls.size()) {
      trace::frame& known = state.calls[common].frame;
      if (known.function != stack[common].function || known.file != stack[common].file) break;
      const bool same_line = known.line == stack[common].line;
      known.line = stack[common].line;
      ++common;
      if (!same_line) break;
    }
    state.calls.resize(common);
    for (std::size_t i = common; i < stack.size(); ++i) state.calls.push_back({stack[i], false});
  }

  void emit(timeline_row row) {
    row.switched = row.thread != last_thread_;
    last_thread_ = row.thread;
    rows_.push_back(std::move(row));
  }

  void print_operation(int thread) {
    thread_state& state = state_of(thread);
    if (std::exchange(state.operation_printed, true)) return;
    const auto& names = document_.threads[static_cast<std::size_t>(thread)].operations;
    const auto index = static_cast<std::size_t>(state.operation);
    emit({.kind = timeline_row::type::operation,
          .thread = thread,
          .depth = 0,
          .name = index < names.size() ? names[index] : std::string()});
  }

  void print_calls(int thread) {
    print_operation(thread);
    thread_state& state = state_of(thread);
    for (call& entry : state.calls) {
      if (entry.printed) continue;
      const int depth = depth_of(state);
      entry.printed = true;
      emit({.kind = timeline_row::type::call,
            .thread = thread,
            .depth = depth,
            .name = entry.frame.function});
    }
  }

  void emit_folded(int thread, int depth, int count) {
    if (count == 0) return;
    emit({.kind = timeline_row::type::folded,
          .thread = thread,
          .depth = depth,
          .name = {},
          .step = -1,
          .count = count});
  }

  void flush(int thread) {
    thread_state& state = state_of(thread);
    emit_folded(thread, 0, std::exchange(state.folded_before, 0));
    if (state.folded == 0) return;
    print_operation(thread);
    emit_folded(thread, depth_of(state), std::exchange(state.folded, 0));
  }

  void flush_all() {
    std::vector<int> order(threads_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int one, int other) {
      return state_of(one).first_folded < state_of(other).first_folded;
    });
    for (const int thread : order) flush(thread);
  }

  const trace::document& document_;
  bool helpers_;
  code_under_test subject_;
  std::vector<thread_state> threads_;
  std::vector<timeline_row> rows_;
  int last_thread_ = -1;
};

}  // namespace

std::vector<timeline_row> timeline_of(const trace::document& document,
                                      const std::vector<bool>& shown, bool helpers) {
  builder rows(document, helpers);
  const auto& range = document.result.repeats;
  for (std::size_t i = 0; i < document.steps.size(); ++i) {
    const int index = static_cast<int>(i);
    if (range && index == range->first) rows.bracket(timeline_row::type::repeats);
    rows.add(document.steps[i], i < shown.size() && shown[i]);
    if (range && index == range->last) rows.bracket(timeline_row::type::repeated);
  }
  for (const trace::wait& entry : document.result.waits) rows.add(entry);
  return rows.finish();
}

}  // namespace checker::report
