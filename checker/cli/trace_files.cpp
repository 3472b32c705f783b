// SPDX-License-Identifier: GPL-2.0-only
#include "checker/cli/trace_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "checker/cli/output.hpp"
#include "checker/report/outcome.hpp"
#include "checker/report/text.hpp"
#include "checker/run/registry.hpp"
#include "checker/trace/atomic_file.hpp"
#include "checker/trace/json.hpp"

namespace checker::cli {
namespace {

// Kinds and names are ours, but a slash in one ("toy/mutex") must not become a folder.
std::string file_name_part(std::string_view text) {
  std::string part(text);
  std::replace(part.begin(), part.end(), '/', '-');
  return part;
}

}  // namespace

std::string trace_file_name(const result& value, std::string_view kind) {
  std::string name = file_name_part(value.scenario);
  const scenario* subject = registry::find_scenario(value.scenario);
  if (subject != nullptr && subject->kernels.size() > 1) name += "+" + file_name_part(value.kernel);
  if (!value.patch.empty()) name += "+" + file_name_part(value.patch);
  if (!kind.empty()) name += "+" + file_name_part(kind);
  return name + ".trace.json";
}

void trace_files::make_directory() const {
  std::error_code reason;
  std::filesystem::create_directories(directory_, reason);
  if (reason) {
    throw trace::file_error(fmt::format("cannot create the trace directory {}: {}",
                                        directory_.string(), reason.message()));
  }
}

std::string trace_files::write_data_races(const std::vector<result>& results) {
  std::string text;
  for (const auto& each : results) {
    if (each.reports.empty()) continue;
    text += fmt::format("{}{}: {} reported\n", text.empty() ? "" : "\n", report::result_name(each),
                        report::counted(static_cast<int>(each.reports.size()), "data race"));
    for (const auto& race : each.reports) text += "\n" + race;
  }
  if (text.empty() || failed_) return {};
  try {
    make_directory();
    const auto path = directory_ / "data-races.txt";
    trace::write_atomically(path, text);
    return path.string();
  } catch (const std::exception& error) {
    failed_ = true;
    complain(error.what());
    return {};
  }
}

void trace_files::write(result& value) {
  // A directory that could not be written will not be for the next trace either, or is full.
  if (value.violations.empty() || failed_) return;
  try {
    make_directory();
    const violation_group* const leading = leading_violation(value);
    for (auto& group : value.violations) {
      const bool leads = &group == leading;
      const auto path = directory_ / trace_file_name(value, leads ? "" : group.kind);
      trace::write_file(path, group.counterexample);
      group.trace_file = path.string();
    }
  } catch (const std::exception& error) {
    failed_ = true;
    complain(error.what());
  }
}

}  // namespace checker::cli
