// SPDX-License-Identifier: GPL-2.0-only
// Arguments: help, and one line with exit status 2 for everything that makes no sense.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

using usage = in_directory;

TEST_F(usage, version) {
  const auto seen = run({"--version"});
  EXPECT_EQ(seen.status, 0);
  EXPECT_TRUE(seen.out.starts_with("ptlcheck ")) << seen.out;
  EXPECT_EQ(count_lines(seen.out), 1U);
}

TEST_F(usage, help_is_short_fits_80_columns_and_gives_examples) {
  for (const std::string command : {"", "list", "run", "show", "replay"}) {
    std::vector<std::string> arguments{"--help"};
    if (!command.empty()) arguments.insert(arguments.begin(), command);
    const auto seen = run(arguments);
    EXPECT_EQ(seen.status, 0) << command;
    EXPECT_EQ(seen.err, "") << command;
    EXPECT_LE(widest_line(seen.out), 80U) << seen.out;
    EXPECT_LE(count_lines(seen.out), 50U) << seen.out;
    EXPECT_NE(seen.out.find("Usage: ptlcheck " + command), std::string::npos) << seen.out;
    EXPECT_NE(seen.out.find("\n  ptlcheck "), std::string::npos) << seen.out;
  }
}

TEST_F(usage, lists_fit_80_columns) {
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"list"}, {"list", "--patches"}, {"list", "--kernels"}}) {
    EXPECT_LE(widest_line(run(arguments).out), 80U) << arguments.back();
  }
  const auto all = nlohmann::json::parse(run({"list", "--json"}).out);
  for (const auto& each : all.at("scenarios")) {
    const std::string name = each.at("name");
    EXPECT_LE(widest_line(run({"list", name}).out), 80U) << name;
    // Or a file could not be told from it.
    EXPECT_EQ(name.find('.'), std::string::npos) << name;
  }
}

TEST_F(usage, no_command) { expect_refused({}, "no command given; see `ptlcheck --help`"); }

TEST_F(usage, unknown_command) {
  expect_refused({"rnu"}, "unknown command 'rnu'; did you mean 'run'?");
  expect_refused({"rnu", "--patch", "x"}, "unknown command 'rnu'; did you mean 'run'?");
}

TEST_F(usage, unknown_option) {
  expect_refused({"--verison"}, "unknown option '--verison'; did you mean '--version'?");
  expect_refused({"run", "--kernal", "v4.14"},
                 "unknown option '--kernal'; did you mean '--kernel'?");
  expect_refused({"run", "--junitt=x"}, "unknown option '--junitt'; did you mean '--junit'?");
  expect_refused({"show", "x", "--fromat", "dot"},
                 "unknown option '--fromat'; did you mean '--format'?");
  expect_refused({"list", "--quux"}, "unknown option '--quux'; see `ptlcheck list --help`");
}

TEST_F(usage, unknown_scenario) {
  expect_refused({"run", "toy/mutx"}, "unknown scenario 'toy/mutx'; did you mean 'toy/mutex'?");
  expect_refused({"list", "toy/transfr"},
                 "unknown scenario 'toy/transfr'; did you mean 'toy/transfer'?");
  expect_refused({"run", "zzzzzzzzzz"},
                 "unknown scenario 'zzzzzzzzzz'; `ptlcheck list` shows them");
  expect_refused({"run", ""}, "unknown scenario ''; `ptlcheck list` shows them");
}

TEST_F(usage, names_cannot_talk_to_the_terminal) {
  expect_refused({"run", "a\nb\x1b[31mc"},
                 "unknown scenario 'a\\x0ab\\x1b[31mc'; `ptlcheck list` shows them");
  const auto seen = run({"run", std::string(100'000, 'x')});
  EXPECT_EQ(seen.status, 2);
  EXPECT_LT(seen.err.size(), 300U);
}

TEST_F(usage, unknown_kernel) {
  expect_refused({"run", "--kernel", "zzzzzzzzzz"},
                 "unknown kernel 'zzzzzzzzzz'; `ptlcheck list --kernels` shows them");
}

TEST_F(usage, unknown_patch) {
  expect_refused({"run", "toy/transfer", "--patch", "unlockd"},
                 "unknown patch 'unlockd'; did you mean 'unlocked'?");
}

TEST_F(usage, patch_of_another_kernel) {
  expect_refused({"run", "toy/mutex", "--patch", "unlocked", "--kernel", "zzzzzzzzzz"},
                 "unknown kernel 'zzzzzzzzzz'; `ptlcheck list --kernels` shows them");
}

TEST_F(usage, parameters) {
  expect_refused({"run", "toy/transfer", "--set", "transfer=2"},
                 "unknown parameter of toy/transfer 'transfer'; did you mean 'transfers'?");
  expect_refused({"run", "toy/transfer", "--set", "transfers=99"},
                 "parameter 'transfers' of toy/transfer must be from 1 to 4, not 99");
  expect_refused({"run", "toy/transfer", "--set", "transfers=two"},
                 "--set transfers takes a whole number, not 'two'");
  expect_refused({"run", "toy/transfer", "--set", "transfers=99999999999999999999"},
                 "--set transfers takes a whole number, not '99999999999999999999'");
  expect_refused({"run", "toy/transfer", "--set", "transfers"},
                 "--set takes name=value, such as pages=3, not 'transfers'");
}

TEST_F(usage, values_of_options) {
  const std::string toy = "toy/mutex";
  expect_refused({"run", toy, "-j", "0"}, "-j takes a whole number from 1 to 1024, not '0'");
  expect_refused({"run", toy, "--budget", "3 weeks"},
                 "--budget takes a duration such as 500ms, 60s, 5m or 2h, not '3 weeks'");
  expect_refused({"run", toy, "--budget", "0"},
                 "--budget takes a duration such as 500ms, 60s, 5m or 2h, not '0'");
  expect_refused({"run", toy, "--budget", "nan"},
                 "--budget takes a duration such as 500ms, 60s, 5m or 2h, not 'nan'");
  for (const std::string size : {"0", "1023K", "2X", "2GiBs", "nan", "-1G", "1e300", "G"}) {
    expect_refused({"run", toy, "--memory", size},
                   "--memory takes a size such as 512M or 2G, at least 1 MiB, not '" + size + "'");
  }
  const auto too_much = run({"run", toy, "--memory", "900T"});
  EXPECT_EQ(too_much.status, 2);
  EXPECT_TRUE(
      too_much.err.starts_with("ptlcheck: --memory 900T for each of 1 case is more than the "))
      << too_much.err;
  EXPECT_EQ(count_lines(too_much.err), 1U);
  expect_refused({"run", toy, "--memory", "1G", "--search", "dpor"},
                 "--memory is for --search graph; others store no states");
  expect_refused(
      {"run", toy, "--reduce", "locks"},
      "each of --reduce, if not all or none, is one of blocks, threads, counters, not 'locks'");
  expect_refused({"run", toy, "--search", "dpor", "--reduce", "counters,blocks"},
                 "--reduce blocks and threads are for --search graph");
  expect_refused({"run", toy, "--search", "brute-force", "--reduce", "counters"},
                 "--reduce is for --search graph and dpor");
  expect_refused({"run", toy, "--preemptions", "-1"},
                 "--preemptions takes a whole number from 0 to 200, not '-1'");
  expect_refused({"run", toy, "--preemptions", "1", "--search", "dpor"},
                 "--preemptions is for --search graph");
  expect_refused({"run", toy, "--preemptions", "1", "--memory-model", "c11"},
                 "--preemptions is for --memory-model sc");
  expect_refused({"run", toy, "--preemptions", "1", "--reduce", "all"},
                 "--preemptions counts single steps: of --reduce, only counters is for it");
  expect_refused({"run", toy, "--preemptions", "1", "--checkpoint", "kept"},
                 "--checkpoint is for --search graph, without --preemptions");
  expect_refused({"run", toy, "--search", "dpro"},
                 "--search is one of graph, dpor, brute-force, random, pct, not 'dpro'");
  expect_refused({"run", toy, "--seed", "3"}, "--seed is for --search random and pct");
  expect_refused({"run", toy, "--depth", "2", "--search", "random"}, "--depth is for --search pct");
  expect_refused({"run", toy, "--executions", "3"},
                 "--executions is for --search random and pct; others take --max-executions");
  expect_refused({"run", toy, "--max-steps", "-4"},
                 "--max-steps takes a whole number from 1 to 50000, not '-4'");
  expect_refused({"run", toy, "--max-executions", "1e9"},
                 "--max-executions takes a whole number from 1 to 9223372036854775807, not '1e9'");
  expect_refused({"run", toy, "--data-races", "maybe"},
                 "--data-races is one of off, report, fail, not 'maybe'");
  expect_refused({"run", toy, "--colour", "blue"},
                 "--colour is one of auto, always, never, not 'blue'");
  expect_refused({"run", toy, "--json", "--junit", "-"},
                 "--json and --junit cannot both go to standard output");
  expect_refused({"run", toy, "--first", "--keep-going"},
                 "--first and --keep-going exclude each other");
  expect_refused({"show", "x", "--format", "foo"},
                 "--format is one of table, cpu, lockdep, locks, dot, svg, json, not 'foo'");
  expect_refused({"run", toy, "--trace-dir", ""}, "--trace-dir takes a directory, not ''");
  EXPECT_EQ(run({"run", toy, "--kernel"}).status, 2);
}

TEST_F(usage, list_names_every_scenario_and_its_patches) {
  const auto all = nlohmann::json::parse(run({"list", "--json"}).out);
  const auto text = run({"list"}).out;
  const auto patches = run({"list", "--patches"}).out;
  EXPECT_GE(all.at("scenarios").size(), 2U);
  std::set<std::string> known_patches;
  for (const auto& each : all.at("patches")) {
    known_patches.insert(each.at("name"));
    EXPECT_NE(patches.find(each.at("name").get<std::string>()), std::string::npos);
  }
  for (const auto& each : all.at("scenarios")) {
    const std::string name = each.at("name");
    EXPECT_NE(text.find("  " + name), std::string::npos) << name;
    EXPECT_FALSE(each.at("summary").get<std::string>().empty()) << name;
    const auto shown = run({"list", name}).out;
    for (const auto& parameter : each.at("parameters")) {
      const auto set = fmt::format("--set {}=", parameter.at("name").get<std::string>());
      EXPECT_NE(shown.find(set), std::string::npos) << shown;
      EXPECT_LE(parameter.at("minimum"), parameter.at("default")) << name << set;
      EXPECT_LE(parameter.at("default"), parameter.at("maximum")) << name << set;
    }
    for (const auto& patch : each.at("mended_by")) {
      EXPECT_TRUE(known_patches.contains(patch)) << name << " names unknown patch " << patch;
      EXPECT_NE(shown.find("--patch " + patch.get<std::string>()), std::string::npos) << shown;
    }
    for (const auto& [kernel, kinds] : each.at("finds").items()) {
      EXPECT_NE(shown.find("--kernel " + kernel), std::string::npos) << shown;
      EXPECT_FALSE(kinds.empty()) << name << ' ' << kernel;
    }
    for (const auto& [patch, kinds] : each.at("expected_violations").items()) {
      EXPECT_TRUE(known_patches.contains(patch)) << name << " expects unknown patch " << patch;
      EXPECT_FALSE(kinds.empty()) << name << ' ' << patch;
    }
  }
}

}  // namespace
}  // namespace end_to_end
