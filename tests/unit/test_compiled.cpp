// SPDX-License-Identifier: GPL-2.0-only
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "checker/source/cache.hpp"
#include "checker/source/compiled.hpp"
#include "checker/source/temporary_directory.hpp"

namespace checker::source {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class kept : public testing::Test {
 protected:
  kept() { setenv("XDG_CACHE_HOME", directory_.path().c_str(), 1); }
  ~kept() override { unsetenv("XDG_CACHE_HOME"); }

  fs::path folder() const { return directory_.path() / "ptlcheck/compiled"; }

  /// Puts the entry's last use so long ago.
  void age(const std::string& key, std::chrono::seconds by) const {
    fs::last_write_time(folder() / (key + ".s"), fs::file_time_type::clock::now() - by);
  }

 private:
  temporary_directory directory_;
};

TEST_F(kept, is_found_by_its_key) {
  EXPECT_EQ(kept_assembly("a"), std::nullopt);
  keep_assembly("a", "\tnop\n");
  keep_assembly("b", "");
  EXPECT_EQ(kept_assembly("a"), "\tnop\n");
  EXPECT_EQ(kept_assembly("b"), "");
  EXPECT_EQ(kept_assembly("c"), std::nullopt);
  keep_assembly("a", "\tret\n");
  EXPECT_EQ(kept_assembly("a"), "\tret\n");
}

TEST_F(kept, goes_when_it_was_not_used_for_longest) {
  const std::string text(1000, 'x');
  for (const char* key : {"a", "b", "c"}) keep_assembly(key, text);
  age("a", 30s);
  age("b", 20s);
  age("c", 10s);
  EXPECT_EQ(kept_assembly("a"), text);
  keep_assembly("d", text, 3500);
  EXPECT_EQ(kept_assembly("a"), text);
  EXPECT_EQ(kept_assembly("b"), std::nullopt);
  EXPECT_EQ(kept_assembly("c"), text);
  EXPECT_EQ(kept_assembly("d"), text);
}

TEST_F(kept, leaves_nothing_of_those_that_did_not_end) {
  fs::create_directories(folder());
  write_file(folder() / "a.s.1", std::string(1000, 'x'));
  fs::last_write_time(folder() / "a.s.1", fs::file_time_type::clock::now() - 10s);
  keep_assembly("b", std::string(1000, 'x'), 1500);
  EXPECT_FALSE(fs::exists(folder() / "a.s.1"));
  EXPECT_NE(kept_assembly("b"), std::nullopt);
}

TEST_F(kept, is_whole_while_several_processes_keep_and_remove) {
  constexpr int processes = 4, keys = 6, rounds = 200;
  const auto text_of = [](int key) { return std::string(20000, static_cast<char>('a' + key)); };
  for (int i = 0; i < processes; ++i) {
    if (fork() != 0) continue;
    for (int round = 0; round < rounds; ++round) {
      const int key = (round * (i + 1)) % keys;
      keep_assembly(std::to_string(key), text_of(key), 70000);
      const int other = (key + 1) % keys;
      const auto found = kept_assembly(std::to_string(other));
      if (found && *found != text_of(other)) _exit(1);
    }
    _exit(0);
  }
  for (int i = 0; i < processes; ++i) {
    int status = 1;
    wait(&status);
    EXPECT_EQ(status, 0);
  }
  std::uintmax_t bytes = 0;
  for (const auto& each : fs::directory_iterator(folder())) bytes += each.file_size();
  EXPECT_LE(bytes, 70000U + processes * 20100U);
}

}  // namespace
}  // namespace checker::source
