// SPDX-License-Identifier: GPL-2.0-only
#include "tests/peers/verifier.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace peers {
namespace {

namespace fs = std::filesystem;

/// The verifier asks times() and sysconf() for nothing but the time its search took.
constexpr const char* fine_clock = R"(
#include <sys/times.h>
#include <time.h>
clock_t fine_times(struct tms* unused) {
  struct timespec now;
  (void)unused;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}
long fine_ticks(int name) { (void)name; return 1000000000L; }
)";

std::string read_text(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

fs::path new_directory() {
  auto pattern = (fs::temp_directory_path() / "ptlcheck-spin-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory " + pattern);
  return pattern;
}

/// The number before (or, for the time, behind) some words, in the line that holds them.
double number_in(const std::string& output, const std::string& words, bool behind) {
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    const auto at = line.find(words);
    if (at == std::string::npos) continue;
    return std::strtod(behind ? line.c_str() + at + words.size() : line.c_str(), nullptr);
  }
  throw std::runtime_error("the verifier does not say '" + words + "':\n" + output);
}

}  // namespace

bool spin_installed() {
  return std::system("command -v spin >/dev/null 2>&1 && command -v gcc >/dev/null 2>&1") == 0;
}

verifier::verifier(const std::string& model, const std::string& spin_flags,
                   const std::string& compiler_flags)
    : directory_(new_directory()) {
  try {
    std::ofstream(directory_ / "model.pml") << model;
    std::ofstream(directory_ / "fine_clock.c") << fine_clock;
    command(fmt::format("spin {} -a model.pml", spin_flags));
    command(
        fmt::format("gcc -w {} -Dtimes=fine_times -Dsysconf=fine_ticks -o pan pan.c fine_clock.c",
                    compiler_flags));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    throw;
  }
}

verifier::~verifier() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string verifier::command(const std::string& line) const {
  const auto in_directory =
      fmt::format("cd '{}' && {} >output 2>&1 </dev/null", directory_.string(), line);
  const int status = std::system(in_directory.c_str());
  auto text = read_text(directory_ / "output");
  if (status != 0) throw std::runtime_error(fmt::format("{} failed:\n{}", line, text));
  return text;
}

std::string verifier::run(const std::string& arguments) const {
  auto output = command("./pan -n " + arguments);
  // A search that is cut short exits with 0 like one that is not, and says so.
  for (const char* const cut : {"search depth too small", "Search not completed", "pan: reached",
                                "pan: out of memory", "aborting"}) {
    if (output.find(cut) != std::string::npos) {
      throw std::runtime_error("the verifier left states out:\n" + output);
    }
  }
  if (output.find(", errors: 0\n") == std::string::npos) {
    throw std::runtime_error("the verifier met an error:\n" + output);
  }
  return output;
}

search_figures read_figures(const std::string& output) {
  constexpr double megabyte = 1 << 20;
  search_figures figures;
  figures.states = static_cast<std::uint64_t>(number_in(output, "states, stored", false));
  figures.seconds = number_in(output, "elapsed time", true);
  figures.bytes = static_cast<std::uint64_t>(
      std::llround((number_in(output, "actual memory usage for states", false) +
                    number_in(output, "memory used for hash table", false)) *
                   megabyte));
  return figures;
}

}  // namespace peers
