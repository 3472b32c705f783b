// SPDX-License-Identifier: GPL-2.0-only
// Imports a tree of two small files: which of them are compiled again after a change, and that what
// is made of assembly that was kept is what the compiler makes.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "checker/source/cache.hpp"
#include "checker/source/compiled.hpp"
#include "checker/source/import.hpp"
#include "checker/source/temporary_directory.hpp"

namespace checker::source {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class importing : public testing::Test {
 protected:
  importing() {
    setenv("XDG_CACHE_HOME", (path() / "cache").c_str(), 1);
    for (const char* each : {"api", "checker/intercept", "cmake", "tree/mm"}) {
      fs::create_directories(path() / each);
    }
    const auto source = fs::path(PTLCHECK_TEST_DIR).parent_path();
    for (const char* each : {"checker/intercept/memory_functions.h", "cmake/mark_code.awk",
                             "cmake/compile_code_under_test.sh"}) {
      fs::copy_file(source / each, path() / each);
    }
    write("api/config.h", "#define CONFIG_X 1\n");
    write("api/api.h",
          "#include \"api/config.h\"\n"
          "#define STEP 1\n"
          "#define WHERE __FILE__\n");
    write("tree/Makefile", "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 7\n");
    write("tree/mm/a.c", "int a(int *x)\n{\n\treturn *x + STEP;\n}\n");
    write("tree/mm/b.c", "const char *b(int *x)\n{\n\treturn *x ? WHERE : \"\";\n}\n");
    how_.root = path();
    how_.files = {{"mm/a.c", {{"a", "int (*)(int *)"}}},
                  {"mm/b.c", {{"b", "const char *(*)(int *)"}}}};
    how_.header = "api/api.h";
    how_.version_macro = "API_VERSION";
    how_.options_header = "api/config.h";
    how_.header_folders = {"api"};
  }
  ~importing() override { unsetenv("XDG_CACHE_HOME"); }

  fs::path path() const { return directory_.path(); }
  fs::path compiled() const { return path() / "cache/ptlcheck/compiled"; }
  void write(const char* name, const std::string& text) const { write_file(path() / name, text); }

  /// The shared object.
  std::string import(const char* tree = "tree", const char* name = "t") const {
    const auto outcome = import_kernel(how_, {path() / tree, name, {}});
    EXPECT_THAT(outcome.errors, IsEmpty());
    EXPECT_FALSE(outcome.from_cache);
    return outcome.made() ? read_file(outcome.record.library) : "";
  }

  /// The same, by the compiler.
  std::string import_from_scratch(const char* tree = "tree") const {
    fs::remove_all(path() / "cache");
    return import(tree);
  }

  std::vector<fs::path> entries_kept() const {
    std::vector<fs::path> entries;
    for (const auto& each : fs::directory_iterator(compiled())) entries.push_back(each.path());
    return entries;
  }
  std::size_t kept() const { return entries_kept().size(); }

  /// Imports, changes something, and imports again. So many of the files are compiled then, and
  /// the outcome is that of compiling all of them.
  void expect_compiled(std::size_t files, const std::function<void()>& change) const {
    const auto before = import();
    ASSERT_EQ(kept(), how_.files.size());
    change();
    const auto after = import();
    EXPECT_EQ(kept(), how_.files.size() + files);
    EXPECT_NE(after, before);
    EXPECT_TRUE(after == import_from_scratch());
  }

  recipe how_;

 private:
  temporary_directory directory_;
};

TEST_F(importing, compiles_nothing_that_was_compiled) {
  const auto before = import();
  ASSERT_TRUE(remove_kernel("t"));
  EXPECT_TRUE(import() == before);
  EXPECT_EQ(kept(), 2U);
}

TEST_F(importing, compiles_the_file_that_was_changed) {
  expect_compiled(1,
                  [this] { write("tree/mm/a.c", "int a(int *x)\n{\n\treturn *x - STEP;\n}\n"); });
}

TEST_F(importing, compiles_a_file_whose_lines_are_others) {
  expect_compiled(1,
                  [this] { write("tree/mm/a.c", "\nint a(int *x)\n{\n\treturn *x + STEP;\n}\n"); });
}

TEST_F(importing, compiles_all_where_a_header_was_changed) {
  expect_compiled(2, [this] {
    write("api/api.h", "#include \"api/config.h\"\n#define STEP 2\n#define WHERE __FILE__\n");
  });
}

TEST_F(importing, compiles_all_where_a_header_of_a_header_was_changed) {
  // Of a folder that the recipe does not name.
  fs::create_directories(path() / "more");
  write("more/step.h", "#define STEP 1\n");
  write("api/api.h", "#include \"more/step.h\"\n#define WHERE __FILE__\n");
  expect_compiled(2, [this] {
    write("more/step.h", "#define STEP 2\n");
    remove_kernel("t");
  });
}

TEST_F(importing, compiles_all_where_a_flag_was_changed) {
  write("tree/mm/a.c", "int a(int *x)\n{\n\treturn *x + API_VERSION;\n}\n");
  expect_compiled(2, [this] { write("tree/Makefile", "VERSION = 6\nPATCHLEVEL = 2\n"); });
}

TEST_F(importing, compiles_all_where_marks_are_others) {
  expect_compiled(2, [this] {
    const auto script = read_file(path() / "cmake/mark_code.awk");
    write("cmake/mark_code.awk", script + "END { print \"\\t.globl another\" }\n");
  });
}

TEST_F(importing, takes_stubs_for_what_they_are) {
  write("tree/mm/a.c", "int a(int *x)\n{\n\treturn *x + step();\n}\n");
  const auto with = [this](stub what) {
    const auto outcome = import_kernel(how_, {path() / "tree", "t", {{"step", what}}});
    EXPECT_TRUE(outcome.made());
    return read_file(outcome.record.library);
  };
  write("api/api.h", "#define WHERE __FILE__\nint checker_choose(int, const char *);\n");
  const auto zero = with(stub::zero);
  const auto nondet = with(stub::nondet);
  EXPECT_NE(zero, nondet);
  EXPECT_EQ(kept(), 4U);
}

TEST_F(importing, names_the_files_of_each_tree) {
  const auto here = import();
  fs::copy(path() / "tree", path() / "another tree", fs::copy_options::recursive);
  const auto there = import("another tree");
  EXPECT_EQ(kept(), 2U);  // nothing was compiled again
  const auto name = [this](const char* tree) { return (path() / tree / "mm").string(); };
  EXPECT_THAT(here, HasSubstr(name("tree")));
  EXPECT_THAT(there, HasSubstr(name("another tree")));
  EXPECT_THAT(there, Not(HasSubstr(name("tree"))));
  EXPECT_THAT(there, Not(HasSubstr("ptlcheck-stands-for")));
  EXPECT_TRUE(there == import_from_scratch("another tree"));
}

TEST_F(importing, shares_what_was_compiled_with_kernels_and_caches_of_other_names) {
  import();
  const auto second = import("tree", "another");
  EXPECT_EQ(kept(), 2U);
  EXPECT_THAT(second, HasSubstr((path() / "cache/ptlcheck/kernels/another").string()));
  fs::create_directories(path() / "second cache/ptlcheck");
  fs::rename(compiled(), path() / "second cache/ptlcheck/compiled");
  setenv("XDG_CACHE_HOME", (path() / "second cache").c_str(), 1);
  const auto third = import();
  fs::rename(path() / "second cache/ptlcheck/compiled", compiled());
  EXPECT_EQ(kept(), 2U);
  EXPECT_THAT(third, HasSubstr((path() / "second cache/ptlcheck/kernels/t").string()));
}

TEST_F(importing, shares_nothing_with_a_tree_whose_name_the_compiler_would_misread) {
  import();
  fs::copy(path() / "tree", path() / "a=b", fs::copy_options::recursive);
  const auto there = import("a=b");
  EXPECT_EQ(kept(), 4U);
  EXPECT_THAT(there, HasSubstr((path() / "a=b/mm").string()));
  EXPECT_TRUE(there == import_from_scratch("a=b"));
}

TEST_F(importing, keeps_nothing_of_a_text_that_is_wrong) {
  write("tree/mm/a.c", "int a(int *x)\n{\n\treturn *x + unknown(x);\n}\n");
  for (int time = 0; time < 2; ++time) {
    const auto outcome = import_kernel(how_, {path() / "tree", "t", {}});
    ASSERT_EQ(outcome.missing.size(), 1U);
    EXPECT_EQ(outcome.missing[0].name, "unknown");
    EXPECT_EQ(outcome.missing[0].file, (path() / "tree/mm/a.c").string());
    EXPECT_EQ(outcome.missing[0].line, 3U);
    EXPECT_EQ(kept(), 1U);
  }
}

TEST_F(importing, takes_no_entry_that_is_damaged) {
  const auto change_byte = [](const fs::path& file) {
    auto text = read_file(file);
    auto& byte = text[text.size() / 2];
    byte = byte == 'x' ? 'y' : 'x';
    write_file(file, text);
  };
  const auto made = import();
  const auto entries = entries_kept();
  ASSERT_EQ(entries.size(), 2U);
  const std::vector<std::string> texts{read_file(entries[0]), read_file(entries[1])};
  const std::vector<std::function<void()>> damages{
      [&] {
        for (const auto& each : entries) fs::resize_file(each, fs::file_size(each) / 2);
      },
      [&] {
        for (const auto& each : entries) fs::resize_file(each, 0);
      },
      [&] {
        for (const auto& each : entries) change_byte(each);
      },
      [&] {  // each has the other's
        write_file(entries[0], texts[1]);
        write_file(entries[1], texts[0]);
      },
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    SCOPED_TRACE(i);
    damages[i]();
    ASSERT_TRUE(remove_kernel("t"));
    EXPECT_TRUE(import() == made);
    EXPECT_EQ(read_file(entries[0]), texts[0]);
    EXPECT_EQ(read_file(entries[1]), texts[1]);
  }
}

TEST_F(importing, does_without_a_folder_to_keep_anything_in) {
  fs::create_directories(path() / "cache/ptlcheck");
  write("cache/ptlcheck/compiled", "this is a file");
  const auto made = import();
  fs::remove(compiled());
  EXPECT_TRUE(made == import_from_scratch());
}

}  // namespace
}  // namespace checker::source
