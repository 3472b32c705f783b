// SPDX-License-Identifier: GPL-2.0-only
// What `ptlcheck validate` prints.
#pragma once

#include <string>
#include <vector>

#include "checker/trace/trace.hpp"
#include "checker/validate/comparison.hpp"
#include "checker/validate/copies.hpp"
#include "checker/validate/touched.hpp"

namespace checker::validate {

struct validation {
  std::string command;   ///< as it was typed
  std::string subject;   ///< what was validated: names of patches, or a range
  std::string tool;      ///< "ptlcheck 0.1.0"
  std::string compiler;  ///< name and version
  copies made;
  source::kernel_record kernel;  ///< after the patch
  std::vector<std::string> not_modelled;
  std::vector<touched_function> touched;
  std::vector<comparison> rows;
  std::string shown;  ///< the scenario whose counterexample is easiest to follow; may be empty
  conclusion result = conclusion::open;
};

/// The functions touched, the table of scenarios and the conclusion, in 80 columns.
std::string summary(const validation& value);

/// The conclusion in one line.
std::string conclusion_line(const validation& value);

/// Text for a mail, in 72 columns where names allow: the conclusion, the interleaving and the lock
/// graph of `counterexample` (of shown_violation(); nullptr if there is none), how to see it
/// again, and what the verdict rests on.
std::string for_a_mail(const validation& value, const trace::document* counterexample);

/// All of it for programs: docs/validate.md says what stands where.
std::string to_json(const validation& value);

/// Of the scenarios that became worse, the one whose counterexample is to be shown: value.shown, or
/// the first; nullptr if none did.
const comparison* shown_violation(const validation& value);

/// Names files of the tree as patches do: "mm/memory.c".
void shorten_paths(trace::document& document, const std::string& tree);

}  // namespace checker::validate
