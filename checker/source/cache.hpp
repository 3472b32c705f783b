// SPDX-License-Identifier: GPL-2.0-only
// What was fetched and imported lies in the user's cache:
//
//   packages/NAME_VERSION.deb    as the distribution has them
//   trees/VERSION/               the files of a source package that are needed
//   kernels/NAME/kernel.json     an imported kernel, its cut text and its shared object beside it
//   compiled/KEY.s               what the compiler made of a cut text (compiled.hpp)
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checker/source/cut.hpp"

namespace checker::source {

/// $XDG_CACHE_HOME/ptlcheck, or ~/.cache/ptlcheck. Throws std::runtime_error with one line if
/// neither is to be had.
std::filesystem::path cache_directory();

/// An imported kernel.
struct kernel_record {
  struct file {
    std::string path;  ///< in the tree
    std::vector<place_of_name> functions;
  };
  std::string name;
  std::string tree;       ///< where the text is from
  std::string version;    ///< of the tree, by its Makefile; may be empty
  std::string key;        ///< hash of all that the shared object was made of
  std::string interface;  ///< hash of the headers among that
  std::vector<file> files;
  std::map<std::string, std::string> options;  ///< CONFIG_* that the text asks for: "y" or "n"
  std::vector<std::string> stubs;              ///< "NAME=noop"
  std::filesystem::path library;
};

/// Those in the cache, sorted by name; what can't be read is passed over.
std::vector<kernel_record> imported_kernels();

/// Removes the imported kernel. False if there is none of that name.
bool remove_kernel(const std::string& name);
/// Of those that `is_meant` picks by their names, all but the `most` imported, or asked to be,
/// last.
void remove_kernels(bool (*is_meant)(const std::string& name), std::size_t most);

/// Throws std::runtime_error with one line.
void write_record(const kernel_record& record, const std::filesystem::path& file);

/// Held by one process at a time for each directory, which is made if need be: others wait. Throws
/// std::system_error.
class directory_lock {
 public:
  explicit directory_lock(const std::filesystem::path& directory);
  directory_lock(const directory_lock&) = delete;
  directory_lock& operator=(const directory_lock&) = delete;
  ~directory_lock();

 private:
  int descriptor_;
};

/// Throws std::runtime_error with one line that begins with the file's name.
std::string read_file(const std::filesystem::path& file);
void write_file(const std::filesystem::path& file, std::string_view text);

/// Hash of a sequence of texts, as 32 hexadecimal digits.
class text_hash {
 public:
  /// ("ab", "c") and ("a", "bc") differ.
  void add(std::string_view text);
  std::string digits() const;

 private:
  std::uint64_t low_ = 0xcbf29ce484222325U, high_ = 0x6c62272e07bb0142U;
};

}  // namespace checker::source
