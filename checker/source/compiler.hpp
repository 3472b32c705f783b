// SPDX-License-Identifier: GPL-2.0-only
// Compiles C that was cut from a source tree, and reads what the compiler says about it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace checker::source {

/// A name that the text uses and nobody declares, at its first use.
struct missing_name {
  std::string name;
  std::string what;  ///< "function", "variable or constant", "type", "member"
  std::string file;
  unsigned line = 0;
};

struct diagnosis {
  std::vector<missing_name> missing;  ///< each name once, in the order of their lines
  std::vector<std::string> errors;    ///< "FILE:LINE: MESSAGE": all else that is wrong
};

/// What GCC says with -fdiagnostics-format=json. Messages it adds once a name is missing are left
/// out.
diagnosis read_diagnostics(const std::string& json);

/// How code under test is compiled: as in cmake/code_under_test.cmake, and position-independent.
struct compilation {
  std::filesystem::path root;            ///< of ptlcheck's source: headers are found from here
  std::vector<std::string> headers;      ///< included ahead of the text, in this order
  std::vector<std::string> definitions;  ///< of macros: "NAME=VALUE"
  std::filesystem::path directory;       ///< to run in: relative names are names there
};

/// A name in what is compiled, and the one that takes its place.
struct stand_in {
  std::string name, other;
};

/// How a compiled text names files.
struct naming {
  std::vector<stand_in> in_debug_information;
  std::vector<stand_in> in_code;  ///< where the text says __FILE__
};

/// Words of the command line, without files.
std::vector<std::string> compiler_flags(const compilation& how);

/// The compiler's name and version. Throws std::runtime_error with one line if there is none.
std::string compiler_version();

/// All that is compiled ahead of a text, macros with it; not where the compiler runs.
std::string preprocessed_headers(const compilation& how);

/// To assembly with coverage marks, in a file named *.marked.s: if the diagnosis is empty, it has
/// been made. `listing` is written, too: the calls in it, for unseen.hpp.
diagnosis compile(const std::filesystem::path& text, const std::filesystem::path& assembly,
                  const std::filesystem::path& listing, const compilation& how,
                  const naming& names);

/// What compile() made, to an object file. Throws std::runtime_error with one line.
void assemble(const std::filesystem::path& assembly, const std::filesystem::path& object,
              const compilation& how);

/// Without instrumentation: for code that runs outside of executions.
void compile_plain(const std::filesystem::path& text, const std::filesystem::path& object);

/// To a shared object that is loaded at the same address in every process, if nothing is there.
void link(const std::vector<std::filesystem::path>& objects, const std::filesystem::path& library);

}  // namespace checker::source
