// SPDX-License-Identifier: GPL-2.0-only
#include "checker/validate/patch_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>

#include "checker/source/cache.hpp"
#include "checker/validate/git.hpp"

namespace checker::validate {
namespace {

namespace fs = std::filesystem;

bool holds_diff(const std::string& text) {
  return text.starts_with("diff --git ") || text.starts_with("--- ") ||
         text.find("\ndiff --git ") != text.npos || text.find("\n--- ") != text.npos;
}

std::string subject_in(const std::string& told) {
  constexpr std::string_view key = "Subject: ";
  for (const auto& line : lines_of(told)) {
    if (line.starts_with(key)) return line.substr(key.size());
  }
  return {};
}

/// git reads a mail from its standard input.
source::program_outcome take_apart(const fs::path& mail, const fs::path& where) {
  return source::run_program(
      {"sh", "-c", "exec git mailinfo -k --no-scissors message patch <\"$1\"", "sh", mail.string()},
      where);
}

std::vector<patch_text> read_mails(const std::string& file, const fs::path& scratch) {
  const fs::path mails = scratch / "mails";
  fs::remove_all(mails);
  fs::create_directories(mails);
  const auto split =
      git({"mailsplit", "-b", "-o" + mails.string(), "--", fs::absolute(file).string()}, scratch);
  if (split.status != 0) {
    throw std::runtime_error(fmt::format("{}: {}", file, complaint_of(split)));
  }
  std::vector<fs::path> parts;
  for (const auto& each : fs::directory_iterator(mails)) parts.push_back(each.path());
  std::sort(parts.begin(), parts.end());
  std::vector<patch_text> patches;
  for (const auto& each : parts) {
    const auto told = take_apart(each, scratch);
    if (told.status != 0) {
      throw std::runtime_error(fmt::format("{}: {}", file, complaint_of(told)));
    }
    auto text = source::read_file(scratch / "patch");
    if (!holds_diff(text)) continue;
    const auto subject = subject_in(told.out);
    const auto name = parts.size() == 1 ? file : fmt::format("{} ({})", file, subject);
    patches.push_back({name, subject, std::move(text)});
  }
  const auto placed = [](const patch_text& each) { return place_in_series(each.subject) != 0; };
  if (std::all_of(patches.begin(), patches.end(), placed)) {
    std::stable_sort(patches.begin(), patches.end(), [](const auto& a, const auto& b) {
      return place_in_series(a.subject) < place_in_series(b.subject);
    });
  }
  return patches;
}

}  // namespace

std::vector<patch_text> read_patch_file(const std::string& file, const fs::path& scratch) {
  if (fs::is_directory(file)) throw std::runtime_error(file + ": is a directory");
  auto text = source::read_file(file);
  std::vector<patch_text> patches;
  if (is_mail(text)) {
    patches = read_mails(file, scratch);
  } else if (holds_diff(text)) {
    patches.push_back({file, "", std::move(text)});
  }
  if (patches.empty()) throw std::runtime_error(file + ": there is no patch in it");
  return patches;
}

bool is_mail(const std::string& text) {
  if (text.starts_with("From ") || text.starts_with("Subject: ")) return true;
  // A header's name, without a space, in the first line.
  const auto colon = text.find(": ");
  if (colon == text.npos || colon == 0) return false;
  return text.find_first_not_of(
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == colon &&
         text.find("\nSubject: ") != text.npos;
}

int place_in_series(const std::string& subject) {
  if (!subject.starts_with('[')) return 0;
  const auto end = subject.find(']');
  const auto slash = subject.find('/');
  if (end == subject.npos || slash == subject.npos || slash > end) return 0;
  const auto begin = subject.find_last_not_of("0123456789", slash - 1) + 1;
  int number = 0;
  std::from_chars(subject.data() + begin, subject.data() + slash, number);
  return number;
}

std::vector<std::string> old_names(const std::string& patch, int strip) {
  std::vector<std::string> names;
  for (const auto& line : lines_of(patch)) {
    for (const std::string_view key : {"--- ", "rename from ", "copy from "}) {
      if (!line.starts_with(key)) continue;
      auto name = line.substr(key.size());
      name = name.substr(0, name.find('\t'));  // a time may follow
      if (key == "--- ") {
        for (int i = 0; i < strip && !name.empty(); ++i) {
          const auto slash = name.find('/');
          name = slash == name.npos ? "" : name.substr(slash + 1);
        }
      }
      if (!name.empty() && name != "dev/null" && name != "/dev/null") names.push_back(name);
    }
  }
  return names;
}

}  // namespace checker::validate
