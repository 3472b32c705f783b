// SPDX-License-Identifier: GPL-2.0-only
// From coverage marks to lines, branches and functions of the source, by the debug information.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace checker {

/// What the compiler made of a line: stretches of code, in all functions it was compiled into.
struct line_coverage {
  unsigned stretches = 0, reached = 0;
};

/// The two ways out of a conditional jump.
struct branch_coverage {
  int line = 0;
  bool evaluated = false;  ///< either way was taken
  bool jumped = false, fell_through = false;
};

struct function_coverage {
  std::string name;
  int line = 0;
  bool entered = false;
};

struct file_coverage {
  std::string file;  ///< relative to the source root
  std::map<int, line_coverage> lines;
  std::vector<branch_coverage> branches;     ///< by line
  std::vector<function_coverage> functions;  ///< by line

  unsigned lines_reached() const;
  unsigned ways_reached() const;  ///< of 2 * branches.size()
};

struct source_coverage {
  /// By name. Lines and branches of functions that were entered; every function.
  std::vector<file_coverage> files;
  unsigned functions = 0, functions_entered = 0;
};

/// `marks`: a byte for each point (marks.hpp). Bookkeeping that is compiled as code under test
/// (invariants and ghost code: any folder named "invariants") is left out. The first call reads the
/// debug information of all code under test.
source_coverage by_source(std::span<const std::uint8_t> marks);

}  // namespace checker
