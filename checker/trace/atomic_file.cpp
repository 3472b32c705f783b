// SPDX-License-Identifier: GPL-2.0-only
#include "checker/trace/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace checker::trace {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw file_error(
      fmt::format("cannot write {}: {}", path.string(), std::system_category().message(error)));
}

/// 0, or the errno of the call that failed.
int write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    if (written == 0) return ENOSPC;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

/// The same. A pipe or terminal can't be synchronised: no error.
int write_all_and_flush(int file, std::span<const std::string_view> pieces) {
  for (const auto piece : pieces) {
    if (const int error = write_all(file, piece); error != 0) return error;
  }
  if (::fsync(file) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) return errno;
  return 0;
}

int write_and_close(int file, std::span<const std::string_view> pieces) {
  const int write_error = write_all_and_flush(file, pieces);
  // Some file systems report a full disk only here.
  const int close_error = ::close(file) == 0 ? 0 : errno;
  return write_error != 0 ? write_error : close_error;
}

}  // namespace

void write_atomically(const std::filesystem::path& path, std::string_view text) {
  write_atomically(path, std::span(&text, 1));
}

void write_atomically(const std::filesystem::path& path, std::span<const std::string_view> pieces) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    const int error = file < 0 ? errno : write_and_close(file, pieces);
    if (error != 0) fail(path, error);
    return;
  }
  // A symbolic link stays one: the file it names is replaced.
  std::error_code ignored;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, ignored);
  const std::filesystem::path target = ignored || resolved.empty() ? path : resolved;
  static std::atomic<unsigned> serial{0};
  std::filesystem::path temporary = target;
  temporary += fmt::format(".{}.{}.tmp", ::getpid(), serial++);
  const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) fail(path, errno);
  int error = write_and_close(file, pieces);
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return;
  ::unlink(temporary.c_str());
  fail(path, error);
}

}  // namespace checker::trace
