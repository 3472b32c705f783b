// SPDX-License-Identifier: GPL-2.0-only
// What is cut from a source tree, and what it is compiled against. Whoever has a model of the
// kernel fills one in; this folder does not know what is in it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace checker::source {

/// A function that the model calls.
struct root {
  std::string name;
  std::string pointer;  ///< the type of a pointer to it, in C, with "(*)" where a name would stand
  int before = 0;       ///< 602: in trees before 6.2 only
};

struct recipe_file {
  std::string path;         ///< in the tree: "mm/memory.c"
  std::vector<root> roots;  ///< if a tree is to have none of them, the file is left out
  int since = 0;            ///< 612: in trees from 6.12 on only
};

struct recipe {
  std::filesystem::path root;            ///< of ptlcheck's source; all other paths are below it
  std::vector<recipe_file> files;        ///< of the tree
  std::vector<std::string> also_needed;  ///< further files of the tree that a fetch unpacks
  std::string header;                    ///< included ahead of all text
  std::string
      version_macro;  ///< the tree's version for the headers: 612 for 6.12; undefined if unknown
  std::string options_header;               ///< where CONFIG_* are defined
  std::vector<std::string> header_folders;  ///< of all that `header` includes; with '/' at the end
  std::vector<std::string> ignored_macros;  ///< that mislead ctags in those headers
  /// Pointers by these names point to structures on the stack (see unseen.hpp).
  std::vector<std::string> on_the_stack;
  /// Names that are about the order of memory only, which sc does not show: "mb", "smp_wmb"; "*" at
  /// one end stands for anything.
  std::vector<std::string> memory_order;
  std::vector<std::string> not_modelled;  ///< what a verdict says nothing about, a few words each
};

/// Before main(), by whoever has one.
void provide_recipe(recipe how);
/// nullptr in a program without a model of the kernel.
const recipe* known_recipe();

}  // namespace checker::source
