// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/compiled.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "checker/source/cache.hpp"

namespace checker::source {
namespace {

namespace fs = std::filesystem;

fs::path directory() { return cache_directory() / "compiled"; }

fs::path file_of(const std::string& key) { return directory() / (key + ".s"); }

std::string first_line(const std::string& key, std::string_view assembly) {
  text_hash hash;
  hash.add(key);
  hash.add(assembly);
  return fmt::format("# ptlcheck {}\n", hash.digits());
}

struct entry {
  fs::file_time_type used;
  std::uintmax_t bytes;
  fs::path file;
};

/// Files may go while this looks at them: other processes do the same.
std::vector<entry> entries() {
  std::vector<entry> found;
  for (const auto& each : fs::directory_iterator(directory())) {
    std::error_code used_gone, size_gone;
    const auto used = each.last_write_time(used_gone);
    const auto bytes = each.file_size(size_gone);
    if (!used_gone && !size_gone) found.push_back({used, bytes, each.path()});
  }
  return found;
}

void remove_those_used_long_ago(std::uintmax_t most_bytes) {
  auto found = entries();
  std::sort(found.begin(), found.end(),
            [](const entry& a, const entry& b) { return a.used > b.used; });
  std::uintmax_t bytes = 0;
  for (const auto& each : found) {
    bytes += each.bytes;
    std::error_code ignored;
    if (bytes > most_bytes) fs::remove(each.file, ignored);
  }
}

}  // namespace

std::optional<std::string> kept_assembly(const std::string& key) try {
  const auto file = file_of(key);
  if (!fs::exists(file)) return std::nullopt;
  std::string text = read_file(file);
  const auto end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string line = text.substr(0, end + 1);
  text.erase(0, end + 1);
  if (line != first_line(key, text)) return std::nullopt;
  std::error_code ignored;
  fs::last_write_time(file, fs::file_time_type::clock::now(), ignored);
  return text;
} catch (const std::exception&) {
  return std::nullopt;
}

void keep_assembly(const std::string& key, std::string_view assembly,
                   std::uintmax_t most_bytes) try {
  fs::create_directories(directory());
  // Readers see all of it or nothing. What a process that was killed has left goes like the rest.
  const auto unfinished = fs::path(fmt::format("{}.{}", file_of(key).string(), getpid()));
  write_file(unfinished, first_line(key, assembly) + std::string(assembly));
  fs::rename(unfinished, file_of(key));
  remove_those_used_long_ago(most_bytes);
} catch (const std::exception&) {
  // The next import compiles again.
}

}  // namespace checker::source
