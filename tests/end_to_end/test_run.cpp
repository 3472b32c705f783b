// SPDX-License-Identifier: GPL-2.0-only
// run: verdicts, exit status, reports, and what becomes of them when something gives way.
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <thread>

#include "tests/end_to_end/process.hpp"

namespace end_to_end {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// Explores for hours: four pages, three faulting threads, every interleaving of every step.
const std::vector<std::string> endless{"toy/fork_faults", "--set",           "pages=4",
                                       "--set",           "faulters=3",      "--search",
                                       "brute-force",     "--no-state-cache"};

std::vector<std::string> operator+(std::vector<std::string> left,
                                   const std::vector<std::string>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
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

TEST_F(running, expected_violation_is_0) {
  const auto seen = run({"run", "toy/transfer", "--patch", "unlocked"});
  EXPECT_EQ(seen.status, 0) << seen.out << seen.err;
  EXPECT_THAT(seen.out, HasSubstr("balance"));
}

TEST_F(running, patch_all_is_unpatched_and_each_expected_violation) {
  const auto seen = run({"run", "toy/transfer", "--patch", "all", "--json"});
  EXPECT_EQ(seen.status, 0) << seen.err;
  std::vector<std::string> patches;
  for (const auto& each : json::parse(seen.out).at("results")) {
    patches.push_back(each.at("patch").is_null() ? "" : each.at("patch").get<std::string>());
  }
  EXPECT_THAT(patches, testing::ElementsAre("", "lock-order", "unlocked"));
}

TEST_F(running, unexpected_verdict_is_1) {
  // One transfer each way can't be told from none by the sum of one side; the race itself can.
  const auto seen = run({"run", "toy/transfer", "--patch", "unlocked", "--data-races", "fail"});
  const auto plain = run({"run", "toy/mutex", "--max-steps", "3"});
  EXPECT_EQ(plain.status, 1) << plain.out << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("ptlcheck show ptlcheck-traces/toy-mutex.trace.json"));
  EXPECT_NE(seen.status, 2) << seen.err;
}

TEST_F(running, bound_where_a_proof_was_asked_for_is_3) {
  const auto counted = run({"run", "toy/mutex", "--max-executions", "1"});
  EXPECT_EQ(counted.status, 3) << counted.out << counted.err;
  EXPECT_THAT(counted.out, HasSubstr("bounded"));
  EXPECT_THAT(counted.out, Not(HasSubstr("verified")));
  const auto timed = run(std::vector<std::string>{"run"} + endless + {"--budget", "300ms"});
  EXPECT_EQ(timed.status, 3) << timed.out << timed.err;
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
    for (auto& each : parsed.at("results")) each.erase("seconds");
    return parsed;
  };
  EXPECT_EQ(without_times("1"), without_times("4"));
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
    process long_run(
        std::vector<std::string>{"run", "toy/transfer"} + endless +
            {"--patch", "none", "--junit", "results.xml", "--json=results.json", "-j", "1"},
        {.directory = directory_});
    ASSERT_TRUE(long_run.wait_for_output("toy/transfer"));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    long_run.signal(signal);
    const auto seen = long_run.wait();
    EXPECT_EQ(seen.status, 3) << seen.out << seen.err;
    EXPECT_THAT(seen.out, HasSubstr("verified"));
    EXPECT_THAT(seen.out, HasSubstr("bounded"));
    EXPECT_THAT(seen.err, HasSubstr("interrupted"));
    EXPECT_EQ(junit_cases("results.xml"), 2U);
    EXPECT_EQ(json::parse(read_text(file("results.json"))).at("results").size(), 2U);
  }
}

TEST_F(running, interrupt_before_a_case_has_begun) {
  process long_run(std::vector<std::string>{"run"} + endless +
                       {"toy/mutex", "--junit", "results.xml", "-j", "1"},
                   {.directory = directory_});
  // toy/mutex has no such parameters: named scenarios must have what is set.
  EXPECT_EQ(long_run.wait().status, 2);
  process other(std::vector<std::string>{"run", "toy/fork_faults", "toy/mutex", "--search",
                                         "brute-force", "--no-state-cache", "--max-executions",
                                         "1000000000", "--junit", "results.xml", "-j", "1"},
                {.directory = directory_});
  other.signal(SIGINT);
  other.wait();
}

}  // namespace
}  // namespace end_to_end
