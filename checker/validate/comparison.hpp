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
  none,           ///< the same verdict, the same kinds
  new_violation,  ///< there was none before
  changed,        ///< other kinds than before
  gone,           ///< there is none any more
  open,           ///< not proved after the patch, and no violation either
};

struct comparison {
  case_outcome before, after;
  change what = change::none;
  /// After the patch there is a kind of violation that was not there before.
  bool is_worse() const { return what == change::new_violation || what == change::changed; }
};

/// Scenarios that ran on both, in the order of `after`.
std::vector<comparison> compare(const std::vector<case_outcome>& before,
                                const std::vector<case_outcome>& after);

enum class conclusion {
  no_new_violation,
  new_violation,
  not_exercised,  ///< no execution came to what the patch changes
  open,           ///< a scenario is bounded or an error
};

conclusion conclude(const std::vector<comparison>& rows,
                    const std::vector<touched_function>& touched);

/// "violation (rss, mapcount)", "verified", "bounded (interrupted)"
std::string verdict_words(const case_outcome& outcome);

}  // namespace checker::validate
