// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "checker/source/cache.hpp"
#include "checker/source/program.hpp"

namespace checker::source {
namespace {

namespace fs = std::filesystem;

constexpr const char* stamp = ".unpacked";  // written last

bool is_version(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == text.npos &&
         text.front() != '.' && text.back() != '.';
}

bool offline() {
  const char* const value = std::getenv("PTLCHECK_OFFLINE");
  return value != nullptr && std::string_view(value) == "1";
}

/// The package file in the cache, the newest by its name's order; empty if there is none.
fs::path find_package(const fs::path& packages, const std::string& name) {
  fs::path found;
  for (const auto& each : fs::directory_iterator(packages)) {
    const std::string file = each.path().filename().string();
    if (!file.starts_with(name + "_") || !file.ends_with(".deb")) continue;
    if (found.empty() || found.filename() < each.path().filename()) found = each.path();
  }
  return found;
}

fs::path download(const fs::path& packages, const std::string& name) {
  if (offline()) {
    throw std::runtime_error(fmt::format("{} is not in the cache ({}), and PTLCHECK_OFFLINE is set",
                                         name, packages.string()));
  }
  // Into the working directory, as the user that apt is started by: no root needed.
  const auto outcome =
      run_program({"apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", name}, packages);
  fs::path found = outcome.status == 0 ? find_package(packages, name) : fs::path();
  if (found.empty()) {
    throw std::runtime_error(fmt::format("apt-get download {}: {}", name, last_words(outcome)));
  }
  return found;
}

/// The tar file of the sources stands in the package's tar file. Arguments: the package, the inner
/// tar file, a directory, and the files wanted: once each is there, the rest is read but not
/// unpacked.
constexpr const char* unpack_script = R"(set -o pipefail
package=$1 inner=$2 into=$3
shift 3
dpkg-deb --fsys-tarfile "$package" | tar -xOf - "$inner" | {
  tar -xJf - -C "$into" --strip-components=1 --occurrence=1 "$@"
  status=$?
  cat >/dev/null
  exit "$status"
})";

void unpack(const fs::path& package, const std::string& name, const recipe& how,
            const fs::path& into) {
  fs::create_directories(into);
  std::vector<std::string> command{"bash",           "-c",
                                   unpack_script,    "bash",
                                   package.string(), fmt::format("./usr/src/{}.tar.xz", name),
                                   into.string()};
  const auto add = [&](const std::string& file) {
    command.push_back(fmt::format("{}/{}", name, file));
  };
  for (const auto& each : how.files) add(each.path);
  for (const auto& each : how.also_needed) add(each);
  const auto outcome = run_program(command);
  if (outcome.status != 0) {
    throw std::runtime_error(
        fmt::format("unpacking {}: {}", package.string(), last_words(outcome)));
  }
}

}  // namespace

fetched_tree fetched(const std::string& version) {
  const fs::path tree = cache_directory() / "trees" / version;
  return {tree, is_version(version) && fs::exists(tree / stamp)};
}

fetched_tree fetch(const recipe& how, const std::string& version) {
  if (!is_version(version)) {
    throw std::runtime_error(fmt::format("'{}' is not a version, such as 6.1", version));
  }
  fetched_tree result = fetched(version);
  if (result.was_there) return result;
  const std::string name = "linux-source-" + version;
  const fs::path packages = cache_directory() / "packages";
  const directory_lock lock(packages);
  if (fs::exists(result.tree / stamp)) return result;  // somebody else has just fetched it
  fs::path package = find_package(packages, name);
  if (package.empty()) package = download(packages, name);
  unpack(package, name, how, result.tree);
  write_file(result.tree / stamp, package.filename().string() + "\n");
  return result;
}

}  // namespace checker::source
