// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "checker/trace/atomic_file.hpp"
#include "checker/trace/json.hpp"
#include "samples.hpp"

namespace checker::trace {
namespace {

using nlohmann::json;
using testing::EndsWith;
using testing::HasSubstr;

class json_files : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "/trace_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path file(const std::string& name) const { return folder_ / name; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
  }

  std::filesystem::path folder_;
};

std::string trouble(const std::string& text) {
  try {
    from_json(text);
  } catch (const format_error& error) {
    return error.what();
  }
  return "";
}

/// What the reader says after `change` was made to a good trace.
template <typename Change>
std::string trouble_after(Change change) {
  json root = json::parse(to_json(samples::deadlock()));
  change(root);
  return trouble(root.dump());
}

TEST(json_text, reads_back_what_was_written) {
  for (const document& value :
       {samples::rss(), samples::deadlock(), samples::data_race(), samples::use_after_free(),
        samples::recursion(), samples::inversion(), samples::livelock(), [] {
          document empty;
          empty.threads.resize(1);
          return empty;
        }()}) {
    EXPECT_EQ(from_json(to_json(value)), value) << value.scenario;
  }
}

TEST(json_text, keeps_extreme_values) {
  document value = samples::rss();
  value.parameters = {{"low", INT64_MIN}, {"high", INT64_MAX}, {"", 0}};
  value.steps[0].address = UINT64_MAX;
  value.steps[0].object = "quote \" backslash \\ newline \n tab \t bell \x07 \xe2\x86\x92";
  EXPECT_EQ(from_json(to_json(value)), value);
}

TEST(json_text, replaces_what_is_not_utf8) {
  document value = samples::rss();
  value.steps[0].object = "pte \xff";
  EXPECT_EQ(from_json(to_json(value)).steps[0].object, "pte \xef\xbf\xbd");
}

TEST(json_text, does_not_repeat_stacks) {
  document value = samples::rss();
  const std::size_t before = to_json(value).size();
  const std::size_t count = value.steps.size();
  for (int i = 0; i < 1000; ++i) {
    value.steps.push_back(value.steps[count - 2]);
    value.steps.back().index = static_cast<int>(value.steps.size()) - 1;
  }
  EXPECT_LT(to_json(value).size() - before, 1000 * 200U);
}

TEST(json_text, can_hold_the_longest_recording) {
  document longest;
  longest.threads = {{"spins", {"spin()"}}};
  std::vector<frame> stack;
  for (int i = 0; i < 12; ++i)
    stack.push_back({"a_function_called_number_" + std::to_string(i), "model/v4_14/memory.cpp", i});
  step value;
  value.object = "parent pte[0]";
  value.before = value.after = "pfn 1 RW young dirty";
  value.address = 0x100000000000;
  value.size = 8;
  value.stack = stack;
  value.notes = {"pfn 1: 0 -> 7"};
  for (int i = 0; i < 3; ++i) {
    value.held.emplace_back();
    value.held.back().name = "lock " + std::to_string(i);
    value.held.back().acquired_stack = stack;
  }
  for (std::size_t i = 0; i < max_recorded_steps; ++i) {
    value.index = static_cast<int>(i);
    longest.steps.push_back(value);
    longest.schedule.push_back({});
  }
  EXPECT_EQ(from_json(to_json(longest)).steps.size(), max_recorded_steps);
}

TEST(json_text, names_the_place_of_a_wrong_type) {
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["thread"] = "one"; }),
            "steps[3].thread: expected an integer, found a string");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["notes"] = {1}; }),
            "steps[3].notes[0]: expected a string, found an integer");
  EXPECT_EQ(trouble_after([](json& root) { root["result"] = json::array(); }),
            "result: expected an object, found an array");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"] = 7.5; }),
            "steps: expected an array, found a fraction");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["marked"] = nullptr; }),
            "steps[3].marked: expected a boolean, found null");
}

TEST(json_text, checks_members_and_words) {
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3].erase("thread"); }),
            "steps[3]: member \"thread\" is missing");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["treads"] = 1; }),
            "steps[3]: unknown member \"treads\"");
  EXPECT_EQ(trouble_after([](json& root) { root["extra"] = 1; }), "unknown member \"extra\"");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["kind"] = "jump"; }),
            "steps[3].kind: no kind of step is called that");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["mode"] = "shared"; }),
            "steps[3].mode: expected \"write\" or \"read\"");
  EXPECT_EQ(trouble_after([](json& root) { root["steps"][3]["address"] = "0x1g"; }),
            "steps[3].address: expected an address such as \"0x1000\"");
}

TEST(json_text, checks_every_reference) {
  const auto outside = [](auto change) {
    const std::string text = trouble_after(change);
    EXPECT_THAT(text, HasSubstr(" is outside ")) << text;
    return text;
  };
  EXPECT_EQ(outside([](json& root) { root["steps"][3]["thread"] = 2; }),
            "steps[3].thread: 2 is outside 0..1");
  EXPECT_EQ(outside([](json& root) { root["steps"][3]["index"] = 4; }),
            "steps[3].index: 4 is outside 3..3");
  EXPECT_EQ(outside([](json& root) { root["steps"][3]["operation"] = 1; }),
            "steps[3].operation: 1 is outside 0..0");
  outside([](json& root) { root["steps"][3]["stack"] = 9999; });
  outside([](json& root) { root["steps"][3]["stack"] = -1; });
  outside([](json& root) { root["steps"][3]["held"] = {9999}; });
  outside([](json& root) { root["stacks"][0][0] = 9999; });
  outside([](json& root) { root["held_locks"][0]["acquired_step"] = 9999; });
  outside([](json& root) { root["held_locks"][0]["thread"] = -1; });
  outside([](json& root) { root["held_locks"][0]["acquired_stack"] = 9999; });
  outside([](json& root) { root["schedule"][0]["thread"] = 2; });
  outside([](json& root) { root["result"]["step"] = 9999; });
  outside([](json& root) { root["result"]["thread"] = 2; });
  outside([](json& root) { root["result"]["conflicting_steps"] = {9999}; });
  outside([](json& root) { root["result"]["waits"][0]["thread"] = 2; });
  outside([](json& root) { root["result"]["waits"][0]["holders"] = {2}; });
  outside([](json& root) { root["lock_edges"][0]["step"] = 9999; });
  outside([](json& root) { root["lock_edges"][0]["thread"] = 9; });
  outside([](json& root) { root["steps"][3]["size"] = std::uint64_t{1} << 63; });
  const auto repeats = [&](int first, int last) {
    outside([=](json& root) { root["result"]["repeats"] = {{"first", first}, {"last", last}}; });
  };
  repeats(-1, 2);
  repeats(3, 2);
  repeats(0, 9999);
}

TEST(json_text, knows_what_repeats_under_sc_only) {
  const auto said = trouble_after([](json& root) {
    root["result"]["repeats"] = {{"first", 0}, {"last", 1}};
    root["memory_model"] = "c11";
  });
  EXPECT_THAT(said, HasSubstr("result.repeats: steps repeat under the memory model sc only"));
}

TEST(json_text, refuses_other_versions_and_foreign_texts) {
  EXPECT_EQ(trouble_after([](json& root) { root["version"] = 2; }),
            "version: the file is of format version 2, this program reads version 1");
  EXPECT_THAT(trouble("{\"traceEvents\": []}"), HasSubstr("not a trace of this program"));
  EXPECT_THAT(trouble("[1, 2]"), HasSubstr("not a trace of this program"));
  EXPECT_THAT(trouble("\x7f"
                      "ELF\x02\x01"),
              HasSubstr("not a JSON text"));
  EXPECT_EQ(trouble(" \n"), "the file is empty");
  EXPECT_EQ(trouble(""), "the file is empty");
  EXPECT_THAT(trouble_after([](json& root) { root["threads"] = json::array(); }),
              HasSubstr("threads: 0 threads"));
}

TEST(json_text, refuses_bombs) {
  EXPECT_THAT(trouble(std::string(1'000'000, '[')), HasSubstr("nested deeper than 32 levels"));
  std::string values = "[0";
  for (std::size_t i = 0; i < max_json_values; ++i) values += ",0";
  EXPECT_THAT(trouble(values + "]"), HasSubstr("more than 8000000 values"));

  // A short text that refers to one long stack again and again.
  const std::string text = trouble_after([](json& root) {
    root["stacks"][0] = json::array();
    for (int i = 0; i < 100'000; ++i) root["stacks"][0].push_back(0);
    json step = root["steps"][0];
    step["stack"] = 0;
    root["steps"] = json::array();
    for (int i = 0; i < 1000; ++i) {
      step["index"] = i;
      root["steps"].push_back(step);
    }
  });
  EXPECT_THAT(text, HasSubstr("stacks written out take more than 512 MiB"));
}

TEST(json_text, refuses_every_truncation) {
  const std::string text = to_json(samples::data_race());
  const std::size_t whole = text.rfind('}') + 1;
  for (std::size_t length = 0; length < whole; ++length) {
    const std::string said = trouble(text.substr(0, length));
    ASSERT_NE(said, "") << length;
    ASSERT_EQ(said.find('\n'), std::string::npos) << said;
  }
}

TEST(json_text, survives_random_damage) {
  const std::string good = to_json(samples::deadlock());
  std::mt19937 random(4);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (int change = 0; change < 3; ++change)
      text[random() % text.size()] = static_cast<char>(random());
    const std::string said = trouble(text);
    if (!said.empty()) ++refused;
    ASSERT_EQ(said.find('\n'), std::string::npos) << said;
  }
  EXPECT_GT(refused, 1000);
}

TEST_F(json_files, writes_and_reads) {
  write_file(file("a.json"), samples::rss());
  EXPECT_EQ(read_file(file("a.json")), samples::rss());
  write_file(file("a.json"), samples::deadlock());
  EXPECT_EQ(read_file(file("a.json")), samples::deadlock());
  const auto entries = std::filesystem::directory_iterator(folder_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1) << "a temporary file was left";
}

TEST_F(json_files, says_which_file_cannot_be_read_and_why) {
  const auto said = [](const std::filesystem::path& path) -> std::string {
    try {
      read_file(path);
    } catch (const format_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(said(file("none.json")), EndsWith("none.json: No such file or directory"));
  EXPECT_THAT(said(folder_), EndsWith(": not a regular file"));
  ASSERT_EQ(::mkfifo(file("pipe").c_str(), 0600), 0);
  EXPECT_THAT(said(file("pipe")), EndsWith("pipe: not a regular file"));
  put("empty", "");
  EXPECT_THAT(said(file("empty")), EndsWith("empty: the file is empty"));
  put("huge", "{");
  std::filesystem::resize_file(file("huge"), max_file_bytes + 1);  // sparse
  EXPECT_THAT(said(file("huge")), HasSubstr("traces of more than 256 MiB are not read"));
}

TEST_F(json_files, keeps_the_old_file_when_writing_fails) {
  EXPECT_THROW(write_file(file("missing") / "a.json", samples::rss()), file_error);
  try {
    write_atomically("/dev/full", "text");
    ADD_FAILURE() << "nobody noticed that the disk is full";
  } catch (const file_error& error) {
    EXPECT_STREQ(error.what(), "cannot write /dev/full: No space left on device");
  }
  struct stat status {};
  ASSERT_EQ(::stat("/dev/full", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode)) << "the device itself was replaced";
}

TEST_F(json_files, replaces_the_target_of_a_link) {
  put("real", "old");
  std::filesystem::create_symlink("real", file("link"));
  write_atomically(file("link"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(file("link")));
  std::ifstream in(file("real"));
  std::string text;
  in >> text;
  EXPECT_EQ(text, "new");
}

}  // namespace
}  // namespace checker::trace
