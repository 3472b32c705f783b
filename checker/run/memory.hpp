// SPDX-License-Identifier: GPL-2.0-only
// How much memory this process may use.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>

namespace checker {

/// The least memory limit, in bytes, of the control groups (version 2 or 1) this process is in;
/// nullopt if there is none. `root` is where /proc and /sys stand: another one is for tests.
std::optional<std::size_t> cgroup_memory_limit(const std::filesystem::path& root = "/");

/// Physical memory, or the control groups' limit where that is less, in bytes; nullopt if not
/// known.
std::optional<std::size_t> usable_memory();

}  // namespace checker
