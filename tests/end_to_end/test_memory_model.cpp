// SPDX-License-Identifier: GPL-2.0-only
// --memory-model: a barrier that is missing shows under c11, and its trace replays as it is.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class memory_model : public in_directory {
 protected:
  const std::string path_ = "ptlcheck-traces/toy-publish.trace.json";
};

TEST_F(memory_model, a_missing_barrier_shows_under_c11_only) {
  for (const std::string missing : {"write_barrier=0", "read_barrier=0"}) {
    EXPECT_EQ(run({"run", "toy/publish", "--set", missing}).status, 0);
    const auto seen = run({"run", "toy/publish", "--set", missing, "--memory-model", "c11"});
    EXPECT_EQ(seen.status, 1) << seen.out;
    EXPECT_THAT(seen.out, HasSubstr("violation stale-data"));
    EXPECT_THAT(seen.out, HasSubstr("docs/limits.md"));
  }
  EXPECT_EQ(run({"run", "toy/publish", "--memory-model", "c11"}).status, 0);
}

TEST_F(memory_model, its_trace_says_so_and_replays) {
  run({"run", "toy/publish", "--set", "read_barrier=0", "--memory-model", "c11"});
  const auto text = read_text(file(path_));
  auto document = json::parse(text);
  EXPECT_EQ(document.at("memory_model"), "c11");
  EXPECT_THAT(run({"show", path_}).out, HasSubstr("an older store is seen"));
  EXPECT_EQ(run({"replay", path_}).status, 0);

  document["memory_model"] = "sc";
  write("sc.trace.json", document.dump());
  EXPECT_EQ(run({"replay", "sc.trace.json"}).status, 1);
  document["memory_model"] = "tso";
  write("tso.trace.json", document.dump());
  EXPECT_EQ(run({"replay", "tso.trace.json"}).status, 2);
}

TEST_F(memory_model, results_say_which_it_was) {
  const auto seen = run({"run", "toy/publish", "--memory-model", "c11", "--json"});
  const auto result = json::parse(seen.out).at("results").at(0);
  EXPECT_EQ(result.at("memory_model"), "c11");
  EXPECT_EQ(result.at("state_cache"), false);
  EXPECT_EQ(result.at("states"), 0);
  EXPECT_EQ(run({"run", "toy/publish", "--memory-model", "tso"}).status, 2);
}

TEST_F(memory_model, every_search_takes_c11) {
  for (const std::string search : {"dpor", "brute-force", "random", "pct"}) {
    const auto seen = run({"run", "toy/publish", "--set", "read_barrier=0", "--memory-model", "c11",
                           "--search", search});
    EXPECT_EQ(seen.status, 1) << search << seen.out;
    EXPECT_EQ(run({"replay", path_}).status, 0) << search;
  }
}

}  // namespace
}  // namespace end_to_end
