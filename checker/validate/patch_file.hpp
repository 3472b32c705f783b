// SPDX-License-Identifier: GPL-2.0-only
// Patches as they come: a diff, a mail, or a mailbox with a series.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace checker::validate {

struct patch_text {
  std::string name;     ///< for messages: the file's, and which mail of it
  std::string subject;  ///< of a mail
  std::string text;     ///< with a diff in it
};

/// The patches in the file, in the order in which they are to be applied: that of "[PATCH n/m]" if
/// every mail has one, or their own. Mails without a diff (a cover letter, a reply) are left out.
/// `scratch` is a directory for mails taken apart. Throws std::runtime_error with one line.
std::vector<patch_text> read_patch_file(const std::string& file,
                                        const std::filesystem::path& scratch);

/// Whether a text begins as a mail does.
bool is_mail(const std::string& text);

/// n of "[PATCH v2 n/m] subject"; 0 if there is none.
int place_in_series(const std::string& subject);

/// The names of files behind "--- ", "rename from " and "copy from ", less `strip` folders.
std::vector<std::string> old_names(const std::string& patch, int strip);

}  // namespace checker::validate
