// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/checkpoints.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "checker/intercept/hash.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/result_json.hpp"
#include "checker/trace/atomic_file.hpp"

namespace checker {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string hash_of(std::string_view text) {
  std::uint64_t low = text.size(), high = ~low;
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, std::min<std::size_t>(8, text.size() - at));
    low = fold(low ^ word, 0x9e3779b97f4a7c15ULL) + 1;
    high = fold(high ^ word, 0x8ebc6af09c88c6e3ULL) + 1;
  }
  return fmt::format("{:016x}{:016x}", low, high);
}

}  // namespace

checkpoints::checkpoints(std::filesystem::path directory, double every_seconds, bool resume)
    : directory_(std::move(directory)), every_seconds_(every_seconds), resume_(resume) {
  if (!enabled()) return;
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) {
    throw trace::file_error(
        fmt::format("cannot write {}: {}", directory_.string(), error.message()));
  }
  for (const auto& each : std::filesystem::directory_iterator(directory_, error)) {
    const auto extension = each.path().extension();
    if (extension == ".result" || extension == ".checkpoint") empty_ = false;
  }
  program_ = hash_of(read_file("/proc/self/exe"));
}

std::filesystem::path checkpoints::file_for(const suite_case& subject,
                                            const char* extension) const {
  auto name = subject.subject->name;
  if (!subject.kernel.empty()) name += "." + subject.kernel;
  if (!subject.patch.empty()) name += "+" + subject.patch;
  for (const auto& parameter : subject.subject->parameters) {
    const auto value = subject.parameters.at(parameter.name);
    if (value != parameter.default_value) name += fmt::format(".{}={}", parameter.name, value);
  }
  for (auto& letter : name) {
    if (letter == '/') letter = '-';
  }
  return directory_ / (name + extension);
}

std::string checkpoints::identity_of(const suite_case& subject, const explore::options& how) const {
  const auto* const imported = registry::find_imported_kernel(subject.kernel);
  const nlohmann::json identity = {
      {"program", program_},
      {"scenario", subject.subject->name},
      {"kernel", subject.kernel},
      {"code", imported == nullptr ? std::string() : imported->key},
      {"scenario_code", subject.subject->key},
      {"patch", subject.patch},
      {"parameters", subject.parameters},
      {"search", static_cast<int>(how.search)},
      {"reductions", {how.reduce.blocks, how.reduce.threads, how.reduce.counters}},
      {"max_steps", how.max_steps},
      {"data_races", static_cast<int>(how.data_races)},
  };
  return identity.dump();
}

explore::checkpoint_plan checkpoints::plan_for(const suite_case& subject,
                                               const explore::options& how) const {
  if (!enabled()) return {};
  return {file_for(subject, ".checkpoint"), identity_of(subject, how), every_seconds_, resume_};
}

std::optional<result> checkpoints::ended(const suite_case& subject,
                                         const explore::options& how) const {
  if (!enabled() || !resume_) return {};
  const auto text = read_file(file_for(subject, ".result"));
  const auto end = text.find('\n');
  if (end == std::string::npos || text.substr(0, end) != identity_of(subject, how)) return {};
  try {
    return result_from_line(std::string_view(text).substr(end + 1));
  } catch (const std::exception&) {
    return {};  // damaged: the case is run again
  }
}

void checkpoints::keep(const suite_case& subject, const explore::options& how,
                       const result& outcome) const {
  if (!enabled() || outcome.outcome == verdict::bounded || outcome.outcome == verdict::error)
    return;
  trace::write_atomically(file_for(subject, ".result"),
                          identity_of(subject, how) + "\n" + result_to_line(outcome));
  std::error_code ignored;
  std::filesystem::remove(file_for(subject, ".checkpoint"), ignored);
}

}  // namespace checker
