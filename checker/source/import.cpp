// SPDX-License-Identifier: GPL-2.0-only
#include "checker/source/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <stdexcept>
#include <system_error>

#include "checker/source/compiled.hpp"
#include "checker/source/lexer.hpp"
#include "checker/source/tags.hpp"
#include "checker/source/unseen.hpp"

namespace checker::source {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> headers_of(const recipe& how) {
  std::vector<fs::path> headers;
  for (const auto& folder : how.header_folders) {
    for (const auto& each : fs::directory_iterator(how.root / folder)) {
      if (each.path().extension() == ".h") headers.push_back(each.path());
    }
  }
  std::sort(headers.begin(), headers.end());
  return headers;
}

/// "6.1.192", of the tree's Makefile; empty if there is none.
std::string version_of(const fs::path& tree) {
  std::string version;
  try {
    const std::string makefile = read_file(tree / "Makefile");
    for (const char* part : {"VERSION = ", "PATCHLEVEL = ", "SUBLEVEL = "}) {
      const auto at = makefile.find(part);
      if (at == makefile.npos || (at > 0 && makefile[at - 1] != '\n')) continue;
      const auto begin = at + std::string_view(part).size();
      const auto value = makefile.substr(begin, makefile.find('\n', begin) - begin);
      version += (version.empty() ? "" : ".") + value;
    }
  } catch (const std::runtime_error&) {
    return {};
  }
  return version;
}

/// 612 for "6.12.3"; 0 if there is none.
int version_number(const std::string& version) {
  int major = 0, minor = 0;
  if (std::sscanf(version.c_str(), "%d.%d", &major, &minor) != 2) return 0;
  return major * 100 + minor;
}

/// Names defined in the options header as anything but 0.
std::set<std::string> options_set(const recipe& how) {
  std::set<std::string> names;
  const std::string text = read_file(how.root / how.options_header);
  for (const token& each : tokens_of(text)) {
    if (each.kind != token_kind::directive || directive_name(each) != "define") continue;
    const auto words = tokens_of(each.text.substr(each.text.find("define") + 6));
    if (words.size() > 1 && words[1].text != "0") names.emplace(words[0].text);
  }
  return names;
}

/// Compiler and assembler take the name for what it is, wherever it is put.
bool is_plain(const std::string& path) {
  return std::none_of(path.begin(), path.end(),
                      [](unsigned char c) { return c < ' ' || c == '"' || c == '\\' || c == '='; });
}

std::string replaced(std::string text, const std::string& old, const std::string& fresh) {
  for (std::size_t at = 0; (at = text.find(old, at)) != text.npos; at += fresh.size()) {
    text.replace(at, old.size(), fresh);
  }
  return text;
}

// What assembly that is kept has in the place of names that are the user's.
constexpr const char* no_file = "/ptlcheck-stands-for-the-file";
constexpr const char* no_directory = "/ptlcheck-stands-for-the-cache";

class importer {
 public:
  importer(const recipe& how, const import_request& asked) : how_(how), asked_(asked) {
    if (!fs::is_directory(asked.tree)) {
      throw std::runtime_error(fmt::format("{}: no such directory", asked.tree.string()));
    }
    for (const tag& each : tags_of(headers_of(how), how.ignored_macros))
      provided_.insert(each.name);
    for (const auto& each : asked.stubs) provided_.insert(each.first);
  }

  import_outcome run() {
    outcome_.record.name = asked_.name;
    outcome_.record.tree = shown().string();
    outcome_.record.version = version_of(asked_.tree);
    const int version = version_number(outcome_.record.version);
    for (recipe_file each : how_.files) {
      std::erase_if(each.roots, [version](const root& function) {
        return function.before != 0 && version >= function.before;
      });
      if (version >= each.since && !each.roots.empty()) cut_file(each);
    }
    for (const auto& [name, what] : asked_.stubs) {
      outcome_.record.stubs.push_back(fmt::format("{}={}", name, to_string(what)));
    }
    note_options();
    outcome_.record.interface = interface_hash(how_);
    outcome_.record.key = key();
    if (!outcome_.made() || is_cached()) return std::move(outcome_);
    build();
    return std::move(outcome_);
  }

 private:
  struct cut_file_text {
    fs::path name;     ///< of the file to write
    std::string path;  ///< in the tree
    std::string text;  ///< behind a #line directive that names the user's file
    std::map<std::string, bool> used_as_call;
  };

  fs::path shown() const {
    return fs::absolute(asked_.shown.empty() ? asked_.tree : asked_.shown).lexically_normal();
  }

  void cut_file(const recipe_file& wanted) {
    const fs::path file = asked_.tree / wanted.path;
    const fs::path told = (asked_.shown.empty() ? asked_.tree : asked_.shown) / wanted.path;
    const std::string source = read_file(file);
    std::vector<std::string> names;
    for (const root& each : wanted.roots) names.push_back(each.name);
    auto cut_out = cut(source, tags_of({file}), names,
                       [&](const std::string& name) { return provided_.contains(name); });
    for (const auto& each : cut_out.missing) {
      outcome_.errors.push_back(fmt::format("{}: has no function {}()", told.string(), each));
    }
    for (const auto& each : cut_out.variables) {
      outcome_.missing.push_back(
          {each.name, "variable of the kernel", told.string(), static_cast<unsigned>(each.line)});
    }
    options_.merge(cut_out.options);
    std::string flat = wanted.path;
    std::replace(flat.begin(), flat.end(), '/', '-');
    std::string text = std::move(cut_out.text);
    text += "#line 1 \"ptlcheck\"\n";
    for (const root& each : wanted.roots) text += pointer_to(each);
    texts_.push_back({flat, wanted.path, std::move(text), std::move(cut_out.used_as_call)});
    outcome_.record.files.push_back({wanted.path, std::move(cut_out.functions)});
  }

  /// Static functions can't be named from elsewhere; and a signature that is not what the model
  /// calls is an error here.
  static std::string pointer_to(const root& function) {
    std::string declaration = function.pointer;
    declaration.replace(declaration.find("(*)"), 2, "(*const ptlcheck_root_" + function.name);
    return fmt::format("__attribute__((visibility(\"default\"))) {} = {};\n", declaration,
                       function.name);
  }

  void note_options() {
    const auto set = options_set(how_);
    for (const auto& each : options_) {
      outcome_.record.options[each] = set.contains(each) ? "y" : "n";
    }
  }

  std::string stubs_text() const {
    std::string text = "/* Stubs asked for when the kernel was imported. */\n";
    for (const auto& [name, what] : asked_.stubs) {
      const bool call = std::any_of(texts_.begin(), texts_.end(), [&name = name](const auto& each) {
        const auto found = each.used_as_call.find(name);
        return found != each.used_as_call.end() && found->second;
      });
      const auto value = what == stub::noop ? std::string("((void)0)")
                         : what == stub::zero
                             ? std::string("0")
                             : fmt::format("((long)checker_choose(2, \"{} is\"))", name);
      text += fmt::format("#define {}{} {}\n", name, call ? "(...)" : "", value);
    }
    return text;
  }

  /// Begins on line 1 of the user's file, and so does its copy.
  std::string text_of(const cut_file_text& each) const {
    return fmt::format("#line 1 \"{}\"\n{}", (shown() / each.path).string(), each.text);
  }

  compilation how_to_compile() const {
    compilation how{how_.root, {(how_.root / how_.header).string(), "stubs.h"}, {}, directory()};
    if (const int version = version_number(outcome_.record.version); version != 0) {
      how.definitions.push_back(fmt::format("{}={}", how_.version_macro, version));
    }
    return how;
  }

  /// Of how all texts are compiled.
  text_hash hash_of_compilation() const {
    text_hash hash;
    hash.add("2");
    hash.add(compiler_version());
    for (const auto& each : compiler_flags(how_to_compile())) hash.add(each);
    for (const char* each : {"cmake/compile_code_under_test.sh", "cmake/mark_code.awk"}) {
      hash.add(read_file(how_.root / each));
    }
    return hash;
  }

  std::string key() const {
    text_hash hash = hash_of_compilation();
    hash.add(outcome_.record.interface);
    hash.add(stubs_text());
    for (const auto& each : texts_) hash.add(text_of(each));
    return hash.digits();
  }

  fs::path directory() const { return cache_directory() / "kernels" / asked_.name; }

  bool is_cached() {
    for (const auto& each : imported_kernels()) {
      if (each.name != asked_.name || each.key != outcome_.record.key) continue;
      if (!fs::exists(each.library)) continue;
      // Those that were used last are kept by remove_kernels().
      std::error_code ignored;
      fs::last_write_time(directory() / "kernel.json", fs::file_time_type::clock::now(), ignored);
      outcome_.record = each;
      outcome_.from_cache = true;
      return true;
    }
    return false;
  }

  fs::path assembly_of(const cut_file_text& each) const {
    return (directory() / each.name).string() + ".marked.s";
  }

  /// Assembly that is kept has no names in it that differ from one tree to another, or from one
  /// cache to another. In the code, the file is called what the kernel's own build calls it.
  void make_assembly(const cut_file_text& each, const compilation& compile_as, text_hash how) {
    const std::string file = (shown() / each.path).string(), where = directory().string();
    naming names;
    for (const auto& in : {each.path, each.text}) how.add(in);
    for (const char* in : {no_file, no_directory}) how.add(in);
    if (is_plain(file) && is_plain(where)) {
      // The compiler asks the last one first.
      names = {{{where, no_directory}, {file, no_file}}, {{file, each.path}}};
    } else {
      how.add(file);
      how.add(where);
    }
    write_file(directory() / each.name, text_of(each));
    const std::string key = how.digits();
    auto assembly = kept_assembly(key);
    if (!assembly) {
      assembly = compiled_anew(each, compile_as, names);
      if (!assembly) return;
      keep_assembly(key, *assembly);
    }
    assembly = replaced(std::move(*assembly), no_file, file);
    write_file(assembly_of(each), replaced(std::move(*assembly), no_directory, where));
  }

  /// Nothing if there is something to be said against the text.
  std::optional<std::string> compiled_anew(const cut_file_text& each, const compilation& compile_as,
                                           const naming& names) {
    const fs::path listing = (directory() / each.name).string() + ".calls";
    auto found = compile(each.name, assembly_of(each), listing, compile_as, names);
    if (found.missing.empty() && found.errors.empty()) {
      found.errors = unseen_accesses(read_file(listing), how_.on_the_stack);
    }
    const bool fine = found.missing.empty() && found.errors.empty();
    std::move(found.missing.begin(), found.missing.end(), std::back_inserter(outcome_.missing));
    std::move(found.errors.begin(), found.errors.end(), std::back_inserter(outcome_.errors));
    if (!fine) return std::nullopt;
    fs::remove(listing);
    return read_file(assembly_of(each));
  }

  void build() {
    const fs::path where = directory();
    const directory_lock lock(where);
    if (is_cached()) return;  // another process was faster
    // Whatever happens now: what is there is not the kernel of that name any more.
    fs::remove(where / "kernel.json");
    write_file(where / "stubs.h", stubs_text());
    const auto compile_as = how_to_compile();
    text_hash how = hash_of_compilation();
    how.add(preprocessed_headers(compile_as));
    for (const auto& each : texts_) make_assembly(each, compile_as, how);
    if (!outcome_.made()) return;
    std::vector<fs::path> objects;
    for (const auto& each : texts_) {
      objects.push_back((where / each.name).string() + ".o");
      assemble(assembly_of(each), objects.back(), compile_as);
      fs::remove(assembly_of(each));
    }
    write_file(where / "sections.c",
               "/* Where the coverage marks are: checker/coverage/marks.hpp. */\n"
               "#define HIDDEN __attribute__((weak, visibility(\"hidden\")))\n"
               "extern const char __start_ptlcheck_points[] HIDDEN;\n"
               "extern const char __stop_ptlcheck_points[] HIDDEN;\n"
               "extern char __start_ptlcheck_marks[] HIDDEN;\n"
               "extern char __stop_ptlcheck_marks[] HIDDEN;\n"
               "const void *const ptlcheck_sections[] = {\n"
               "    __start_ptlcheck_points, __stop_ptlcheck_points,\n"
               "    __start_ptlcheck_marks, __stop_ptlcheck_marks};\n");
    objects.push_back(where / "sections.o");
    compile_plain(where / "sections.c", objects.back());
    // Another process may have the old one loaded: it keeps its file.
    link(objects, where / "kernel.so.new");
    fs::rename(where / "kernel.so.new", where / "kernel.so");
    outcome_.record.library = where / "kernel.so";
    write_record(outcome_.record, where / "kernel.json");
  }

  const recipe& how_;
  const import_request& asked_;
  std::set<std::string> provided_;
  std::vector<cut_file_text> texts_;
  std::set<std::string> options_;
  import_outcome outcome_;
};

}  // namespace

import_outcome import_kernel(const recipe& how, const import_request& asked) {
  return importer(how, asked).run();
}

std::string interface_hash(const recipe& how) {
  text_hash hash;
  for (const auto& each : headers_of(how)) hash.add(read_file(each));
  return hash.digits();
}

const char* to_string(stub what) {
  return what == stub::noop ? "noop" : what == stub::zero ? "zero" : "nondet";
}

}  // namespace checker::source
