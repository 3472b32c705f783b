// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "checker/trace/json.hpp"
#include "checker/trace/json_cursor.hpp"
#include "checker/trace/names.hpp"

namespace checker::trace {
namespace {

using json = nlohmann::json;

constexpr int most_threads = 8;

/// Looks at a text without keeping any of it: refuses what is no JSON or too much of it before
/// memory is spent on it.
class gate : public nlohmann::json_sax<json> {
 public:
  explicit gate(std::size_t text_size) : text_size_(text_size) {}

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    if (position > text_size_)
      throw format_error(fmt::format("not a whole JSON text: it ends at byte {}", text_size_));
    throw format_error(fmt::format("not a JSON text: trouble at byte {}", position));
  }

 private:
  bool count() {
    if (++values_ > max_json_values)
      throw format_error(fmt::format("more than {} values", max_json_values));
    return true;
  }
  bool enter() {
    if (++depth_ > max_json_depth)
      throw format_error(fmt::format("nested deeper than {} levels", max_json_depth));
    return count();
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t text_size_;
  std::size_t values_ = 0;
  std::size_t depth_ = 0;
};

class reader {
 public:
  document read(const json_cursor& root);

 private:
  void read_tables(json_members& members);
  frame read_frame(const json_cursor& at);
  held_lock read_held_lock(const json_cursor& at);
  step read_step(const json_cursor& at);
  wait read_wait(const json_cursor& at);
  lock_edge read_edge(const json_cursor& at);
  step_range read_range(const json_cursor& at) const;
  violation read_violation(const json_cursor& at);
  thread read_thread(const json_cursor& at);
  decision read_decision(const json_cursor& at) const;
  void check_operations() const;

  int thread_index(const json_cursor& at) const { return at.small(0, thread_count_ - 1); }
  int step_index(const json_cursor& at, int minimum) const {
    return at.small(minimum, step_count_ - 1);
  }
  void stack(json_members& members, std::string_view key, std::vector<frame>& target);
  void held(json_members& members, std::vector<held_lock>& target);
  void spend(const json_cursor& at, std::size_t bytes);

  document document_;
  std::vector<std::vector<frame>> stacks_;
  std::vector<std::size_t> stack_bytes_;
  std::vector<held_lock> held_locks_;
  std::vector<std::size_t> held_bytes_;
  int thread_count_ = 0;
  int step_count_ = 0;
  std::size_t spent_ = 0;
};

std::size_t bytes_of(const frame& value) {
  return sizeof(frame) + value.function.size() + value.file.size();
}

/// References make a small text into a large document; this bounds how large.
void reader::spend(const json_cursor& at, std::size_t bytes) {
  spent_ += bytes;
  if (spent_ > max_expanded_bytes)
    at.fail(fmt::format("stacks written out take more than {} MiB", max_expanded_bytes >> 20));
}

void reader::stack(json_members& members, std::string_view key, std::vector<frame>& target) {
  members.optional(key, [&](const json_cursor& at) {
    const auto number = static_cast<std::size_t>(at.small(0, static_cast<int>(stacks_.size()) - 1));
    spend(at, stack_bytes_[number]);
    target = stacks_[number];
  });
}

void reader::held(json_members& members, std::vector<held_lock>& target) {
  members.optional("held", [&](const json_cursor& list) {
    list.each([&](const json_cursor& at) {
      const auto number =
          static_cast<std::size_t>(at.small(0, static_cast<int>(held_locks_.size()) - 1));
      spend(at, held_bytes_[number]);
      target.push_back(held_locks_[number]);
    });
  });
}

frame reader::read_frame(const json_cursor& at) {
  json_members members(at);
  frame value;
  value.function = members.required("function").text();
  members.optional("file", value.file);
  members.optional("line", value.line, 0);
  members.done();
  return value;
}

lock_mode read_mode(const json_cursor& at) {
  const std::optional<lock_mode> mode = parse_lock_mode(at.text());
  if (!mode) at.fail("expected \"write\" or \"read\"");
  return *mode;
}

held_lock reader::read_held_lock(const json_cursor& at) {
  json_members members(at);
  held_lock value;
  value.name = members.required("name").text();
  members.optional("lock_class", value.lock_class);
  members.optional("kind", value.kind);
  members.optional("subclass", value.subclass, 0);
  members.optional("mode", [&](const json_cursor& word) { value.mode = read_mode(word); });
  value.thread = thread_index(members.required("thread"));
  value.acquired_step = step_index(members.required("acquired_step"), -1);
  stack(members, "acquired_stack", value.acquired_stack);
  members.done();
  return value;
}

void reader::read_tables(json_members& members) {
  std::vector<frame> frames;
  const json_cursor frame_list = members.required("frames");
  frame_list.each([&](const json_cursor& at) { frames.push_back(read_frame(at)); });
  const json_cursor stack_list = members.required("stacks");
  stack_list.each([&](const json_cursor& at) {
    std::size_t bytes = 0;
    std::vector<frame>& target = stacks_.emplace_back();
    at.each([&](const json_cursor& entry) {
      const int number = entry.small(0, static_cast<int>(frames.size()) - 1);
      const frame& value = frames[static_cast<std::size_t>(number)];
      spend(entry, bytes_of(value));
      bytes += bytes_of(value);
      target.push_back(value);
    });
    stack_bytes_.push_back(bytes);
  });
  const json_cursor held_list = members.required("held_locks");
  held_list.each([&](const json_cursor& at) {
    const held_lock& value = held_locks_.emplace_back(read_held_lock(at));
    std::size_t bytes = sizeof(held_lock) + value.name.size() + value.lock_class.size();
    for (const frame& entry : value.acquired_stack) bytes += bytes_of(entry);
    held_bytes_.push_back(bytes + value.kind.size());
  });
}

std::uint64_t read_address(const json_cursor& at) {
  const std::string& text = at.text();
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  if (text.size() < 3 || text[0] != '0' || text[1] != 'x')
    at.fail("expected an address such as \"0x1000\"");
  const auto [stop, error] = std::from_chars(text.data() + 2, end, value, 16);
  if (error != std::errc{} || stop != end) at.fail("expected an address such as \"0x1000\"");
  return value;
}

step reader::read_step(const json_cursor& at) {
  json_members members(at);
  step value;
  const int position = static_cast<int>(at.index);
  value.index = members.required("index").small(position, position);
  value.thread = thread_index(members.required("thread"));
  members.optional("operation", value.operation, 0);
  const json_cursor kind = members.required("kind");
  const std::optional<step_kind> parsed = parse_step_kind(kind.text());
  if (!parsed) kind.fail("no kind of step is called that");
  value.kind = *parsed;
  members.optional("marked", value.marked);
  members.optional("object", value.object);
  members.optional("lock_class", value.lock_class);
  members.optional("subclass", value.subclass, 0);
  members.optional("mode", [&](const json_cursor& word) { value.mode = read_mode(word); });
  members.optional("address", [&](const json_cursor& text) { value.address = read_address(text); });
  members.optional("size", value.size, 0);
  members.optional("before", value.before);
  members.optional("after", value.after);
  stack(members, "stack", value.stack);
  held(members, value.held);
  members.optional("notes", value.notes);
  members.done();
  return value;
}

wait reader::read_wait(const json_cursor& at) {
  json_members members(at);
  wait value;
  value.thread = thread_index(members.required("thread"));
  value.lock = members.required("lock").text();
  members.optional("lock_class", value.lock_class);
  members.optional("holders", [&](const json_cursor& list) {
    list.each([&](const json_cursor& entry) { value.holders.push_back(thread_index(entry)); });
  });
  stack(members, "stack", value.stack);
  members.done();
  return value;
}

lock_edge reader::read_edge(const json_cursor& at) {
  json_members members(at);
  lock_edge value;
  value.from = members.required("from").text();
  members.optional("from_class", value.from_class);
  members.optional("from_subclass", value.from_subclass, 0);
  value.to = members.required("to").text();
  members.optional("to_class", value.to_class);
  members.optional("to_subclass", value.to_subclass, 0);
  value.thread = thread_index(members.required("thread"));
  members.optional("step", [&](const json_cursor& entry) { value.step = step_index(entry, -1); });
  stack(members, "from_stack", value.from_stack);
  stack(members, "stack", value.stack);
  members.done();
  return value;
}

step_range reader::read_range(const json_cursor& at) const {
  json_members members(at);
  step_range value;
  // What a load may see is no part of a state there.
  if (document_.memory_model != "sc") at.fail("steps repeat under the memory model sc only");
  value.first = step_index(members.required("first"), 0);
  value.last = members.required("last").small(value.first, step_count_ - 1);
  members.done();
  return value;
}

violation reader::read_violation(const json_cursor& at) {
  json_members members(at);
  violation value;
  value.kind = members.required("kind").text();
  value.message = members.required("message").text();
  value.thread = members.required("thread").small(-1, thread_count_ - 1);
  value.step = step_index(members.required("step"), -1);
  members.optional("conflicting_steps", [&](const json_cursor& list) {
    list.each(
        [&](const json_cursor& entry) { value.conflicting_steps.push_back(step_index(entry, 0)); });
  });
  members.optional("covering_lock", value.covering_lock);
  members.optional("covering_lock_class", value.covering_lock_class);
  members.optional("covering_lock_kind", value.covering_lock_kind);
  members.optional("waits", [&](const json_cursor& list) {
    list.each([&](const json_cursor& entry) { value.waits.push_back(read_wait(entry)); });
  });
  held(members, value.held);
  members.optional("cycle", [&](const json_cursor& list) {
    list.each([&](const json_cursor& entry) { value.cycle.push_back(read_edge(entry)); });
  });
  members.optional("repeats", [&](const json_cursor& range) { value.repeats = read_range(range); });
  members.done();
  return value;
}

thread reader::read_thread(const json_cursor& at) {
  json_members members(at);
  thread value;
  value.name = members.required("name").text();
  const json_cursor operations = members.required("operations");
  operations.each([&](const json_cursor& entry) { value.operations.push_back(entry.text()); });
  members.done();
  return value;
}

decision reader::read_decision(const json_cursor& at) const {
  json_members members(at);
  decision value;
  members.optional("choice", [&](const json_cursor& entry) {
    value.is_choice = true;
    value.label = entry.text();
  });
  value.value = value.is_choice ? members.required("value").small(0)
                                : thread_index(members.required("thread"));
  members.done();
  return value;
}

/// A step's operation is one of its thread's; a thread of none has steps of operation 0 only.
void reader::check_operations() const {
  for (const step& value : document_.steps) {
    const thread& owner = document_.threads[static_cast<std::size_t>(value.thread)];
    const int last = std::max(1, static_cast<int>(owner.operations.size())) - 1;
    if (value.operation > last) {
      throw format_error(fmt::format("steps[{}].operation: {} is outside 0..{}", value.index,
                                     value.operation, last));
    }
  }
}

document reader::read(const json_cursor& root) {
  if (!root.value.is_object() || !root.value.contains("format") ||
      root.value["format"] != "ptlcheck-trace")
    throw format_error("not a trace of this program: no member \"format\": \"ptlcheck-trace\"");
  json_members members(root);
  members.required("format");
  const json_cursor version = members.required("version");
  document_.version = version.small(0);
  if (document_.version != format_version) {
    version.fail(fmt::format("the file is of format version {}, this program reads version {}",
                             document_.version, format_version));
  }
  document_.tool_version = members.required("tool_version").text();
  document_.scenario = members.required("scenario").text();
  document_.kernel = members.required("kernel").text();
  document_.patch = members.required("patch").text();
  const json_cursor parameters = members.required("parameters");
  json_members named(parameters);
  for (const auto& [key, value] : parameters.value.items())
    document_.parameters[key] = named.required(key).integer(INT64_MIN, INT64_MAX);
  const json_cursor model = members.required("memory_model");
  document_.memory_model = model.text();
  if (document_.memory_model != "sc" && document_.memory_model != "c11")
    model.fail("sc or c11 is expected");
  document_.search = members.required("search").text();
  members.optional("code", [&](const json_cursor& list) {
    list.each([&](const json_cursor& at) { document_.code.push_back(at.text()); });
  });

  const json_cursor threads = members.required("threads");
  const json_cursor steps = members.required("steps");
  const std::size_t thread_count = threads.elements();
  if (thread_count < 1 || thread_count > most_threads)
    threads.fail(fmt::format("{} threads: expected 1 to {}", thread_count, most_threads));
  thread_count_ = static_cast<int>(thread_count);
  step_count_ = static_cast<int>(steps.elements());  // bounded by max_json_values
  threads.each([&](const json_cursor& at) { document_.threads.push_back(read_thread(at)); });
  read_tables(members);
  const json_cursor schedule = members.required("schedule");
  schedule.each([&](const json_cursor& at) { document_.schedule.push_back(read_decision(at)); });
  steps.each([&](const json_cursor& at) { document_.steps.push_back(read_step(at)); });
  check_operations();
  document_.result = read_violation(members.required("result"));
  const json_cursor edges = members.required("lock_edges");
  edges.each([&](const json_cursor& at) { document_.lock_edges.push_back(read_edge(at)); });
  members.done();
  return std::move(document_);
}

struct open_file {
  int number;
  ~open_file() { ::close(number); }
};

std::string system_message(int error) { return std::system_category().message(error); }

std::string read_text(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a pipe nobody writes to would wait for ever.
  const int number = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (number < 0) throw format_error(system_message(errno));
  const open_file file{number};
  struct stat status {};
  if (::fstat(number, &status) != 0) throw format_error(system_message(errno));
  if (!S_ISREG(status.st_mode)) throw format_error("not a regular file");
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_file_bytes) {
    throw format_error(fmt::format("{} MiB: traces of more than {} MiB are not read", size >> 20,
                                   max_file_bytes >> 20));
  }
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::read(number, text.data() + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw format_error(system_message(errno));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  text.resize(filled);
  return text;
}

}  // namespace

document from_json(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw format_error("the file is empty");
  gate check(text.size());
  json::sax_parse(text, &check);
  const json root = json::parse(text);
  return reader().read(json_cursor{.value = root});
}

document read_file(const std::filesystem::path& path) {
  try {
    return from_json(read_text(path));
  } catch (const format_error& error) {
    throw format_error(fmt::format("{}: {}", path.string(), error.what()));
  }
}

}  // namespace checker::trace
