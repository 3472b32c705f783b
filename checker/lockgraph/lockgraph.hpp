// SPDX-License-Identifier: GPL-2.0-only
// The lock graph of a counterexample: who held what, who waits for what, in which order locks were
// taken, and which lock should have covered the two accesses that broke an invariant.
#pragma once

#include <stdexcept>
#include <string>

#include "checker/trace/trace.hpp"

namespace checker::lockgraph {

/// Graphviz could not draw. what() is one line.
class render_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The graph in Graphviz' language.
std::string to_dot(const trace::document& document);

/// The graph drawn by Graphviz' `dot`. Throws render_error if `dot` is missing, fails, or takes
/// longer than a minute.
std::string svg(const trace::document& document);

/// The graph in words, for a mail: at most 76 columns where names allow.
std::string text(const trace::document& document);

}  // namespace checker::lockgraph
