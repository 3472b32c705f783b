// SPDX-License-Identifier: GPL-2.0-only
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "checker/trace/atomic_file.hpp"
#include "checker/trace/json.hpp"
#include "checker/trace/names.hpp"

namespace checker::trace {
namespace {

using nlohmann::ordered_json;

/// Sets `key` unless the value is its type's default.
template <typename Value>
void put(ordered_json& object, const char* key, const Value& value) {
  if (value != Value{}) object[key] = value;
}

/// Numbers what repeats.
class tables {
 public:
  int stack(const std::vector<frame>& calls) {
    std::vector<int> numbers;
    numbers.reserve(calls.size());
    for (const frame& value : calls) numbers.push_back(frame_number(value));
    const auto [place, added] = stack_numbers_.try_emplace(numbers, next(stacks));
    if (added) stacks.push_back(numbers);
    return place->second;
  }

  int held(const held_lock& value) {
    ordered_json object;
    object["name"] = value.name;
    put(object, "lock_class", value.lock_class);
    put(object, "kind", value.kind);
    put(object, "subclass", value.subclass);
    if (value.mode != lock_mode::write) object["mode"] = to_string(value.mode);
    object["thread"] = value.thread;
    object["acquired_step"] = value.acquired_step;
    put_stack(object, "acquired_stack", value.acquired_stack);
    const auto [place, added] = held_numbers_.try_emplace(dump(object), next(held_locks));
    if (added) held_locks.push_back(std::move(object));
    return place->second;
  }

  void put_stack(ordered_json& object, const char* key, const std::vector<frame>& value) {
    if (!value.empty()) object[key] = stack(value);
  }

  void put_held(ordered_json& object, const std::vector<held_lock>& locks) {
    for (const held_lock& value : locks) object["held"].push_back(held(value));
  }

  static std::string dump(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }

  ordered_json frames = ordered_json::array(), stacks = ordered_json::array(),
               held_locks = ordered_json::array();

 private:
  int frame_number(const frame& value) {
    const auto [place, added] =
        frame_numbers_.try_emplace({value.function, value.file, value.line}, next(frames));
    if (added) {
      ordered_json object;
      object["function"] = value.function;
      put(object, "file", value.file);
      put(object, "line", value.line);
      frames.push_back(std::move(object));
    }
    return place->second;
  }

  static int next(const ordered_json& table) { return static_cast<int>(table.size()); }

  std::map<std::tuple<std::string, std::string, int>, int> frame_numbers_;
  std::map<std::vector<int>, int> stack_numbers_;
  std::map<std::string, int> held_numbers_;
};

ordered_json write(const step& value, tables& shared) {
  ordered_json object;
  object["index"] = value.index;
  object["thread"] = value.thread;
  put(object, "operation", value.operation);
  object["kind"] = to_string(value.kind);
  put(object, "marked", value.marked);
  put(object, "object", value.object);
  put(object, "lock_class", value.lock_class);
  put(object, "subclass", value.subclass);
  if (value.mode != lock_mode::write) object["mode"] = to_string(value.mode);
  // As text: readers that keep numbers in a double would lose the low bits.
  if (value.address != 0) object["address"] = fmt::format("{:#x}", value.address);
  put(object, "size", value.size);
  put(object, "before", value.before);
  put(object, "after", value.after);
  shared.put_stack(object, "stack", value.stack);
  shared.put_held(object, value.held);
  put(object, "notes", value.notes);
  return object;
}

ordered_json write(const lock_edge& value, tables& shared) {
  ordered_json object;
  object["from"] = value.from;
  put(object, "from_class", value.from_class);
  put(object, "from_subclass", value.from_subclass);
  object["to"] = value.to;
  put(object, "to_class", value.to_class);
  put(object, "to_subclass", value.to_subclass);
  object["thread"] = value.thread;
  if (value.step != -1) object["step"] = value.step;
  shared.put_stack(object, "from_stack", value.from_stack);
  shared.put_stack(object, "stack", value.stack);
  return object;
}

ordered_json write(const wait& value, tables& shared) {
  ordered_json object;
  object["thread"] = value.thread;
  object["lock"] = value.lock;
  put(object, "lock_class", value.lock_class);
  put(object, "holders", value.holders);
  shared.put_stack(object, "stack", value.stack);
  return object;
}

ordered_json write(const violation& value, tables& shared) {
  ordered_json object;
  object["kind"] = value.kind;
  object["message"] = value.message;
  object["thread"] = value.thread;
  object["step"] = value.step;
  put(object, "conflicting_steps", value.conflicting_steps);
  put(object, "covering_lock", value.covering_lock);
  put(object, "covering_lock_class", value.covering_lock_class);
  put(object, "covering_lock_kind", value.covering_lock_kind);
  for (const wait& entry : value.waits) object["waits"].push_back(write(entry, shared));
  shared.put_held(object, value.held);
  for (const lock_edge& edge : value.cycle) object["cycle"].push_back(write(edge, shared));
  if (value.repeats) {
    object["repeats"] = {{"first", value.repeats->first}, {"last", value.repeats->last}};
  }
  return object;
}

ordered_json write(const decision& value) {
  ordered_json object;
  if (!value.is_choice) {
    object["thread"] = value.value;
  } else {
    object["choice"] = value.label;
    object["value"] = value.value;
  }
  return object;
}

/// One array element a line: a trace can be read, searched and compared line by line.
std::string lay_out(const ordered_json& root) {
  std::string text = "{";
  const char* separator = "\n";
  for (const auto& [key, value] : root.items()) {
    text += fmt::format("{} \"{}\": ", separator, key);
    separator = ",\n";
    if (!value.is_array() || value.empty()) {
      text += tables::dump(value);
      continue;
    }
    const char* open = "[\n  ";
    for (const ordered_json& element : value) {
      text += open + tables::dump(element);
      open = ",\n  ";
    }
    text += "\n ]";
  }
  return text + "\n}\n";
}

}  // namespace

std::string to_json(const document& value) {
  ordered_json threads = ordered_json::array(), schedule = ordered_json::array(),
               steps = ordered_json::array();
  ordered_json edges = ordered_json::array();
  tables shared;
  for (const thread& entry : value.threads) {
    threads.push_back({{"name", entry.name}, {"operations", entry.operations}});
  }
  for (const decision& entry : value.schedule) schedule.push_back(write(entry));
  for (const step& entry : value.steps) steps.push_back(write(entry, shared));
  ordered_json result = write(value.result, shared);
  for (const lock_edge& edge : value.lock_edges) edges.push_back(write(edge, shared));

  ordered_json root;
  root["format"] = "ptlcheck-trace";
  root["version"] = value.version;
  root["tool_version"] = value.tool_version;
  root["scenario"] = value.scenario;
  root["kernel"] = value.kernel;
  root["patch"] = value.patch;
  root["parameters"] = value.parameters;
  root["memory_model"] = value.memory_model;
  root["search"] = value.search;
  if (!value.code.empty()) root["code"] = value.code;
  root["result"] = std::move(result);
  root["threads"] = std::move(threads);
  root["schedule"] = std::move(schedule);
  root["frames"] = std::move(shared.frames);
  root["stacks"] = std::move(shared.stacks);
  root["held_locks"] = std::move(shared.held_locks);
  root["steps"] = std::move(steps);
  root["lock_edges"] = std::move(edges);
  return lay_out(root);
}

void write_file(const std::filesystem::path& path, const document& value) {
  write_atomically(path, to_json(value));
}

}  // namespace checker::trace
