// SPDX-License-Identifier: GPL-2.0-only
// Which part of a call stack is the code under test.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::report {

/// Tells the functions a reader cares about from what starts an operation and from accessors and
/// primitives. The code under test is what the document says it is, or else the source folder that
/// most callers on its stacks stand in.
class code_under_test {
 public:
  explicit code_under_test(const trace::document& document);

  /// From the outermost to the innermost function of the code under test. Where there is none: the
  /// outermost functions of one folder. Empty for an empty stack only.
  std::span<const trace::frame> part_of(const std::vector<trace::frame>& stack) const;

  /// "copy_pte_range() memory.cpp:223", of the innermost function of that part; empty if the stack
  /// is.
  std::string place_in(const std::vector<trace::frame>& stack) const;

 private:
  std::set<std::string> folders_;
};

}  // namespace checker::report
