// SPDX-License-Identifier: GPL-2.0-only
// show and replay on good traces, and on files that are no traces.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class traces : public in_directory {
 protected:
  traces() {
    recorded_ = run({"run", "toy/transfer", "--patch", "lock-order"});
    text_ = read_text(file(path_));
  }

  // A line that names the file, exit status 2, nothing on standard output.
  void expect_not_a_trace(const std::string& command, const std::string& name) const {
    const auto seen = run({command, name});
    EXPECT_EQ(seen.status, 2) << command << ' ' << name << " ended by signal " << seen.signal;
    EXPECT_EQ(seen.out, "") << command << ' ' << name;
    EXPECT_EQ(count_lines(seen.err), 1U) << seen.err;
    EXPECT_LT(seen.err.size(), 1000U) << seen.err;
    EXPECT_THAT(seen.err, StartsWith("ptlcheck: ")) << command << ' ' << name;
    EXPECT_THAT(seen.err, HasSubstr(name)) << command;
  }

  void expect_refused_content(const std::string& name, const std::string& content) const {
    write(name, content);
    expect_not_a_trace("show", name);
    expect_not_a_trace("replay", name);
  }

  const std::string path_ = "ptlcheck-traces/toy-transfer+lock-order.trace.json";
  outcome recorded_;
  std::string text_;
};

TEST_F(traces, run_writes_them_and_says_how_to_read_them) {
  EXPECT_EQ(recorded_.status, 0) << recorded_.out << recorded_.err;
  EXPECT_THAT(recorded_.out, HasSubstr("ptlcheck show " + path_));
  EXPECT_EQ(json::parse(text_).at("scenario"), "toy/transfer");
}

TEST_F(traces, show_prints_every_format) {
  const std::vector<std::pair<std::string, std::string>> formats{
      {"table", "transfer"}, {"cpu", "CPU"},  {"lockdep", "circular"}, {"locks", "A lock"},
      {"dot", "digraph"},    {"svg", "<svg"}, {"json", "\"scenario\""}};
  for (const auto& [format, part] : formats) {
    const auto seen = run({"show", path_, "--format", format});
    EXPECT_EQ(seen.status, 0) << format << seen.err;
    EXPECT_THAT(seen.out, HasSubstr(part)) << format;
    EXPECT_EQ(seen.err, "") << format;
    const auto to_file = run({"show", path_, "--format", format, "--output", "shown"});
    EXPECT_EQ(to_file.status, 0) << format << to_file.err;
    EXPECT_EQ(to_file.out, "") << format;
    EXPECT_EQ(read_text(file("shown")), seen.out) << format;
  }
}

TEST_F(traces, show_without_format_is_the_table_in_plain_text) {
  const auto seen = run({"show", path_});
  EXPECT_EQ(seen.out, run({"show", path_, "--format", "table"}).out);
  EXPECT_EQ(seen.out.find('\x1b'), std::string::npos);
  EXPECT_NE(run({"show", path_, "--colour", "always"}).out.find('\x1b'), std::string::npos);
  EXPECT_THAT(seen.out, HasSubstr("ptlcheck replay " + path_));
}

TEST_F(traces, json_is_read_back) {
  EXPECT_EQ(run({"show", path_, "--format", "json", "--output", "again.trace.json"}).status, 0);
  EXPECT_EQ(json::parse(read_text(file("again.trace.json"))), json::parse(text_));
  EXPECT_EQ(run({"replay", "again.trace.json"}).status, 0);
}

TEST_F(traces, replay_reproduces) {
  const auto seen = run({"replay", path_, "--output", "again.trace.json"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, StartsWith("reproduced: deadlock: "));
  EXPECT_EQ(json::parse(read_text(file("again.trace.json"))), json::parse(text_));
}

TEST_F(traces, replay_of_a_race_counts_races_as_violations) {
  const auto recorded = run({"run", "toy/transfer", "--patch", "unlocked", "--data-races", "fail"});
  ASSERT_EQ(recorded.status, 1) << recorded.out << recorded.err;
  const auto seen = run({"replay", "ptlcheck-traces/toy-transfer+unlocked.trace.json"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, StartsWith("reproduced: data-race: "));
}

TEST_F(traces, replay_says_where_a_trace_no_longer_fits) {
  auto edited = json::parse(text_);
  edited["patch"] = "";  // the bug is gone: the locks are taken in one order
  write("fixed.trace.json", edited.dump());
  const auto seen = run({"replay", "fixed.trace.json"});
  EXPECT_EQ(seen.status, 1) << seen.err;
  EXPECT_THAT(seen.out, StartsWith("not reproduced: "));
  EXPECT_EQ(count_lines(seen.out), 1U);
}

TEST_F(traces, replay_compares_everything_that_was_recorded) {
  const auto whole = json::parse(text_);
  const auto edited = [&](const char* place, const json& value) {
    auto document = whole;
    document[json::json_pointer(place)] = value;
    write("edited.trace.json", document.dump());
    const auto seen = run({"replay", "edited.trace.json"});
    EXPECT_EQ(seen.status, 1) << place << seen.err;
    EXPECT_THAT(seen.out, StartsWith("not reproduced: ")) << place;
    EXPECT_EQ(count_lines(seen.out), 1U) << place;
  };
  edited("/result/waits/0/lock", "another lock");
  edited("/result/waits/0/holders", json::array());
  edited("/result/held", json::array());
  edited("/result/cycle", {{{"from", "A"}, {"to", "B"}, {"thread", 0}}});
  edited("/result/conflicting_steps", {0, 1});
  edited("/result/covering_lock", "another lock");
  edited("/result/thread", 0);
  edited("/result/kind", "");
  edited("/result/message", "all is well");
  edited("/steps/1/notes", {"the world has changed"});
  edited("/held_locks/0/name", "another lock");
}

TEST_F(traces, replay_reproduces_no_trace_without_a_violation) {
  auto document = json::parse(text_);
  document["patch"] = "";
  document["result"] = {{"kind", ""}, {"message", ""}, {"thread", -1}, {"step", -1}};
  write("none.trace.json", document.dump());
  const auto seen = run({"replay", "none.trace.json"});
  EXPECT_EQ(seen.status, 1);
  EXPECT_THAT(seen.out, StartsWith("not reproduced: "));
}

TEST_F(traces, replay_wants_the_scenario_kernel_patch_and_parameters_to_exist) {
  auto refused = [&](const char* member, const json& value, const std::string& message) {
    auto edited = json::parse(text_);
    edited[member] = value;
    write("edited.trace.json", edited.dump());
    expect_refused({"replay", "edited.trace.json"}, "edited.trace.json: " + message);
    EXPECT_EQ(run({"show", "edited.trace.json"}).status, 0);  // reading needs none of them
  };
  refused("scenario", "toy/transfr",
          "unknown scenario 'toy/transfr'; did you mean 'toy/transfer'? "
          "(--scenario FILE adds one of yours)");
  refused("patch", "unlockd", "unknown patch 'unlockd'; did you mean 'unlocked'?");
  refused("kernel", "zzzzzzzzzz",
          "unknown kernel 'zzzzzzzzzz'; `ptlcheck list --kernels` shows them");
  refused("parameters", {{"transfer", 1}},
          "unknown parameter of toy/transfer 'transfer'; did you mean 'transfers'?");
  refused("parameters", {{"transfers", 99}},
          "parameter 'transfers' of toy/transfer must be from 1 to 4, not 99");
}

TEST_F(traces, files_that_are_none) {
  for (const std::string command : {"show", "replay"}) {
    expect_not_a_trace(command, "missing.json");
    expect_not_a_trace(command, ".");
    expect_not_a_trace(command, "/dev/zero");
    expect_not_a_trace(command, PTLCHECK_PROGRAM);
  }
  expect_refused_content("empty.json", "");
  expect_refused_content("object.json", "{}");
  expect_refused_content("array.json", "[]");
  expect_refused_content("number.json", "1e999");
  expect_refused_content("text.json", "Lorem ipsum\n");
  expect_refused_content("foreign.json", R"({"version": 1, "scenarios": [], "tests": 7})");
  expect_refused_content("xml.json", "<?xml version=\"1.0\"?><testsuites/>");
  expect_refused_content("bytes.json", std::string("\0\xff\xfe\x80", 4));
}

TEST_F(traces, deeply_nested_files) {
  expect_refused_content("arrays.json", std::string(1'000'000, '['));
  expect_refused_content("closed.json", std::string(500'000, '[') + std::string(500'000, ']'));
  std::string objects;
  for (int i = 0; i < 200'000; ++i) objects += R"({"steps":)";
  expect_refused_content("objects.json", objects);
}

TEST_F(traces, huge_file) {
  write("huge.json", "{");
  std::filesystem::resize_file(file("huge.json"), std::uintmax_t{1} << 40);  // takes no space
  expect_not_a_trace("show", "huge.json");
  expect_not_a_trace("replay", "huge.json");
}

TEST_F(traces, truncated_anywhere) {
  ASSERT_GT(text_.size(), 100U);
  // The last byte is the line break after the closing brace, which need not be there.
  const std::size_t stride = std::max<std::size_t>(1, text_.size() / 60);
  for (std::size_t size = 0; size < text_.size() - 2; size += stride) {
    write("cut.trace.json", text_.substr(0, size));
    expect_not_a_trace("show", "cut.trace.json");
  }
  write("cut.trace.json", text_.substr(0, text_.size() - 2));
  expect_not_a_trace("replay", "cut.trace.json");
}

TEST_F(traces, of_another_version) {
  auto edited = json::parse(text_);
  edited["version"] = 999;
  expect_refused_content("future.trace.json", edited.dump());
}

TEST_F(traces, members_of_the_wrong_type) {
  const auto whole = json::parse(text_);
  for (const auto& [name, value] : whole.items()) {
    auto edited = whole;
    edited[name] = value.is_array() ? json(7) : json::array({json::array()});
    expect_refused_content("typed.trace.json", edited.dump());
  }
}

TEST_F(traces, no_damaged_byte_crashes_it) {
  std::size_t step = std::max<std::size_t>(1, text_.size() / 100);
  for (std::size_t at = 0; at < text_.size(); at += step) {
    std::string damaged = text_;
    damaged[at] = damaged[at] == '9' ? '-' : '9';
    write("damaged.trace.json", damaged);
    for (const std::string command : {"show", "replay"}) {
      const auto seen = run({command, "damaged.trace.json"});
      EXPECT_EQ(seen.signal, 0) << command << " with byte " << at << " damaged";
      EXPECT_LE(count_lines(seen.err), 1U) << command << " with byte " << at << " damaged";
    }
  }
}

TEST_F(traces, output_that_cannot_be_written) {
  auto full = run({"show", path_, "--format", "dot", "--output", "/dev/full"});
  EXPECT_EQ(full.status, 2);
  EXPECT_EQ(full.err, "ptlcheck: cannot write /dev/full: No space left on device\n");
  auto missing = run({"show", path_, "--output", "no/such/folder"});
  EXPECT_EQ(missing.status, 2);
  EXPECT_EQ(missing.err, "ptlcheck: cannot write no/such/folder: No such file or directory\n");
  auto replayed = run({"replay", path_, "--output", "/dev/full"});
  EXPECT_EQ(replayed.status, 2);
  EXPECT_THAT(replayed.out, StartsWith("reproduced: "));
}

}  // namespace
}  // namespace end_to_end
