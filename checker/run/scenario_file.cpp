// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/scenario_file.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "checker/run/registry.hpp"
#include "checker/source/cache.hpp"
#include "checker/source/program.hpp"
#include "checker/source/temporary_directory.hpp"

namespace checker {
namespace {

namespace fs = std::filesystem;

constexpr const char* compiler = "g++";

/// The first error that the compiler tells of, with its place.
std::string first_error(const source::program_outcome& outcome) {
  for (std::size_t begin = 0; begin < outcome.err.size();) {
    const auto end = std::min(outcome.err.find('\n', begin), outcome.err.size());
    const auto line = outcome.err.substr(begin, end - begin);
    if (line.find("error: ") != std::string::npos) return line;
    begin = end + 1;
  }
  return source::last_words(outcome);
}

fs::path compile(const fs::path& file, const fs::path& root, const fs::path& scratch) {
  auto library = scratch / "scenarios.so";
  // Not instrumented: scenarios are not under test.
  const auto outcome = source::run_program(
      {compiler, "-std=c++20", "-O0", "-g1", "-fPIC", "-shared", "-Wl,-z,now", "-DFMT_SHARED",
       "-I" + root.string(), "-o", library.string(), fs::absolute(file).string()});
  if (outcome.status == 0) return library;
  if (outcome.status == 127) {
    throw std::runtime_error(fmt::format("{} is needed to compile {}: {}", compiler, file.string(),
                                         last_words(outcome)));
  }
  throw std::runtime_error(first_error(outcome));
}

}  // namespace

bool is_scenario_file(const std::string& word) { return word.find('.') != std::string::npos; }

void add_scenarios_of(const fs::path& file, const fs::path& root) {
  source::text_hash code;
  code.add(source::read_file(file));
  const source::temporary_directory scratch;
  const auto library = compile(file, root, scratch.path());
  std::string failure;
  auto added = registry::scenarios_added_by([&] {
    // It stays loaded until the process ends.
    if (dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL) == nullptr) failure = dlerror();
  });
  if (!failure.empty()) {
    throw std::runtime_error(fmt::format("{} can't be loaded: {}", file.string(), failure));
  }
  if (added.empty()) {
    throw std::runtime_error(fmt::format("{} registers no scenario", file.string()));
  }
  for (auto& each : added) {
    if (registry::find_scenario(each.name) != nullptr) {
      throw std::runtime_error(
          fmt::format("{}: there is a scenario '{}' already", file.string(), each.name));
    }
    each.key = code.digits();
    registry::add(std::move(each));
  }
}

}  // namespace checker
