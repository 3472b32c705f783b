// SPDX-License-Identifier: GPL-2.0-only
// From return addresses to function, file and line, by the debug information of this process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checker/trace/trace.hpp"

namespace checker::trace {

/// The last identifier of a demangled or plain symbol: without namespaces, arguments, template
/// arguments, return type and the compiler's clone suffixes. "model::v4_14::copy_pte_range(mm*)"
/// becomes "copy_pte_range".
std::string short_name(std::string_view symbol);

/// Reads this process's debug information now, which the first look-up would otherwise do. For a
/// process about to fork.
void read_debug_information();

/// Thread-unsafe. Answers are cached. Any number of symbolizers share one reading of the debug
/// information, which stays in memory until the process ends.
class symbolizer {
 public:
  symbolizer();

  /// The functions a return address lies in, outermost first; more than one where calls were
  /// inlined. File names are relative to the source root where they lie below it. An address nobody
  /// knows gives one frame {"0x...", "", 0}.
  const std::vector<frame>& frames_at(std::uintptr_t return_address);

 private:
  std::string relative_file(std::string_view file) const;
  const std::string& name_of(const char* symbol);

  std::string prefix_;  ///< what the debug information puts before the source root
  std::unordered_map<std::uintptr_t, std::vector<frame>> cache_;
  std::unordered_map<std::string, std::string> names_;  ///< of symbols
};

}  // namespace checker::trace
