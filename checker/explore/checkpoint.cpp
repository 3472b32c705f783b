// SPDX-License-Identifier: GPL-2.0-only
//
// The file: a line of JSON, and the arrays of the graph as they are in memory, with a checksum of
// them in the line.
#include "checker/explore/checkpoint.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <system_error>

#include "checker/intercept/hash.hpp"
#include "checker/trace/atomic_file.hpp"

namespace checker::explore {
namespace {

using json = nlohmann::json;

constexpr int version = 3;

std::uint64_t checksum(const std::vector<std::span<char>>& sections) {
  std::uint64_t sum = 0;
  for (const auto section : sections) {
    sum = fold(sum ^ section.size(), 0x8ebc6af09c88c6e3ULL) + 1;
    for (std::size_t at = 0; at < section.size(); at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, section.data() + at, std::min<std::size_t>(8, section.size() - at));
      sum = fold(sum ^ word, 0x9e3779b97f4a7c15ULL) + 1;
    }
  }
  return sum;
}

json sizes_to_json(const state_graph::sizes& size) {
  return {size.nodes, size.edges, size.labels, size.sets.accesses, size.sets.sets, size.sets.words};
}

state_graph::sizes sizes_from_json(const json& from) {
  state_graph::sizes size{};
  size.nodes = from.at(0);
  size.edges = from.at(1);
  size.labels = from.at(2);
  size.sets.accesses = from.at(3);
  size.sets.sets = from.at(4);
  size.sets.words = from.at(5);
  return size;
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const checkpoint_notes& notes,
                     const state_graph& graph, const lock_numbers& numbers) {
  const auto sections = graph.sections();
  json found = json::array();
  for (const auto& message : notes.found) found.push_back(to_line(message));
  const json header = {{"ptlcheck checkpoint", version},
                       {"identity", notes.identity},
                       {"steps", notes.steps},
                       {"depth", notes.depth},
                       {"cut", notes.cut},
                       {"states_may_recur", notes.states_may_recur},
                       {"bit_locks_order", notes.bit_locks_order},
                       {"threads_merged", notes.threads_merged},
                       {"found", std::move(found)},
                       {"locks", numbers.words()},
                       {"sizes", sizes_to_json(graph.size())},
                       {"checksum", checksum(sections)}};
  const auto line = header.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  std::vector<std::string_view> pieces{line};
  for (const auto section : sections) pieces.emplace_back(section.data(), section.size());
  trace::write_atomically(path, pieces);
}

std::optional<checkpoint_notes> premises_of_checkpoint(const std::filesystem::path& path) try {
  std::ifstream file(path, std::ios::binary);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  const auto header = json::parse(line);
  checkpoint_notes notes;
  notes.bit_locks_order = header.at("bit_locks_order");
  notes.threads_merged = header.at("threads_merged");
  return notes;
} catch (const json::exception&) {
  return std::nullopt;
}

checkpoint_notes load_checkpoint(const std::filesystem::path& path, const std::string& identity,
                                 state_graph& graph, lock_numbers& numbers) try {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw checkpoint_error(
        fmt::format("cannot read {}: {}", path.string(), std::system_category().message(errno)));
  }
  const auto damaged = [&] { return checkpoint_error(path.string() + " is damaged"); };
  std::string line;
  std::getline(file, line);
  const auto header = json::parse(line);
  if (header.at("ptlcheck checkpoint") != version || header.at("identity") != identity) {
    throw checkpoint_error(
        fmt::format("{} is a checkpoint of another run, or of another ptlcheck", path.string()));
  }
  if (!graph.resize(sizes_from_json(header.at("sizes")))) {
    throw checkpoint_error(path.string() + " needs more memory for its states than is allowed");
  }
  const auto sections = graph.sections();
  for (const auto section : sections) {
    if (!file.read(section.data(), static_cast<std::streamsize>(section.size()))) throw damaged();
  }
  if (file.get() != std::ifstream::traits_type::eof() ||
      header.at("checksum") != checksum(sections)) {
    throw damaged();
  }
  graph.loaded();
  numbers.restore(header.at("locks").get<std::vector<std::uint32_t>>());
  checkpoint_notes notes;
  notes.identity = identity;
  notes.steps = header.at("steps");
  notes.depth = header.at("depth");
  notes.cut = header.at("cut");
  notes.states_may_recur = header.at("states_may_recur");
  for (const auto& each : header.at("found")) {
    notes.found.push_back(message_from_line(each.get<std::string>()));
  }
  return notes;
} catch (const json::exception&) {
  throw checkpoint_error(path.string() + " is damaged");
}

}  // namespace checker::explore
