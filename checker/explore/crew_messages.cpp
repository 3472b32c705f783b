// SPDX-License-Identifier: GPL-2.0-only
#include "checker/explore/crew_messages.hpp"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "checker/coverage/coverage_json.hpp"
#include "checker/intercept/execution.hpp"

namespace checker::explore {
namespace {

using json = nlohmann::json;

json to_json(const racing_access& access) {
  return {access.thread, access.operation, access.reads,
          access.writes, access.marked,    reinterpret_cast<std::uintptr_t>(access.address),
          access.size,   access.stack};
}

racing_access access_from(const json& from) {
  racing_access access;
  access.thread = from.at(0);
  access.operation = from.at(1);
  access.reads = from.at(2);
  access.writes = from.at(3);
  access.marked = from.at(4);
  access.address = reinterpret_cast<void*>(from.at(5).get<std::uintptr_t>());
  access.size = from.at(6);
  access.stack = from.at(7).get<raw_stack>();
  return access;
}

json to_json(const raw_lock_edge& edge) {
  return {edge.from,        edge.from_class, edge.to,   edge.to_class,   edge.from_subclass,
          edge.to_subclass, edge.thread,     edge.step, edge.from_stack, edge.stack};
}

raw_lock_edge edge_from(const json& from) {
  raw_lock_edge edge;
  edge.from = from.at(0);
  edge.from_class = from.at(1);
  edge.to = from.at(2);
  edge.to_class = from.at(3);
  edge.from_subclass = from.at(4);
  edge.to_subclass = from.at(5);
  edge.thread = from.at(6);
  edge.step = from.at(7);
  edge.from_stack = from.at(8).get<raw_stack>();
  edge.stack = from.at(9).get<raw_stack>();
  return edge;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string to_line(const crew_message& message) {
  if (const auto* const race = std::get_if<0>(&message)) {
    return json{{"race", {to_json(race->first), to_json(race->second)}}}.dump();
  }
  if (const auto* const reached = std::get_if<coverage>(&message)) {
    return json{{"coverage", coverage_to_json(*reached)}}.dump(-1, ' ', false,
                                                               json::error_handler_t::replace);
  }
  return json{{"order", to_json(std::get<1>(message))}}.dump();
}

crew_message message_from_line(std::string_view line) {
  const auto from = json::parse(line);
  if (from.contains("race")) {
    return std::pair{access_from(from["race"].at(0)), access_from(from["race"].at(1))};
  }
  if (from.contains("coverage")) return coverage_from_json(from["coverage"]);
  return edge_from(from.at("order"));
}

crew_reporter::crew_reporter(const execution& engine, int file)
    : engine_(engine),
      file_(file),
      races_(engine.races().races().size()),
      edges_(engine.order().edges().size()) {}

bool crew_reporter::report() {
  const auto& races = engine_.races().races();
  const auto& edges = engine_.order().edges();
  std::string lines;
  for (; races_ < races.size(); ++races_) lines += to_line(races[races_]) + "\n";
  for (; edges_ < edges.size(); ++edges_) lines += to_line(edges[edges_]) + "\n";
  return lines.empty() || write_all(file_, lines);
}

bool crew_reporter::ring() { return write_all(file_, "\n"); }

bool crew_reporter::report_coverage() {
  return write_all(file_, to_line(engine_.reached()) + "\n");
}

}  // namespace checker::explore
