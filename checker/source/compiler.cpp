// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>

#include "checker/source/program.hpp"

namespace checker::source {
namespace {

using nlohmann::json;

constexpr const char* compiler = "gcc";
// Clear of the arena and of what systems give to libraries.
constexpr const char* load_address = "0x230000000000";

/// What is missing according to a message; `what` of others is nullptr.
struct reading {
  const char* what;
  std::string name;
};

std::string quoted_word(const std::string& message, std::size_t from) {
  const auto begin = message.find('\'', from);
  if (begin == message.npos) return {};
  return message.substr(begin + 1, message.find('\'', begin + 1) - begin - 1);
}

std::optional<reading> read_message(const std::string& message) {
  struct pattern {
    std::string_view text;
    const char* what;
  };
  static constexpr std::array<pattern, 6> patterns{{
      {"implicit declaration of function", "function"},
      {"unknown type name", "type"},
      {"has no member named", "member"},
      {"undeclared", "variable or constant"},
      {"invalid use of undefined type", "type"},
      {"storage size of", "type"},
  }};
  for (const auto& each : patterns) {
    const auto at = message.find(each.text);
    if (at == message.npos) continue;
    const bool name_follows = each.what != std::string_view("variable or constant");
    return reading{each.what, quoted_word(message, name_follows ? at : 0)};
  }
  return std::nullopt;
}

struct place {
  std::string file;
  unsigned line = 0;
};

place place_of(const json& message) {
  const auto locations = message.value("locations", json::array());
  if (locations.empty()) return {};
  const json caret = locations.front().value("caret", json::object());
  return {caret.value("file", ""), caret.value("line", 0U)};
}

void append(std::vector<std::string>& words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
}

std::string script_of(const compilation& how) {
  return (how.root / "cmake/compile_code_under_test.sh").string();
}

void run_or_throw(const std::vector<std::string>& words, const char* what) {
  const auto outcome = run_program(words);
  if (outcome.status == 0) return;
  throw std::runtime_error(fmt::format("{} failed: {}", what, last_words(outcome)));
}

}  // namespace

diagnosis read_diagnostics(const std::string& text) {
  diagnosis found;
  const json messages = json::parse(text, nullptr, false);
  if (!messages.is_array()) {
    if (!text.empty()) found.errors.push_back(text.substr(0, text.find('\n')));
    return found;
  }
  std::set<std::string> seen;
  for (const json& each : messages) {
    const std::string message = each.value("message", "");
    const auto [file, line] = place_of(each);
    if (const auto read = read_message(message)) {
      if (seen.insert(read->name).second) {
        found.missing.push_back({read->name, read->what, file, line});
      }
    } else if (each.value("kind", "") == "error" || each.value("kind", "") == "fatal error") {
      found.errors.push_back(fmt::format("{}:{}: {}", file, line, message));
    }
  }
  std::stable_sort(found.missing.begin(), found.missing.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return found;
}

std::vector<std::string> compiler_flags(const compilation& how) {
  std::vector<std::string> flags{
      "-std=gnu11", "-fPIC", "-O1", "-g", "-fno-inline", "-fno-strict-aliasing",
      // Calls go to the file's own functions, whatever the program has of that name.
      "-fvisibility=hidden", "-fsanitize=thread", "--param=tsan-distinguish-volatile=1",
      "-fno-omit-frame-pointer", "-fno-optimize-sibling-calls", "-Wno-tsan",
      "-Werror=implicit-function-declaration", "-Werror=incompatible-pointer-types",
      "-Werror=int-conversion", "-Werror=frame-larger-than=16384", "-I" + how.root.string()};
  for (const auto& each : how.definitions) flags.push_back("-D" + each);
  const auto add = [&](const std::string& header) {
    flags.insert(flags.end(), {"-include", header});
  };
  add((how.root / "checker/intercept/memory_functions.h").string());
  for (const auto& each : how.headers) add(each);
  return flags;
}

std::string compiler_version() {
  const auto outcome = run_program({compiler, "--version"});
  if (outcome.status != 0) {
    throw std::runtime_error(
        fmt::format("{} is needed to compile C: {}", compiler, last_words(outcome)));
  }
  return outcome.out.substr(0, outcome.out.find('\n'));
}

std::string preprocessed_headers(const compilation& how) {
  std::vector<std::string> words{compiler, "-E", "-dD"};
  append(words, compiler_flags(how));
  append(words, {"-fno-working-directory", "-x", "c", "/dev/null"});
  const auto outcome = run_program(words, how.directory);
  if (outcome.status != 0) {
    throw std::runtime_error(fmt::format("reading the headers failed: {}", last_words(outcome)));
  }
  return outcome.out;
}

diagnosis compile(const std::filesystem::path& text, const std::filesystem::path& assembly,
                  const std::filesystem::path& listing, const compilation& how,
                  const naming& names) {
  std::vector<std::string> words{"sh", script_of(how), compiler, "-fdiagnostics-format=json"};
  append(words, compiler_flags(how));
  for (const auto& [name, other] : names.in_debug_information) {
    words.push_back(fmt::format("-fdebug-prefix-map={}={}", name, other));
  }
  for (const auto& [name, other] : names.in_code) {
    words.push_back(fmt::format("-fmacro-prefix-map={}={}", name, other));
  }
  append(words, {"-fdump-tree-optimized-lineno=" + listing.string(), "-o", assembly.string(), "-c",
                 text.string()});
  const auto outcome = run_program(words, how.directory);
  diagnosis found = read_diagnostics(outcome.err);
  if (outcome.status != 0 && found.missing.empty() && found.errors.empty()) {
    found.errors.push_back(last_words(outcome));
  }
  return found;
}

void assemble(const std::filesystem::path& assembly, const std::filesystem::path& object,
              const compilation& how) {
  run_or_throw({"sh", script_of(how), compiler, "-o", object.string(), "-c", assembly.string()},
               "assembling");
}

void compile_plain(const std::filesystem::path& text, const std::filesystem::path& object) {
  run_or_throw({compiler, "-std=gnu11", "-fPIC", "-O1", "-o", object.string(), "-c", text.string()},
               "compiling");
}

void link(const std::vector<std::filesystem::path>& objects, const std::filesystem::path& library) {
  std::vector<std::string> words{compiler,
                                 "-shared",
                                 "-nostdlib",
                                 "-Wl,-z,now",
                                 fmt::format("-Wl,-Ttext-segment={}", load_address),
                                 "-o",
                                 library.string()};
  for (const auto& each : objects) words.push_back(each.string());
  run_or_throw(words, "linking");
}

}  // namespace checker::source
