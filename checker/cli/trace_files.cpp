// SPDX-License-Identifier: GPL-2.0-only
#include "checker/cli/trace_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "checker/cli/output.hpp"
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

void trace_files::write(result& value) {
  // A directory that could not be written will not be for the next trace either, or is full.
  if (value.violations.empty() || failed_) return;
  try {
    std::error_code reason;
    std::filesystem::create_directories(directory_, reason);
    if (reason) {
      throw trace::file_error(fmt::format("cannot create the trace directory {}: {}",
                                          directory_.string(), reason.message()));
    }
    for (const auto& group : value.violations) {
      const bool first = &group == &value.violations.front();
      const auto path = directory_ / trace_file_name(value, first ? "" : group.kind);
      trace::write_file(path, group.counterexample);
      if (first) value.trace_file = path.string();
    }
  } catch (const std::exception& error) {
    failed_ = true;
    complain(error.what());
  }
}

std::string shell_quoted(const std::string& text) {
  constexpr const char* harmless =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!text.empty() && text.find_first_not_of(harmless) == std::string::npos) return text;
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace checker::cli
