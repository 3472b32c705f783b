// SPDX-License-Identifier: GPL-2.0-only
#include "checker/intercept/recorder.hpp"

#include <utility>

namespace checker {

raw_step& recorder::add(raw_step step) {
  step.step.index = static_cast<int>(steps_.size());
  steps_.push_back(std::move(step));
  return steps_.back();
}

std::vector<trace::frame> symbolize(const raw_stack& stack) {
  static trace::symbolizer names;
  std::vector<trace::frame> frames;
  for (const auto pc : stack) {
    for (const auto& frame : names.frames_at(pc)) {
      if (!frame.file.starts_with("checker/intercept/")) frames.push_back(frame);
    }
  }
  return frames;
}

std::vector<trace::frame> symbolize_lock(const raw_stack& stack) {
  auto frames = symbolize(stack);
  const auto in_header = [](const trace::frame& frame) {
    return frame.file.ends_with(".hpp") || frame.file.ends_with(".h");
  };
  while (frames.size() > 1 && in_header(frames.back())) frames.pop_back();
  return frames;
}

trace::held_lock to_held_lock(const raw_held_lock& held) {
  auto lock = held.lock;
  lock.acquired_stack = symbolize_lock(held.stack);
  return lock;
}

std::vector<trace::step> to_steps(const std::vector<raw_step>& steps) {
  std::vector<trace::step> result;
  result.reserve(steps.size());
  for (const auto& raw : steps) {
    auto step = raw.step;
    const bool lock = step.kind == trace::step_kind::lock ||
                      step.kind == trace::step_kind::trylock ||
                      step.kind == trace::step_kind::unlock;
    step.stack = lock ? symbolize_lock(raw.stack) : symbolize(raw.stack);
    for (const auto& held : raw.held) step.held.push_back(to_held_lock(held));
    result.push_back(std::move(step));
  }
  return result;
}

}  // namespace checker
