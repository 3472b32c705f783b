// SPDX-License-Identifier: GPL-2.0-only
// ptlcheck kernel: kernels made of a source tree.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "checker/cli/command.hpp"
#include "checker/cli/kernel_arguments.hpp"
#include "checker/cli/output.hpp"
#include "checker/report/text.hpp"
#include "checker/run/nearest.hpp"
#include "checker/run/registry.hpp"
#include "checker/run/selection.hpp"
#include "checker/source/fetch.hpp"
#include "checker/source/import.hpp"
#include "checker/source/temporary_directory.hpp"
#include "checker/validate/copies.hpp"

namespace checker::cli {
namespace {

struct kernel_arguments {
  std::string version;
  std::string tree, name, revision;
  std::vector<std::string> stubs, removed;
};

// It becomes the name of a directory, and a word of a command line.
void check_name(const std::string& name) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._+-").find(c) != std::string_view::npos;
  };
  if (name.empty() || name.front() == '.' || name.front() == '-' || name.size() > 64 ||
      !std::all_of(name.begin(), name.end(), allowed)) {
    throw bad_request(fmt::format(
        "a kernel's name is made of letters, digits and . _ + -, not '{}'", escaped(name)));
  }
  if (is_kept_name(name)) {
    throw bad_request(fmt::format("'{}' is a name that `validate` gives; take another", name));
  }
  for (const auto& each : registry::scenarios()) {
    if (std::find(each.kernels.begin(), each.kernels.end(), name) != each.kernels.end()) {
      throw bad_request(fmt::format("'{}' is built in; give another --name", name));
    }
  }
}

int fetch(const kernel_arguments& asked) {
  const auto result = source::fetch(recipe_or_refuse(), asked.version);
  output out;
  out.write(fmt::format("{}{}\n", result.tree.string(),
                        result.was_there ? ": was there, nothing to do" : ""));
  return out.failed() ? exit_bad_usage : exit_as_expected;
}

source::import_request request_of(const kernel_arguments& asked) {
  source::import_request request;
  request.tree = tree_named(asked.tree);
  request.name = asked.name;
  if (request.name.empty()) request.name = asked.revision;
  if (request.tree != asked.tree && request.name.empty()) request.name = asked.tree;
  if (request.name.empty()) {
    const auto whole = std::filesystem::absolute(request.tree).lexically_normal();
    request.name = (whole.has_filename() ? whole : whole.parent_path()).filename().string();
  }
  check_name(request.name);
  for (const auto& each : asked.stubs) request.stubs.insert(parse_stub(each));
  return request;
}

std::string describe(const source::kernel_record& kernel) {
  std::string text;
  for (const auto& file : kernel.files) {
    std::vector<std::string> names;
    for (const auto& each : file.functions) names.push_back(each.name);
    text += fmt::format("  {}: {}\n", file.path,
                        report::counted(static_cast<int>(names.size()), "function"));
    for (const auto& line : report::wrap(fmt::format("{}", fmt::join(names, " ")), 76, 0)) {
      text += "    " + line + "\n";
    }
  }
  std::vector<std::string> options;
  for (const auto& [name, value] : kernel.options) {
    options.push_back(fmt::format("{}={}", name, value));
  }
  for (const auto& line : report::wrap(fmt::format("{}", fmt::join(options, " ")), 78, 0)) {
    text += "  " + line + "\n";
  }
  text +=
      fmt::format("  stubs: {}\n",
                  kernel.stubs.empty() ? "none" : fmt::format("{}", fmt::join(kernel.stubs, ", ")));
  return text;
}

std::string headline(const source::kernel_record& kernel) {
  const std::string version =
      kernel.version.empty() ? "" : fmt::format(" (Linux {})", kernel.version);
  return fmt::format("{}: {}{}", kernel.name, kernel.tree, version);
}

int import(const kernel_arguments& asked) {
  auto request = request_of(asked);
  std::optional<source::temporary_directory> scratch;
  if (!asked.revision.empty()) {
    scratch.emplace();
    request.shown = request.tree;
    request.tree = validate::make_copies(
                       recipe_or_refuse(),
                       {.tree = request.tree, .patches = {}, .base = asked.revision, .range = {}},
                       scratch->path())
                       .before;
  }
  const auto result = source::import_kernel(recipe_or_refuse(), request);
  output out;
  if (!result.made()) {
    for (const auto& each : faults_of(result)) out.write(each + "\n");
    if (result.missing.empty()) throw bad_request("the text can't be made a kernel, see above");
    throw bad_request(fmt::format(
        "{} missing, see above; --stub NAME=noop|zero|nondet puts something in the place of one",
        report::counted(static_cast<int>(result.missing.size()), "name")));
  }
  out.write(fmt::format("{}{}\n{}", headline(result.record),
                        result.from_cache ? ", unchanged since it was imported" : "",
                        describe(result.record)));
  return out.failed() ? exit_bad_usage : exit_as_expected;
}

int list() {
  output out;
  for (const auto& each : source::imported_kernels()) {
    out.write(headline(each) + "\n" + describe(each));
  }
  return out.failed() ? exit_bad_usage : exit_as_expected;
}

int remove(const kernel_arguments& asked) {
  for (const auto& each : asked.removed) {
    if (source::remove_kernel(each)) continue;
    std::vector<std::string> known;
    for (const auto& kernel : source::imported_kernels()) known.push_back(kernel.name);
    throw bad_request(
        unknown_name("imported kernel", each, known, "`ptlcheck kernel list` shows them"));
  }
  return exit_as_expected;
}

}  // namespace

command kernel_command(CLI::App& parent) {
  auto asked = std::make_shared<kernel_arguments>();
  CLI::App* app = parent.add_subcommand("kernel", "Kernels made of a source tree");
  app->footer(
      "Examples:\n"
      "  ptlcheck kernel fetch 6.1\n"
      "  ptlcheck kernel import 6.1\n"
      "  ptlcheck kernel import ~/src/linux --name next\n"
      "  ptlcheck run --kernel next");
  app->require_subcommand(1);
  CLI::App* get =
      app->add_subcommand("fetch", "Get Debian's source package, and unpack what is needed");
  get->add_option("VERSION", asked->version, "Such as 6.1 or 6.12")->required()->type_name("");
  CLI::App* make =
      app->add_subcommand("import", "Cut the functions under test out of a tree and compile them");
  make->add_option("LINUX_TREE", asked->tree, "A kernel tree, or a version that was fetched")
      ->required()
      ->type_name("");
  make->add_option("--name", asked->name, "What to call it (default: the directory's name)")
      ->type_name("N");
  make->add_option("--revision", asked->revision,
                   "The tree's files as of this git revision (and the name's default)")
      ->type_name("REV");
  make->add_option("--stub", asked->stubs, "Put noop, zero or nondet (0 or 1) in place of a name")
      ->type_name("NAME=WHAT");
  CLI::App* show = app->add_subcommand("list", "The kernels imported so far");
  CLI::App* drop = app->add_subcommand("remove", "Forget an imported kernel");
  drop->add_option("NAME", asked->removed, "As `list` shows it")->required()->type_name("");
  return {app, [asked, get, make, show, drop] {
            if (get->parsed()) return fetch(*asked);
            if (make->parsed()) return import(*asked);
            if (drop->parsed()) return remove(*asked);
            (void)show;
            return list();
          }};
}

}  // namespace checker::cli
