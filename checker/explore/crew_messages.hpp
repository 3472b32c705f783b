// SPDX-License-Identifier: GPL-2.0-only
// What a worker tells the coordinator, beside what is in the graph: data races and lock orders met,
// and in the end what it has reached.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "checker/coverage/coverage.hpp"
#include "checker/detect/data_race.hpp"
#include "checker/detect/lock_order.hpp"

namespace checker {
class execution;
}

namespace checker::explore {

using crew_message = std::variant<std::pair<racing_access, racing_access>, raw_lock_edge, coverage>;

/// One line, without its end. Addresses mean the same in all forks of a process.
std::string to_line(const crew_message& message);
/// Throws std::exception if the line is none of to_line()'s.
crew_message message_from_line(std::string_view line);

/// Writes what an execution has found since it was last asked.
class crew_reporter {
 public:
  /// What is known already is not reported.
  crew_reporter(const execution& engine, int file);
  /// False if nobody listens any more.
  bool report();
  /// Says nothing, but wakes who listens: an empty line.
  bool ring();
  /// What it has reached, all in all.
  bool report_coverage();

 private:
  const execution& engine_;
  int file_;
  std::size_t races_, edges_;
};

}  // namespace checker::explore
