// SPDX-License-Identifier: GPL-2.0-only
// Two runs of the same scenarios, before and after a patch, and what to conclude.
#pragma once

#include <string>
#include <vector>

#include "checker/validate/touched.hpp"

namespace checker::validate {

/// A result of `run --json`.
struct case_outcome {
  std::string scenario;
  std::string verdict;             ///< "verified", "bounded", "violation", "error"
  std::vector<std::string> kinds;  ///< of violations, the leading one first
  std::string message;             ///< of the leading violation
  std::string why;                 ///< it is bounded, or an error
  std::string trace;               ///< file of the leading counterexample; or empty
};

/// Throws nlohmann::json::exception if `text` is not what `run --json` prints.
std::vector<case_outcome> read_run(const std::string& text);

enum class change {
  none,           ///< verified before and after
  new_violation,  ///< there was none before
  changed,        ///< other kinds than before
  gone,           ///< there is none any more
  still,          ///< no kind that was not there before; what it hides was not explored
  open,           ///< not proved after the patch, and no violation either
};

struct comparison {
  case_outcome before, after;
  change what = change::none;
  /// After the patch there is a kind of violation that was not there before.
  bool is_worse() const { return what == change::new_violation || what == change::changed; }
};

/// In the order of `after`. Throws std::runtime_error with one line unless both ran the same
/// scenarios.
std::vector<comparison> compare(const std::vector<case_outcome>& before,
                                const std::vector<case_outcome>& after);

enum class conclusion {
  no_new_violation,  ///< all that the patch changes was run, and all scenarios are verified
  new_violation,
  partly_exercised,  ///< none, but no execution came to some of what the patch changes
  not_exercised,     ///< to any of it
  open,              ///< a scenario is not explored to its end: bounded, an error, still failing
};

conclusion conclude(const std::vector<comparison>& rows,
                    const std::vector<touched_function>& touched);

/// "violation (rss, mapcount)", "verified", "bounded (interrupted)"
std::string verdict_words(const case_outcome& outcome);

}  // namespace checker::validate
