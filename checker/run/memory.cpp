// SPDX-License-Identifier: GPL-2.0-only
#include "checker/run/memory.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace checker {
namespace {

using std::filesystem::path;

// The number in a file; nullopt if it holds none ("max") or there is no such file.
std::optional<std::size_t> limit_in(const path& file) {
  std::ifstream in(file);
  std::size_t limit = 0;
  if (!(in >> limit)) return std::nullopt;
  return limit;
}

std::optional<std::size_t> lesser(std::optional<std::size_t> one,
                                  std::optional<std::size_t> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

// A limit of any group holds for the groups below it. In a container the path that /proc shows may
// not exist in the container's own view of the tree, but its root does.
std::optional<std::size_t> least_limit(const path& mounted, path group, const char* file) {
  std::optional<std::size_t> least = limit_in(mounted / file);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path()) {
    least = lesser(least, limit_in(mounted / group / file));
  }
  return least;
}

}  // namespace

std::optional<std::size_t> cgroup_memory_limit(const path& root) {
  std::optional<std::size_t> least;
  std::ifstream groups(root / "proc/self/cgroup");
  // "0::/path" in version 2, "4:memory:/path" in version 1.
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const path group = line.substr(second + 1);
    const path mounted = root / "sys/fs/cgroup";
    if (controllers == ",,") {
      least = lesser(least, least_limit(mounted, group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = lesser(least, least_limit(mounted / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

std::optional<std::size_t> usable_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGE_SIZE);
  std::optional<std::size_t> physical;
  if (pages > 0 && page_bytes > 0) {
    physical = static_cast<std::size_t>(pages) * static_cast<std::size_t>(page_bytes);
  }
  return lesser(physical, cgroup_memory_limit());
}

}  // namespace checker
