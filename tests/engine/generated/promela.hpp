// SPDX-License-Identifier: GPL-2.0-only
// Generated programs as Promela, for Spin: an opinion on what they can do that shares nothing with
// the engine and nothing with the reference model but the meaning of an instruction.
//
// One model holds many programs, because compiling a model takes far longer than searching one: its
// init process picks a program and starts its threads. A step is one d_step, guarded by the
// thread's position and by what the step waits for; what is no step (skips, ghost code, hooks, the
// rules that are checked when a thread arrives before its next step) is done at the end of the
// d_step before it. A choice is a transition for each value, taken before any other thread goes on.
//
// Where no thread can go on, init prints the state.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/engine/generated/observe.hpp"
#include "tests/engine/generated/program.hpp"

namespace checker::generated {

/// Spin numbers process types with a byte, and one model has one for each thread of its programs.
inline constexpr std::size_t max_process_types = 250;

/// Why the program can't be written as Promela exactly; empty if it can.
std::string not_expressible(const program_spec& program);

/// The model of all programs. REQUIRES: each can be expressed, and at most max_process_types
/// threads.
std::string promela_model(std::span<const program_spec> programs);

/// What the model's verifier printed, for each program: final states, deadlocks, flags and
/// violations. Data races, lock edges and inversions stay empty: Promela knows none. Throws
/// std::runtime_error if `output` is not what a model of these programs prints.
std::vector<observations> read_verifier(std::span<const program_spec> programs,
                                        std::string_view output);

}  // namespace checker::generated
