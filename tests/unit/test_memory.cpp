// SPDX-License-Identifier: GPL-2.0-only
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "checker/run/memory.hpp"

namespace checker {
namespace {

class memory : public testing::Test {
 protected:
  memory() {
    std::string folder = testing::TempDir() + "/memory_XXXXXX";
    if (::mkdtemp(folder.data()) != nullptr) root_ = folder;
  }
  ~memory() override { std::filesystem::remove_all(root_); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  std::filesystem::path root_;
};

TEST_F(memory, is_unlimited_without_control_groups) {
  EXPECT_EQ(cgroup_memory_limit(root_), std::nullopt);
  write("proc/self/cgroup", "0::/user/session\n");
  write("sys/fs/cgroup/user/memory.max", "max\n");
  EXPECT_EQ(cgroup_memory_limit(root_), std::nullopt);
}

TEST_F(memory, is_limited_by_any_group_above) {
  write("proc/self/cgroup", "0::/user/session\n");
  write("sys/fs/cgroup/user/session/memory.max", "max\n");
  write("sys/fs/cgroup/user/memory.max", "1000000\n");
  EXPECT_EQ(cgroup_memory_limit(root_), 1'000'000U);
  write("sys/fs/cgroup/user/session/memory.max", "3000\n");
  EXPECT_EQ(cgroup_memory_limit(root_), 3000U);
}

TEST_F(memory, is_limited_in_a_container_that_sees_another_tree) {
  write("proc/self/cgroup", "0::/docker/0123abcd\n");
  write("sys/fs/cgroup/memory.max", "2000000\n");
  EXPECT_EQ(cgroup_memory_limit(root_), 2'000'000U);
}

TEST_F(memory, is_limited_by_version_1_too) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:blkio,memory:/a\nnonsense\n");
  write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", "5000\n");
  write("sys/fs/cgroup/cpu/a/memory.limit_in_bytes", "7\n");
  EXPECT_EQ(cgroup_memory_limit(root_), 5000U);
}

TEST_F(memory, is_known_here) { EXPECT_GT(usable_memory().value_or(0), 1'000'000U); }

}  // namespace
}  // namespace checker
