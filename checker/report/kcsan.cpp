// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/kcsan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/report/text.hpp"

namespace checker::report {
namespace {

constexpr std::string_view bar =
    "==================================================================\n";

/// Always inlined in the kernel, so its reports never show them.
bool inlined(const trace::frame& frame) {
  return frame.function.starts_with("atomic_") || frame.function == "READ_ONCE" ||
         frame.function == "WRITE_ONCE";
}

std::span<const trace::frame> shown_stack(const trace::step& step) {
  std::span<const trace::frame> stack(step.stack);
  while (stack.size() > 1 && inlined(stack.back())) stack = stack.first(stack.size() - 1);
  return stack;
}

std::string function_of(const trace::step& step) {
  return step.stack.empty() ? printable(step.object) : printable(shown_stack(step).back().function);
}

std::string access(const trace::step& step, std::span<const trace::thread> threads) {
  const std::string_view verb = step.kind == trace::step_kind::rmw ? "read-write"
                                : writes(step)                     ? "write"
                                                                   : "read";
  std::string text = fmt::format("{}{} to {:#018x} of {} bytes by task {} on cpu {}:\n", verb,
                                 step.marked ? " (marked)" : "", step.address, step.size,
                                 thread_name(threads, step.thread), step.thread);
  const std::span<const trace::frame> stack = shown_stack(step);
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame)
    text += fmt::format(" {} {}\n", printable(frame->function), place_of(*frame));
  if (!step.object.empty()) text += fmt::format(" [{}]\n", printable(step.object));
  return text;
}

}  // namespace

std::string kcsan_title(const trace::step& one, const trace::step& other) {
  std::string first = function_of(one), second = function_of(other);
  // Sorted, so that a race has one name whichever access came first.
  if (second < first) std::swap(first, second);
  return first == second ? fmt::format("BUG: KCSAN: data-race in {}", first)
                         : fmt::format("BUG: KCSAN: data-race in {} / {}", first, second);
}

std::string kcsan(const trace::step& one, const trace::step& other,
                  std::span<const trace::thread> threads) {
  const trace::step& writer = writes(one) || !writes(other) ? one : other;
  const trace::step& peer = &writer == &one ? other : one;
  std::string text = fmt::format("{}{}\n\n{}\n{}", bar, kcsan_title(one, other),
                                 access(writer, threads), access(peer, threads));
  if (writes(writer) && !writer.before.empty())
    text += fmt::format("\nvalue changed: {} -> {}\n", printable(writer.before),
                        printable(writer.after));
  return text.append(bar);
}

}  // namespace checker::report
