// SPDX-License-Identifier: GPL-2.0-only
// git, which applies patches, reads mails and revisions, and compares files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checker/source/program.hpp"

namespace checker::validate {

/// Runs it in `directory`, which need not be in a repository; the user's settings that would change
/// what patches and diffs mean are left aside. Throws std::runtime_error with one line if there is
/// no git.
source::program_outcome git(const std::vector<std::string>& arguments,
                            const std::filesystem::path& directory);

/// The full name of the commit. Throws std::runtime_error with one line.
std::string commit_of(const std::filesystem::path& tree, const std::string& revision);

/// What it complained of, in one line: the first error, without "error: ".
std::string complaint_of(const source::program_outcome& outcome);

std::vector<std::string> lines_of(const std::string& text);
/// Pieces that end in '\0'.
std::vector<std::string> split_at_zeros(const std::string& text);

/// Line numbers of the two files, from 1: what was taken out, and what was put in.
struct changed_block {
  std::size_t removed_from = 0, removed = 0;
  std::size_t added_from = 0, added = 0;
};

/// What differs between two files, one of which may be missing.
std::vector<changed_block> changed_blocks(const std::filesystem::path& before,
                                          const std::filesystem::path& after);

/// Of "@@ -12,3 +14 @@ ...", as --unified=0 has it. REQUIRES: `header` begins with "@@ -".
changed_block read_hunk_header(const std::string& header);

}  // namespace checker::validate
