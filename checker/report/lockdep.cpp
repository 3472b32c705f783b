// SPDX-License-Identifier: GPL-2.0-only
#include "checker/report/lockdep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/report/text.hpp"

namespace checker::report {
namespace {

using trace::lock_edge;

/// One arc of a circular dependency: `edge.to` was or is to be taken while `edge.from` was held.
using chain = std::vector<lock_edge>;

/// "ptlock/1": a class as the validator names it, with its subclass.
std::string class_name(std::string_view lock_class, int subclass) {
  const std::string name = printable(lock_class.empty() ? "lock" : lock_class);
  return subclass > 0 ? fmt::format("{}/{}", name, subclass) : name;
}

class lockdep_writer {
 public:
  explicit lockdep_writer(const trace::document& document) : document_(document) {}

  std::string write() {
    const trace::violation& result = document_.result;
    const chain arcs = result.cycle.empty() ? chain_of_waits() : result.cycle;
    if (arcs.size() == 1)
      print_recursion(arcs.front());
    else if (!arcs.empty())
      print_circular(arcs);
    else if (const lock_edge again = recursion(); !again.to.empty())
      print_recursion(again);
    else
      print_held_only();
    return std::move(text_);
  }

 private:
  void put(const std::string& line) { text_ += line + "\n"; }
  /// For a line with names in it, which may be long: `indent` spaces, then `words`.
  void put(int indent, const std::string& words) {
    for (const std::string& part : wrap(words, line_width - indent, 2))
      put(std::string(static_cast<std::size_t>(indent), ' ') + part);
  }
  void bar(char c) { put(std::string(54, c)); }

  std::string task(int index) const {
    // The kernel has "name/pid", but our threads' names may hold a slash.
    return fmt::format("{} (thread {})", thread_name(document_.threads, index), index);
  }

  /// "(ptlock){....}, at: copy_pte_range memory.cpp:221 [child ptlock[0]]"
  std::string lock_line(const std::string& name, const std::string& lock_class,
                        const std::vector<trace::frame>& stack) const {
    std::string line = fmt::format("({}){{....}}", lock_class);
    if (!stack.empty())
      line += fmt::format(", at: {} {}", printable(stack.back().function),
                          short_place_of(stack.back()));
    return line + fmt::format(" [{}]", printable(name));
  }

  void put_stack(const std::vector<trace::frame>& stack, int indent) {
    for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame)
      put(indent, fmt::format("{} {}", printable(frame->function), place_of(*frame)));
  }

  void print_ident(const std::string& warning) {
    bar('=');
    put(0, "WARNING: " + warning);
    const std::string kernel = document_.kernel.empty() ? "no kernel" : printable(document_.kernel);
    put(0, fmt::format("{} {}{}", kernel, printable(document_.scenario),
                       document_.patch.empty() ? "" : " [" + printable(document_.patch) + "]"));
    bar('-');
  }

  /// The held-to-wanted arcs of a deadlock: each waiting thread wants a lock while it holds one
  /// that the next waits for.
  chain chain_of_waits() const {
    const std::vector<trace::wait>& waits = document_.result.waits;
    const auto wait_of = [&](int index) {
      return std::find_if(waits.begin(), waits.end(),
                          [&](const trace::wait& entry) { return entry.thread == index; });
    };
    // Follow the first holder that waits itself until a thread comes up again.
    std::vector<std::vector<trace::wait>::const_iterator> path;
    for (auto here = waits.begin(); here != waits.end();) {
      const auto again = std::find(path.begin(), path.end(), here);
      if (again != path.end()) {
        path.erase(path.begin(), again);
        return arcs_of(path);
      }
      path.push_back(here);
      auto next = waits.end();
      for (const int holder : here->holders)
        if (next == waits.end()) next = wait_of(holder);
      here = next;
    }
    return {};
  }

  chain arcs_of(const std::vector<std::vector<trace::wait>::const_iterator>& path) const {
    chain arcs;
    for (std::size_t i = 0; i < path.size(); ++i) {
      const trace::wait& wants = *path[i];
      const trace::wait& before = *path[(i + path.size() - 1) % path.size()];
      lock_edge arc;
      arc.thread = wants.thread;
      arc.from = before.lock;  // held by this thread, wanted by the one before
      arc.to = wants.lock;
      arc.to_class = wants.lock_class;
      arc.stack = wants.stack;
      for (const trace::held_lock& lock : document_.result.held) {
        if (lock.thread != wants.thread || lock.name != arc.from) continue;
        arc.from_class = lock.lock_class;
        arc.from_subclass = lock.subclass;
        arc.from_stack = lock.acquired_stack;
      }
      arcs.push_back(std::move(arc));
    }
    return arcs;
  }

  /// The violating step takes a class its thread holds already.
  lock_edge recursion() const {
    const trace::violation& result = document_.result;
    if (result.step < 0) return {};
    const trace::step& step = document_.steps[static_cast<std::size_t>(result.step)];
    if (step.kind != trace::step_kind::lock && step.kind != trace::step_kind::trylock) return {};
    for (const trace::held_lock& lock : step.held) {
      if (lock.lock_class != step.lock_class || lock.subclass != step.subclass) continue;
      lock_edge again;
      again.thread = step.thread;
      again.from = lock.name;
      again.from_class = lock.lock_class;
      again.from_subclass = lock.subclass;
      again.from_stack = lock.acquired_stack;
      again.to = step.object;
      again.to_class = step.lock_class;
      again.to_subclass = step.subclass;
      again.stack = step.stack;
      return again;
    }
    return {};
  }

  void print_both(const lock_edge& edge) {
    put(0, fmt::format("{} is trying to acquire lock:", task(edge.thread)));
    put(0, lock_line(edge.to, class_name(edge.to_class, edge.to_subclass), edge.stack));
    put("");
    put("but task is already holding lock:");
    put(0, lock_line(edge.from, class_name(edge.from_class, edge.from_subclass), edge.from_stack));
    put("");
  }

  void print_recursion(const lock_edge& edge) {
    print_ident("possible recursive locking detected");
    print_both(edge);
    put("other info that might help us debug this:");
    put(" Possible unsafe locking scenario:");
    put("");
    put("       CPU0");
    put("       ----");
    put(2, fmt::format("lock({});", class_name(edge.from_class, edge.from_subclass)));
    put(2, fmt::format("lock({});", class_name(edge.to_class, edge.to_subclass)));
    put("");
    put(" *** DEADLOCK ***");
    put("");
    if (edge.from != edge.to) put(" May be due to missing lock nesting notation\n");
    print_held(edge.thread);
    put("");
    put("stack backtrace:");
    put_stack(edge.stack, 1);
  }

  void print_circular(const chain& arcs) {
    print_ident("possible circular locking dependency detected");
    // The last arc closes the circle; the others were there before.
    const lock_edge& closing = arcs.back();
    print_both(closing);
    put("which lock already depends on the new lock.\n");
    put("the existing dependency chain (in reverse order) is:");
    for (std::size_t i = arcs.size(); i-- > 0;) {
      // #0 is the new lock, taken where the circle closes.
      const lock_edge& arc = arcs[i == 0 ? arcs.size() - 1 : i - 1];
      put("");
      put(0, fmt::format("-> #{} ({}){{....}} [{}]:", i, class_name(arc.to_class, arc.to_subclass),
                         printable(arc.to)));
      put(7, fmt::format("taken by {} with {} held", task(arc.thread), printable(arc.from)));
      put_stack(arc.stack, 7);
    }
    put("\nother info that might help us debug this:\n");
    if (arcs.size() > 2) {
      std::string line = "Chain exists of:\n  ";
      for (const lock_edge& arc : arcs)
        line += class_name(arc.from_class, arc.from_subclass) + " --> ";
      put(line + class_name(closing.to_class, closing.to_subclass) + "\n");
    }
    print_unsafe_scenario(closing, arcs);
    print_held(closing.thread);
    put("");
    put("stack backtrace:");
    put_stack(closing.stack, 1);
  }

  void print_unsafe_scenario(const lock_edge& closing, const chain& arcs) {
    const lock_edge& other = arcs[arcs.size() - 2];
    const auto left = [&](const std::string& name) { return fmt::format("  lock({});", name); };
    const auto right = [&](const std::string& name) {
      return std::string(31, ' ') + fmt::format("lock({});", name);
    };
    // Classes as the validator has them, unless that would make all four lines the same.
    const bool alike =
        closing.from_class == closing.to_class && closing.from_subclass == closing.to_subclass;
    const auto name = [&](const std::string& lock, const std::string& lock_class, int subclass) {
      return alike ? printable(lock) : class_name(lock_class, subclass);
    };
    const std::string held = name(closing.from, closing.from_class, closing.from_subclass);
    put(" Possible unsafe locking scenario:\n");
    put("       CPU0                    CPU1");
    put("       ----                    ----");
    put(left(held));
    put(right(name(other.from, other.from_class, other.from_subclass)));
    put(right(held));
    put(left(name(closing.to, closing.to_class, closing.to_subclass)));
    put("\n *** DEADLOCK ***\n");
  }

  void print_held(int index) {
    std::vector<const trace::held_lock*> locks;
    for (const trace::held_lock& lock : document_.result.held)
      if (lock.thread == index) locks.push_back(&lock);
    if (locks.empty()) {
      put(0, fmt::format("no locks held by {}.", task(index)));
      return;
    }
    put(0, fmt::format("{} lock{} held by {}:", locks.size(), locks.size() == 1 ? "" : "s",
                       task(index)));
    for (std::size_t i = 0; i < locks.size(); ++i) {
      put(1, fmt::format(
                 "#{}: {}", i,
                 lock_line(locks[i]->name, class_name(locks[i]->lock_class, locks[i]->subclass),
                           locks[i]->acquired_stack)));
    }
  }

  void print_held_only() {
    const trace::violation& result = document_.result;
    print_ident(fmt::format("{}: {}", printable(result.kind), printable(result.message)));
    put("Showing all locks held in the system:");
    for (std::size_t i = 0; i < document_.threads.size(); ++i) print_held(static_cast<int>(i));
    if (result.step < 0) return;
    const trace::step& step = document_.steps[static_cast<std::size_t>(result.step)];
    put("");
    put(0, fmt::format("stack backtrace of {}:", task(step.thread)));
    put_stack(step.stack, 1);
  }

  const trace::document& document_;
  std::string text_;
};

}  // namespace

std::string lockdep(const trace::document& document) { return lockdep_writer(document).write(); }

}  // namespace checker::report
