// SPDX-License-Identifier: GPL-2.0-only
// run: verdicts, exit status, reports, and what becomes of them when something gives way.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>
#include <thread>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// toy/transfer is done at once. The others explore for hours: four pages, three faulting threads,
// every interleaving of every step; toy/mutex never begins while they run on one worker.
std::vector<std::string> run_endless(const std::vector<std::string>& further) {
  std::vector<std::string> arguments{"run",      "toy/transfer", "toy/fork_faults", "toy/mutex",
                                     "--set",    "pages=4",      "--set",           "faulters=3",
                                     "--search", "brute-force",  "--no-state-cache"};
  arguments.insert(arguments.end(), further.begin(), further.end());
  return arguments;
}

// A child process of `parent`; 0 if it has none now.
pid_t child_of(pid_t parent) {
  for (const auto& each : std::filesystem::directory_iterator("/proc")) {
    // "PID (NAME) STATE PARENT ...", and the name may hold anything.
    const auto stat = read_text(each.path() / "stat");
    const auto name_end = stat.rfind(") ");
    if (name_end == std::string::npos) continue;
    std::istringstream fields(stat.substr(name_end + 2));
    std::string state;
    pid_t found = 0;
    fields >> state >> found;
    if (found == parent) return std::stoi(each.path().filename());
  }
  return 0;
}

class running : public in_directory {
 protected:
  static outcome run_with(const std::vector<std::string>& arguments, process_options options,
                          const std::filesystem::path& directory) {
    options.directory = directory;
    return ptlcheck(arguments, options);
  }

  // The test cases of a JUnit file, which must be one whole document.
  std::size_t junit_cases(const std::string& name) const {
    pugi::xml_document document;
    const auto parsed = document.load_file(file(name).c_str());
    EXPECT_TRUE(parsed) << parsed.description();
    return document.select_nodes("//testcase").size();
  }
};

TEST_F(running, verified_is_0) {
  const auto seen = run({"run", "toy/mutex", "toy/transfer"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_EQ(seen.err, "");
  EXPECT_THAT(seen.out, HasSubstr("toy/mutex"));
  EXPECT_THAT(seen.out, HasSubstr("verified"));
  EXPECT_FALSE(std::filesystem::exists(file("ptlcheck-traces")));
}

TEST_F(running, coverage_of_all_cases_together) {
  const auto seen = run({"run", "toy/transfer", "toy/mutex", "--coverage", "--coverage-file",
                         "lines.info", "--json=results.json"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("checker/toys/transfer_code.cpp: "));
  EXPECT_THAT(seen.out, HasSubstr("never, checker/toys/transfer_code.cpp: transfer_unlocked"));
  EXPECT_THAT(seen.out, HasSubstr("account A: a thread waited for it"));
  EXPECT_THAT(seen.out, HasSubstr("account B taken under account A"));
  EXPECT_LE(widest_line(seen.out), 80U);
  const auto lines = read_text(file("lines.info"));
  EXPECT_THAT(lines, HasSubstr("/checker/toys/mutex_code.cpp\n"));
  EXPECT_THAT(lines, HasSubstr("FNDA:0,transfer_unlocked\n"));
  EXPECT_THAT(lines, HasSubstr("\nend_of_record\n"));
  const auto parsed = json::parse(read_text(file("results.json")));
  const auto& coverage = parsed.at("results").at(1).at("coverage");
  EXPECT_EQ(coverage.at("functions_entered"), 1);
  EXPECT_EQ(coverage.at("not_reached"), json::array());
  EXPECT_EQ(coverage.at("operations").size(), 2U);
}

TEST_F(running, what_a_proof_did_not_reach_is_said) {
  const std::vector<std::string> arguments{"run", "fork-need-resched", "--set", "progress_limit=32",
                                           "--json=results.json"};
  const auto seen = run(arguments);
  if (seen.status == 2) GTEST_SKIP() << "built without the model";
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("    not reached: the choice need_resched, anywhere\n"));
  const auto parsed = json::parse(read_text(file("results.json")));
  EXPECT_EQ(parsed.at("results").at(0).at("coverage").at("not_reached"),
            json({"the choice need_resched, anywhere"}));
}

TEST_F(running, expected_violation_is_0) {
  const auto seen = run({"run", "toy/transfer", "--patch", "unlocked"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("balance"));
}

TEST_F(running, patch_all_is_unpatched_and_each_expected_violation) {
  const auto seen = run({"run", "toy/transfer", "--patch", "all", "--json"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  std::vector<std::string> patches;
  const auto parsed = json::parse(seen.out);
  for (const auto& each : parsed.at("results")) {
    patches.push_back(each.at("patch").is_null() ? "" : each.at("patch").get<std::string>());
  }
  EXPECT_THAT(patches, testing::ElementsAre("", "lock-order", "unlocked"));
}

TEST_F(running, unexpected_verdict_is_1) {
  // Of another kind than expected: the race is found before the sum is wrong.
  const auto kind = run({"run", "toy/transfer", "--patch", "unlocked", "--data-races", "fail"});
  EXPECT_EQ(kind.status, 1) << kind.out << kind.err;
  EXPECT_THAT(kind.out, HasSubstr("expected violation balance"));
  EXPECT_THAT(kind.out,
              HasSubstr("ptlcheck show ptlcheck-traces/toy-transfer+unlocked.trace.json"));
}

TEST_F(running, commands_it_prints_can_be_pasted) {
  // Of another kind than expected, so that there is one below the row and one at the end.
  const std::string directory = "it's a dir/$x";
  const auto seen = run({"run", "toy/transfer", "--patch", "unlocked", "--data-races", "fail",
                         "--trace-dir", directory});
  const std::string below_row = line_with(seen.out, "    " PTLCHECK_PROGRAM " show");
  const std::string closing =
      line_with(seen.out.substr(seen.out.rfind(PTLCHECK_PROGRAM " show")), " show");
  for (const std::string& command : {below_row, closing}) {
    const auto shown = shell(command, directory_);
    EXPECT_EQ(shown.status, 0) << command << shown.err;
    const auto replayed = shell(line_with(shown.out, PTLCHECK_PROGRAM " replay"), directory_);
    EXPECT_EQ(replayed.status, 0) << shown.out << replayed.out << replayed.err;
  }
}

TEST_F(running, the_reproducing_command_repeats_the_search) {
  for (const std::vector<std::string>& how : std::vector<std::vector<std::string>>{
           {"--search", "random", "--seed", "7", "--executions", "1"},
           {"--no-state-cache", "--data-races", "off", "--max-steps", "500", "--max-executions",
            "1"}}) {
    std::vector<std::string> arguments{"run", "toy/transfer", "--patch", "unlocked"};
    arguments.insert(arguments.end(), how.begin(), how.end());
    const auto seen = run(arguments);
    EXPECT_EQ(seen.status, 3) << seen.out << seen.err;
    const std::string command = line_with(seen.out, PTLCHECK_PROGRAM " run");
    for (const std::string& each : how) EXPECT_THAT(command, HasSubstr(each));
    const auto again = shell(command, directory_);
    EXPECT_EQ(again.status, 3) << again.err;
    EXPECT_EQ(line_with(again.out, PTLCHECK_PROGRAM " run"), command);
  }
}

TEST_F(running, kind_and_trace_are_of_the_same_violation) {
  const auto seen = run({"run", "toy/transfer", "--patch", "all", "--json"});
  std::size_t violations = 0;
  const auto parsed = json::parse(seen.out);
  for (const auto& each : parsed.at("results")) {
    if (each.at("verdict") != "violation") continue;
    const auto kind_in = [&](const json& path) {
      return json::parse(read_text(file(path.get<std::string>()))).at("result").at("kind");
    };
    EXPECT_EQ(kind_in(each.at("trace")), each.at("kind"));
    for (const auto& group : each.at("violations")) {
      EXPECT_EQ(kind_in(group.at("trace")), group.at("kind"));
      ++violations;
    }
  }
  EXPECT_GE(violations, 2U);
}

TEST_F(running, reported_data_races_can_be_read) {
  const auto seen = run(
      {"run", "toy/fork_faults", "toy/transfer", "--patch", "unlocked", "--data-races", "report"});
  const auto text = read_text(file("ptlcheck-traces/data-races.txt"));
  EXPECT_THAT(text, HasSubstr("BUG: KCSAN: data-race in "));
  EXPECT_THAT(text, HasSubstr("toy/transfer[unlocked]: "));
  EXPECT_THAT(seen.out, HasSubstr("\nless ptlcheck-traces/data-races.txt  # "));
}

TEST_F(running, files_of_limited_size) {
  const auto seen = shell("ulimit -f 2; exec " PTLCHECK_PROGRAM
                          " run toy/transfer --patch all --junit results.xml",
                          directory_);
  EXPECT_EQ(seen.signal, 0);
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.err, HasSubstr("File too large"));
  EXPECT_THAT(seen.out, HasSubstr("3 of 3 as expected"));
  EXPECT_EQ(junit_cases("results.xml"), 3U);
}

TEST_F(running, json_takes_a_file_or_standard_output) {
  const auto streamed = run({"run", "--json", "-", "toy/mutex"});
  EXPECT_EQ(streamed.status, 0) << streamed.err;
  EXPECT_EQ(json::parse(streamed.out).at("results").size(), 1U);
  const auto filed = run({"run", "--json", "out.txt", "toy/mutex"});
  EXPECT_EQ(filed.status, 0) << filed.err;
  EXPECT_EQ(json::parse(read_text(file("out.txt"))).at("results").size(), 1U);
  const auto followed = run({"run", "--json", "toy/mutex"});
  EXPECT_EQ(json::parse(followed.out).at("results").size(), 1U);
}

TEST_F(running, bound_where_a_proof_was_asked_for_is_3) {
  const auto counted = run({"run", "toy/mutex", "--max-executions", "1"});
  EXPECT_EQ(counted.status, 3) << counted.out << counted.err;
  EXPECT_THAT(counted.out, HasSubstr("bounded"));
  EXPECT_THAT(counted.out, HasSubstr("--max-executions 1"));
  const auto timed = run(run_endless({"--budget", "300ms"}));
  EXPECT_EQ(timed.status, 3) << timed.out << timed.err;
}

TEST_F(running, full_memory_is_said_and_is_no_bound) {
  const std::vector<std::string> search{
      "run",  "toy/fork_faults",    "--set", "pages=2", "--set", "faulters=3", "--reduce",
      "none", "--json=results.json"};
  auto limited = search;
  for (const std::string each : {"--memory", "1M"}) limited.push_back(each);
  const auto seen = run(limited);
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("verified"));
  EXPECT_THAT(seen.out, HasSubstr("no memory was left for further states"));
  const auto few = json::parse(read_text(file("results.json"))).at("results").at(0);
  EXPECT_EQ(few.at("memory_full"), true);
  EXPECT_EQ(few.at("statistics").at("memory_full"), true);
  EXPECT_LE(few.at("state_bytes"), 1U << 20);

  limited.back() = "16M";
  EXPECT_THAT(run(limited).out, Not(HasSubstr("no memory was left")));
  const auto all = json::parse(read_text(file("results.json"))).at("results").at(0);
  EXPECT_EQ(all.at("memory_full"), false);
  // Those of the graph; what was searched without one is among the steps. Of executions there may
  // be fewer or more: the rest reaches the same ends again, but not by every step that leads to
  // them.
  EXPECT_LT(few.at("states"), all.at("states"));
  EXPECT_GT(few.at("steps"), all.at("steps"));
}

TEST_F(running, statistics_are_those_of_the_search) {
  run({"run", "toy/fork_faults", "--set", "pages=4", "--set", "faulters=2", "-j", "1", "--reduce",
       "none", "--json=results.json"});
  const auto found = json::parse(read_text(file("results.json"))).at("results").at(0);
  const auto& counted = found.at("statistics");
  EXPECT_EQ(counted.at("states"), 5'649);
  EXPECT_EQ(counted.at("executions"), 41);
  EXPECT_EQ(counted.at("states_met_again"), 1'028);
  // Each once: to a state, new or met again, or to an end. Executions that can't go back make more.
  EXPECT_GE(counted.at("steps"), 5'649 + 1'028 + 41 - 1);
  EXPECT_EQ(counted.at("workers"), 1);
  EXPECT_EQ(counted.at("state_bytes"), found.at("state_bytes"));
  EXPECT_GT(counted.at("steps_per_second"), 0);
}

TEST_F(running, random_search_is_bounded_by_choice) {
  const auto seen =
      run({"run", "toy/mutex", "--search", "random", "--seed", "7", "--executions", "20"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("bounded"));
}

TEST_F(running, json_on_standard_output_is_all_there_is) {
  const auto seen = run({"run", "toy/transfer", "--patch", "lock-order", "--json"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  const auto results = json::parse(seen.out).at("results");
  ASSERT_EQ(results.size(), 1U);
  const auto& one = results.front();
  EXPECT_EQ(one.at("scenario"), "toy/transfer");
  EXPECT_EQ(one.at("patch"), "lock-order");
  EXPECT_EQ(one.at("verdict"), "violation");
  EXPECT_EQ(one.at("kind"), "deadlock");
  EXPECT_EQ(one.at("trace"), "ptlcheck-traces/toy-transfer+lock-order.trace.json");
  for (const char* number : {"executions", "steps", "states", "seconds"}) {
    EXPECT_TRUE(one.at(number).is_number()) << number;
  }
  EXPECT_EQ(seen.err, "");
}

TEST_F(running, json_and_junit_in_files) {
  const auto seen = run({"run", "toy/transfer", "--patch", "all", "--json", "results.json",
                         "--junit", "results.xml"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("toy/transfer"));
  EXPECT_EQ(json::parse(read_text(file("results.json"))).at("results").size(), 3U);
  EXPECT_EQ(junit_cases("results.xml"), 3U);
}

TEST_F(running, results_do_not_depend_on_the_number_of_workers) {
  auto without_times = [&](const char* workers) {
    const auto seen =
        run({"run", "toy/transfer", "toy/mutex", "--patch", "all", "-j", workers, "--json"});
    auto parsed = json::parse(seen.out);
    for (auto& each : parsed.at("results")) {
      each.erase("seconds");
      each.at("statistics").erase("seconds");
      each.at("statistics").erase("steps_per_second");
      // Memory is no result either: who estimates the size meanwhile takes some, now and then.
      each.erase("state_bytes");
      each.at("statistics").erase("state_bytes");
      // Nor are estimates, which only a run that takes long has.
      each.at("statistics").erase("first_estimate");
      each.at("statistics").erase("last_estimate");
    }
    return parsed;
  };
  EXPECT_EQ(without_times("1"), without_times("4"));
}

TEST_F(running, a_patch_alone_means_the_scenarios_that_say_something_of_it) {
  const auto seen = run({"run", "--patch", "all-areas-of-the-table", "--json"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  std::map<std::string, std::string> verdicts;
  const json parsed = json::parse(seen.out);
  for (const auto& each : parsed.at("results")) {
    verdicts[each.at("scenario")] = each.at("verdict");
  }
  // What it mends, and what it must be caught by.
  EXPECT_EQ(verdicts,
            (std::map<std::string, std::string>{{"cow-areas-alone", "verified"},
                                                {"cow-break-out-of-memory", "violation"}}));
}

TEST_F(running, trace_directory_that_cannot_be_made) {
  write("in-the-way", "");
  const auto seen =
      run({"run", "toy/transfer", "--patch", "all", "--trace-dir", "in-the-way/traces"});
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.err,
            "ptlcheck: cannot create the trace directory in-the-way/traces: Not a directory\n");
  EXPECT_THAT(seen.out, HasSubstr("deadlock"));
  EXPECT_THAT(seen.out, HasSubstr("balance"));
}

TEST_F(running, report_that_cannot_be_written) {
  const auto seen =
      run({"run", "toy/transfer", "--junit", "no/such/folder.xml", "--json=/dev/full"});
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.err,
            "ptlcheck: cannot write no/such/folder.xml: No such file or directory\n"
            "ptlcheck: cannot write /dev/full: No space left on device\n");
  EXPECT_THAT(seen.out, HasSubstr("verified"));
}

TEST_F(running, full_standard_output) {
  const auto seen = run_with({"run", "toy/transfer", "--junit", "results.xml"},
                             {.standard_output = "/dev/full"}, directory_);
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.err,
              HasSubstr("ptlcheck: cannot write to standard output: No space left on device\n"));
  EXPECT_THAT(seen.err, HasSubstr("verified"));  // the verdicts went where they could
  EXPECT_EQ(junit_cases("results.xml"), 1U);
}

TEST_F(running, closed_standard_output) {
  const auto seen =
      run_with({"run", "toy/transfer", "--patch", "lock-order", "--junit", "results.xml"},
               {.output_closed = true}, directory_);
  EXPECT_EQ(seen.status, 2);
  EXPECT_THAT(seen.err,
              HasSubstr("ptlcheck: cannot write to standard output: Bad file descriptor\n"));
  EXPECT_THAT(seen.err, HasSubstr("deadlock"));
  EXPECT_EQ(junit_cases("results.xml"), 1U);
  EXPECT_EQ(run({"replay", "ptlcheck-traces/toy-transfer+lock-order.trace.json"}).status, 0);
}

TEST_F(running, reader_that_went_away) {
  const auto seen = run_with({"run", "toy/transfer", "--junit", "results.xml"},
                             {.output_without_reader = true}, directory_);
  EXPECT_EQ(seen.signal, 0);
  EXPECT_EQ(seen.status, 2);
  EXPECT_EQ(seen.err, "ptlcheck: cannot write to standard output: Broken pipe\n");
  EXPECT_EQ(junit_cases("results.xml"), 1U);
}

TEST_F(running, interrupt_keeps_what_was_found) {
  for (int signal : {SIGINT, SIGTERM}) {
    process long_run(run_endless({"--junit", "results.xml", "--json=results.json", "-j", "1"}),
                     {.directory = directory_});
    ASSERT_TRUE(long_run.wait_for_output("toy/transfer"));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    long_run.signal(signal);
    const auto seen = long_run.wait();
    EXPECT_EQ(seen.status, 3) << seen.out << seen.err;
    EXPECT_THAT(seen.out, HasSubstr("verified"));
    EXPECT_THAT(seen.out, HasSubstr("bounded"));
    EXPECT_THAT(seen.err, HasSubstr("interrupted"));
    EXPECT_EQ(junit_cases("results.xml"), 3U);
    EXPECT_EQ(json::parse(read_text(file("results.json"))).at("results").size(), 3U);
  }
}

TEST_F(running, killed_and_resumed) {
  const std::vector<std::string> search{"run",   "toy/fork_faults", "--set",    "pages=4",
                                        "--set", "faulters=3",      "--reduce", "none",
                                        "--json"};
  auto kept = search;
  for (const char* each : {"--checkpoint", "kept", "--checkpoint-every", "20ms", "-j", "1"}) {
    kept.emplace_back(each);
  }
  const auto checkpoint = file("kept/toy-fork_faults.pages=4.faulters=3.checkpoint");
  {
    process killed(kept, {.directory = directory_});
    for (int i = 0; i < 3000 && !std::filesystem::exists(checkpoint); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    killed.signal(SIGKILL);
    EXPECT_EQ(killed.wait().signal, SIGKILL);
  }
  ASSERT_TRUE(std::filesystem::exists(checkpoint));
  kept.emplace_back("--resume");
  const auto undisturbed = json::parse(run(search).out).at("results").at(0);
  const auto resumed_run = run(kept);
  EXPECT_EQ(resumed_run.err, "");
  const auto resumed = json::parse(resumed_run.out).at("results").at(0);
  for (const char* each : {"verdict", "states", "executions"}) {
    EXPECT_EQ(resumed.at(each), undisturbed.at(each)) << each;
  }
  EXPECT_FALSE(std::filesystem::exists(checkpoint));
}

TEST_F(running, nothing_to_resume_is_said) {
  const auto seen = run({"run", "toy/mutex", "--checkpoint", "kept", "--resume"});
  EXPECT_EQ(seen.status, 0);
  EXPECT_EQ(seen.err, "ptlcheck: warning: --resume: there is nothing in kept yet\n");
}

TEST_F(running, a_second_interrupt_quits_at_once) {
  process long_run(run_endless({"-j", "1"}), {.directory = directory_});
  ASSERT_TRUE(long_run.wait_for_output("toy/transfer"));
  pid_t worker = 0;
  for (int i = 0; i < 300 && worker == 0; ++i) {
    worker = child_of(long_run.id());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_NE(worker, 0);
  kill(worker,
       SIGSTOP);  // it can't do what it is told, so the first interrupt alone changes nothing
  const auto start = std::chrono::steady_clock::now();
  long_run.signal(SIGINT);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  long_run.signal(SIGINT);
  const auto seen = long_run.wait();
  EXPECT_EQ(seen.status, 3);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_THAT(seen.out, Not(HasSubstr("toy/mutex")));
}

}  // namespace
}  // namespace end_to_end
