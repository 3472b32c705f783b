// SPDX-License-Identifier: GPL-2.0-only
#include "tests/engine/generated/spin.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "tests/engine/generated/promela.hpp"

namespace checker::generated {
namespace {

namespace fs = std::filesystem;

/// A directory that is gone in the end.
class scratch_directory {
 public:
  scratch_directory() {
    auto pattern = (fs::temp_directory_path() / "ptlcheck-spin-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no directory " + pattern);
    path_ = pattern;
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  ~scratch_directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string read_text(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// What the command printed. It runs in `directory`.
std::string run_in(const fs::path& directory, const std::string& command) {
  const auto output = directory / "output";
  const auto line = fmt::format("cd '{}' && {} >output 2>&1", directory.string(), command);
  const int status = std::system(line.c_str());
  auto text = read_text(output);
  if (status != 0) throw std::runtime_error(fmt::format("{} failed:\n{}", command, text));
  return text;
}

}  // namespace

bool spin_installed() {
  return std::system("command -v spin >/dev/null 2>&1 && command -v gcc >/dev/null 2>&1") == 0;
}

std::vector<observations> search_with_spin(std::span<const program_spec> programs,
                                           spin_reduction reduction) {
  const scratch_directory directory;
  std::ofstream(directory.path() / "programs.pml") << promela_model(programs);
  run_in(directory.path(), "spin -a programs.pml");
  // The verifier is compiled for longer than it runs.
  run_in(directory.path(), fmt::format("gcc -w -O0 -DSAFETY {} -o pan pan.c",
                                       reduction == spin_reduction::none ? "-DNOREDUCE" : ""));
  // -E: a deadlock is no error here, it is printed; -n: nor is code that was not reached; -w: the
  // size of the hash table.
  return read_verifier(programs, run_in(directory.path(), "./pan -E -n -w20 -m1000000"));
}

}  // namespace checker::generated
