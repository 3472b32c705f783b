// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/temporary_directory.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace checker::source {

namespace fs = std::filesystem;

temporary_directory::temporary_directory() {
  std::error_code reason;
  const fs::path parent = fs::canonical(fs::temp_directory_path(reason), reason);
  std::string pattern = (parent / "ptlcheck-XXXXXX").string();
  if (reason || mkdtemp(pattern.data()) == nullptr) {
    throw std::runtime_error(fmt::format("cannot make a temporary directory: {}: {}", pattern,
                                         reason ? reason.message() : std::strerror(errno)));
  }
  path_ = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace checker::source
