// SPDX-License-Identifier: GPL-2.0-only
// Keeps what an execution did, raw, and turns it into a trace afterwards: no formatting of stacks
// happens on a fiber.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "checker/intercept/api.h"
#include "checker/intercept/call_stack.hpp"
#include "checker/intercept/footprint.hpp"
#include "checker/trace/symbolize.hpp"
#include "checker/trace/trace.hpp"

namespace checker {

struct raw_held_lock {
  trace::held_lock lock;  ///< without its stack
  raw_stack stack;
};

struct raw_step {
  trace::step step;  ///< without stacks, held locks
  raw_stack stack;
  std::vector<raw_held_lock> held;
  std::vector<footprint_item> touched;
  const void* value_address = nullptr;  ///< whose new value is still to be read
  int value_size = 0;
  bool value_in_note = false;  ///< it goes into the last note
};

class recorder {
 public:
  void enable(bool on) { enabled_ = on; }
  bool enabled() const { return enabled_; }
  void clear() { steps_.clear(); }

  raw_step& add(raw_step step);
  /// The last step, to be completed; nullptr if there is none.
  raw_step* last() { return steps_.empty() ? nullptr : &steps_.back(); }
  std::size_t size() const { return steps_.size(); }
  const std::vector<raw_step>& steps() const { return steps_; }

 private:
  bool enabled_ = false;
  std::vector<raw_step> steps_;
};

/// Names for a raw stack, outermost first. Frames of the checker itself are left out.
std::vector<trace::frame> symbolize(const raw_stack& stack);

/// The same for a lock operation, without the inline functions in headers that wrap it: where a
/// lock is taken is where its wrapper is called.
std::vector<trace::frame> symbolize_lock(const raw_stack& stack);

/// The recorded steps with their stacks named.
std::vector<trace::step> to_steps(const std::vector<raw_step>& steps);
trace::held_lock to_held_lock(const raw_held_lock& held);

}  // namespace checker
