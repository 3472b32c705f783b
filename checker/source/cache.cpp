// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace checker::source {
namespace {

using nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int record_version = 1;

std::optional<kernel_record> read_record(const fs::path& file) try {
  const auto value = ordered_json::parse(read_file(file));
  if (value.at("version") != record_version) return std::nullopt;
  kernel_record record;
  value.at("name").get_to(record.name);
  value.at("tree").get_to(record.tree);
  value.at("tree_version").get_to(record.version);
  value.at("key").get_to(record.key);
  value.at("interface").get_to(record.interface);
  value.at("options").get_to(record.options);
  value.at("stubs").get_to(record.stubs);
  for (const auto& each : value.at("files")) {
    kernel_record::file read{each.at("path"), {}};
    for (const auto& [name, line] : each.at("functions").items()) {
      read.functions.push_back({name, line});
    }
    record.files.push_back(std::move(read));
  }
  record.library = file.parent_path() / "kernel.so";
  return record;
} catch (const std::exception&) {
  return std::nullopt;
}

}  // namespace

fs::path cache_directory() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache == '/') return fs::path(cache) / "ptlcheck";
  const char* const home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".cache" / "ptlcheck";
  throw std::runtime_error("neither XDG_CACHE_HOME nor HOME names a directory to keep kernels in");
}

std::vector<kernel_record> imported_kernels() {
  std::vector<kernel_record> records;
  try {
    for (const auto& each : fs::directory_iterator(cache_directory() / "kernels")) {
      if (auto record = read_record(each.path() / "kernel.json")) {
        if (record->name == each.path().filename()) records.push_back(std::move(*record));
      }
    }
  } catch (const std::exception&) {
    // No cache, no kernels.
  }
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return records;
}

bool remove_kernel(const std::string& name) {
  const auto kernels = imported_kernels();
  const bool known = std::any_of(kernels.begin(), kernels.end(),
                                 [&](const auto& each) { return each.name == name; });
  if (known) fs::remove_all(cache_directory() / "kernels" / name);
  return known;
}

void remove_kernels(bool (*is_meant)(const std::string& name), std::size_t most) {
  std::vector<std::pair<fs::file_time_type, std::string>> found;
  for (const auto& each : imported_kernels()) {
    std::error_code gone;
    const auto when =
        fs::last_write_time(cache_directory() / "kernels" / each.name / "kernel.json", gone);
    if (is_meant(each.name) && !gone) found.emplace_back(when, each.name);
  }
  std::sort(found.begin(), found.end(), std::greater<>());
  for (std::size_t i = most; i < found.size(); ++i) remove_kernel(found[i].second);
}

void write_record(const kernel_record& record, const fs::path& file) {
  ordered_json files = ordered_json::array();
  for (const auto& each : record.files) {
    ordered_json functions = ordered_json::object();
    for (const auto& function : each.functions) functions[function.name] = function.line;
    files.push_back({{"path", each.path}, {"functions", std::move(functions)}});
  }
  const ordered_json value = {
      {"version", record_version},      {"name", record.name},   {"tree", record.tree},
      {"tree_version", record.version}, {"key", record.key},     {"interface", record.interface},
      {"options", record.options},      {"stubs", record.stubs}, {"files", std::move(files)}};
  write_file(file, value.dump(2) + "\n");
}

directory_lock::directory_lock(const fs::path& directory) {
  fs::create_directories(directory);
  const auto file = directory / ".lock";
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0 || flock(descriptor_, LOCK_EX) != 0) {
    throw std::system_error(errno, std::generic_category(), file.string());
  }
}

directory_lock::~directory_lock() { close(descriptor_); }

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", file.string()));
  return std::move(text).str();
}

void write_file(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) throw std::runtime_error(fmt::format("{}: cannot be written", file.string()));
}

void text_hash::add(std::string_view text) {
  // FNV-1a, twice over with different multipliers.
  const auto mix = [&](unsigned char byte) {
    low_ = (low_ ^ byte) * 0x100000001b3U;
    high_ = (high_ ^ byte ^ (low_ >> 56)) * 0x9e3779b97f4a7c15U;
  };
  for (const char c : text) mix(static_cast<unsigned char>(c));
  for (std::size_t size = text.size(), i = 0; i < 8; ++i, size >>= 8) {
    mix(static_cast<unsigned char>(size));
  }
}

std::string text_hash::digits() const { return fmt::format("{:016x}{:016x}", high_, low_); }

}  // namespace checker::source
